//! `kokoro collect`: makes the files of a book whose parts the workers have spoken.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::samples::{Stored, samples_name};
use super::{BOOKS, NatsArg, SAMPLES, Server, remove, runtime};
use crate::book::{Folder, Format, Plan};
use crate::failure::{Failure, Outcome};
use crate::{interrupt, output};

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
        if !collect(&server, id, &plan, Folder::open(&folder, args.format)?, args.quiet).await? {
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
            there += usize::from(server.stored(&samples_name(&id, hash)).await? == Stored::Whole);
        }
        output::stdout(format!("{id}  {there} of {} parts  {}\n", all.len(), plan.title).as_bytes())?;
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
                match server.samples(&samples_name(id, hash)).await {
                    Ok(Some(samples)) => folder.put_part(hash, &samples)?,
                    Ok(None) => tokio::time::sleep(POLL).await,
                    // A server that is away comes back, and broken samples may be stored again.
                    Err(failure) => {
                        if told != failure.message() {
                            told = failure.message().to_owned();
                            log::warn!("{told}");
                        }
                        tokio::time::sleep(POLL).await;
                    }
                }
            }
        }
        folder.finish_chapter(plan, number, quiet)?;
    }
    folder.finish()?;
    Ok(true)
}

/// Removes a collected book: its name first, so that nobody else begins to collect it.
async fn remove_book(server: &Server, id: &str, plan: &Plan) -> Result<(), Failure> {
    let Server { context, samples, books, .. } = server;
    remove(context, BOOKS, books, id).await?;
    server.unqueue(id).await?; // or a part that was queued twice would be spoken for nobody
    for hash in parts(plan) {
        remove(context, SAMPLES, samples, &samples_name(id, hash)).await?;
    }
    Ok(())
}

/// Each part once.
fn parts(plan: &Plan) -> BTreeSet<&String> {
    plan.chapters.iter().flat_map(|chapter| &chapter.parts).collect()
}
