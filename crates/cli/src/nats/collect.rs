//! `kokoro collect`: makes the files of a book whose parts the workers have spoken.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::tries::{MAX_TRIES, Tries};
use super::{BOOKS, NatsArg, Server, remove, runtime};
use crate::book::{Files, Folder, Format, Plan};
use crate::failure::{Failure, Outcome};
use crate::{interrupt, output, timings};

/// Make the files of a book that was submitted to a NATS server, as its chapters are finished
#[derive(clap::Args)]
pub struct Args {
    /// The book's name, which `kokoro submit` printed; without one, all books are listed
    book: Option<String>,
    #[command(flatten)]
    nats: NatsArg,
    /// Folder to write [default: the book's name]
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// What the chapters' files are
    #[arg(long, value_name = "FORMAT", default_value = "opus")]
    format: Format,
    /// Write the times of words and phonemes beside each chapter's file, with marks where sections begin
    #[arg(long, value_name = "FORMAT")]
    timings: Option<timings::Format>,
    /// Leave the book on the server
    #[arg(long)]
    keep: bool,
    /// Print errors only
    #[arg(short, long)]
    pub quiet: bool,
}

/// How long to wait before asking again for a part that is not there.
const POLL: Duration = Duration::from_secs(1);

pub fn run(args: &Args) -> Outcome {
    interrupt::install(args.quiet);
    runtime()?.block_on(async {
        let server = Server::connect(&args.nats).await?;
        let Some(id) = &args.book else { return list(&server).await };
        let plan = server.book(id).await?;
        let folder = args.output.clone().unwrap_or_else(|| id.into());
        let files = Files { format: args.format, timings: args.timings };
        if !collect(&server, id, &plan, Folder::open(&folder, files)?, args.quiet).await? {
            return Ok(ExitCode::from(interrupt::STATUS));
        }
        if !args.keep {
            remove_book(&server, id, &plan).await?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Prints each book with the number of its finished parts.
async fn list(server: &Server) -> Outcome {
    for id in server.books().await? {
        let plan = server.book(&id).await?;
        let (mut there, all) = (0, parts(&plan));
        for hash in &all {
            there += usize::from(server.has_part(&id, hash).await?);
        }
        let given_up = match server.unspoken(&id).await?.len() {
            0 => String::new(),
            count => format!(", {count} cannot be spoken"),
        };
        output::stdout(format!("{id}  {there} of {} parts{given_up}  {}\n", all.len(), plan.title).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes all chapters; returns whether there was no Ctrl-C.
async fn collect(server: &Server, id: &str, plan: &Plan, folder: Folder, quiet: bool) -> Result<bool, Failure> {
    let mut told = String::new();
    for (number, chapter) in plan.chapters.iter().enumerate() {
        if folder.has_chapter(plan, number) {
            continue;
        }
        for hash in &chapter.parts {
            while !folder.has_part(hash) {
                if interrupt::requested() {
                    return Ok(false);
                }
                let failure = match server.part(id, hash).await {
                    Ok(Some(part)) => {
                        folder.put_part(hash, &part)?;
                        continue;
                    }
                    Ok(None) => match server.unspoken(id).await {
                        Ok(unspoken) if !unspoken.is_empty() => return Err(unspeakable(id, plan, &unspoken)),
                        unspoken => unspoken.err(),
                    },
                    Err(failure) => Some(failure),
                };
                // A server that is away comes back, and a broken part may be stored again.
                if let Some(failure) = failure.filter(|failure| failure.message() != told) {
                    failure.message().clone_into(&mut told);
                    log::warn!("{told}");
                }
                tokio::time::sleep(POLL).await;
            }
        }
        folder.finish_chapter(plan, number, quiet)?;
    }
    folder.finish()?;
    Ok(true)
}

/// The failure of a book of which parts are tried no more.
fn unspeakable(id: &str, plan: &Plan, given_up: &[(String, Tries)]) -> Failure {
    let named = given_up.iter().map(|(hash, tries)| {
        let chapter = plan.chapters.iter().find(|chapter| chapter.parts.contains(hash));
        format!("{:?}: {}", chapter.map_or("", |chapter| &chapter.title), tries.error)
    });
    let named = named.collect::<Vec<_>>().join("\n");
    let help = format!(
        "Parts were tried {MAX_TRIES} times each, or once more if a worker died of the first try. Once what is wrong is \
         mended, submit the book again: they are tried again, and `kokoro collect {id}` goes on where it was."
    );
    Failure::with_help(format!("parts of {:?} cannot be spoken, in the chapters\n{named}", plan.title), help)
}

/// Removes a collected book: its name first, so that nobody else begins to collect it.
async fn remove_book(server: &Server, id: &str, plan: &Plan) -> Result<(), Failure> {
    remove(&server.context, BOOKS, &server.books, id).await?;
    server.unqueue(id).await?; // or a part that was queued twice would be spoken for nobody
    server.forget_all_tries(id).await?;
    server.remove_parts(id, parts(plan)).await
}

/// Each part once.
fn parts(plan: &Plan) -> BTreeSet<&String> {
    plan.chapters.iter().flat_map(|chapter| &chapter.parts).collect()
}
