//! `kokoro submit`: divides a book into parts and queues them.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{NatsArg, Server, part_subject, put, runtime};
use crate::book::{self, Prepared};
use crate::failure::{Failure, Outcome, note};
use crate::output;
use crate::published::Access;
use crate::reading::ReadingArg;

/// Queue a book for the workers of a NATS server
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The book: an EPUB, or a text, which becomes one chapter
    #[arg(value_name = "BOOK.epub|TXT")]
    book: PathBuf,
    #[command(flatten)]
    nats: NatsArg,
    #[command(flatten)]
    reading: ReadingArg,
    /// Download nothing
    #[arg(long)]
    offline: bool,
    /// Print the book's name and errors only
    #[arg(short, long)]
    pub quiet: bool,
}

const EXAMPLES: &str = "Examples:
  kokoro submit book.epub --nats nats://host:4222 --voice bf_emma     prints the book's name
  kokoro worker --nats nats://host:4222                               on each machine
  kokoro collect 0f3c5b1e9a7d2846 --nats nats://host:4222 -o book

The model is not sent: workers must have the same one. A book that is submitted again is the same book; what of it waits or is spoken
is not queued again, and what could not be spoken is tried again.";

pub fn run(args: &Args) -> Outcome {
    let access = Access::new(args.offline, args.quiet);
    let Prepared { plan, parts, voice, model, .. } = book::prepare(&args.book, &args.reading, access)?;
    let id = plan.id();
    let queued = runtime()?.block_on(async {
        let server = Server::connect(&args.nats).await?;
        let waiting = server.queued(&id).await?;
        // What was given up is tried again, and queued even if it waited just now: it is recorded first, then taken from the queue.
        let mut given_up = HashSet::new();
        for (hash, _) in server.given_up(&id).await? {
            server.forget_tries(&id, &hash).await?;
            given_up.insert(hash);
        }
        // First, so that whoever takes a part finds it.
        server.put_voice(&id, &voice).await?;
        let mut queued = 0;
        for (hash, part) in &parts {
            let subject = part_subject(&model, &id, hash);
            let waits = waiting.contains(&subject) && !given_up.contains(hash);
            if !waits && !server.has_part(&id, hash).await? {
                server.queue(subject, part.clone()).await?;
                queued += 1;
            }
        }
        // Last, so that a book that can be collected is one whose parts were all queued.
        put(&server.books, &id, &plan.to_json()).await?;
        Ok::<_, Failure>(queued)
    })?;
    if !args.quiet {
        let (chapters, parts) = (plan.chapters.len(), parts.len());
        note(format_args!("{}: {chapters} chapters, {queued} of {parts} parts queued", plan.title));
    }
    output::stdout(format!("{id}\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
