//! `kokoro worker`: speaks parts of books that wait in a queue.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;
use kokoro_wgpu::{Synthesizer, Voice};
use tokio::runtime::Runtime;

use super::leftovers::Leftovers;
use super::tries::{MAX_TRIES, Tries};
use super::{NatsArg, Server, failed, runtime};
use crate::adapter::AdapterArg;
use crate::book::{Engine, ModelIdentity, Part, Spoken, Unspoken, VoiceIdentity};
use crate::failure::{Failure, Outcome, note};
use crate::interrupt;
use crate::model::{ConfigArg, ModelArg};
use crate::published::Access;

/// Speak parts of books that were submitted to a NATS server
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    nats: NatsArg,
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    adapter: AdapterArg,
    /// Seconds after which a part goes to another worker if this one is heard no more; the first worker of a model decides for all
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    redeliver_after: u32,
    /// Write this file again whenever the server is heard: a supervisor can see by its age that the worker is at work
    #[arg(long, value_name = "FILE")]
    alive: Option<PathBuf>,
    /// Download nothing
    #[arg(long)]
    offline: bool,
    /// Print warnings and errors only
    #[arg(short, long)]
    pub quiet: bool,
}

/// How long to wait for a part before looking whether Ctrl-C was pressed.
const POLL: Duration = Duration::from_secs(1);
/// How long a part waits at most that could not be spoken or stored here.
const RETRY: Duration = Duration::from_secs(10);
/// The least time after which chunks that have not grown are taken for leftovers.
const LEFTOVER: Duration = Duration::from_secs(10);

pub fn run(args: &Args) -> Outcome {
    let runtime = runtime()?;
    interrupt::install(args.quiet); // now: the first process of a container ignores SIGTERM otherwise
    if let Some(file) = &args.alive {
        let _ = fs::remove_file(file); // of a worker before this one; mostly there is none
    }
    let source = args.model.source_or_published(Access::new(args.offline, args.quiet))?;
    let config = args.config.of(&source, Some(&source.open()?))?;
    let model = ModelIdentity::new(&source, &args.model.precision.name(), &config)?;
    let server = runtime.block_on(Server::connect(&args.nats))?;
    let wanted = Duration::from_secs(args.redeliver_after.into());
    let waiting = runtime.block_on(server.waiting(&model, wanted))?;
    let redelivery = waiting.cached_info().config.ack_wait;
    if redelivery != wanted {
        log::warn!("the workers before this one have set {} s to redeliver after", redelivery.as_secs());
    }
    let engine = Engine::open(&args.model, &source, &config, &args.adapter, Synthesizer::MAX_BATCH)?;
    if !args.quiet {
        note(format_args!("waiting for parts, as the consumer workers-{}", model.as_str()));
    }
    let leftovers = Leftovers::new(redelivery.max(LEFTOVER));
    let alive = args.alive.clone();
    let mut worker = Worker {
        runtime,
        server,
        engine,
        voice: None,
        without_device: false,
        leftovers,
        redelivery,
        alive,
        quiet: args.quiet,
    };
    while !interrupt::requested() {
        // A server that is away comes back, and what was not finished then comes again.
        let done = worker.runtime.block_on(next(&waiting)).and_then(|message| {
            heard(args.alive.as_ref());
            message.map_or(Ok(()), |message| worker.handle(&message))
        });
        match done {
            // A supervisor may start it again elsewhere; here it would take parts and give them back.
            Err(failure) if worker.without_device => return Err(failure),
            Err(failure) => {
                log::warn!("{}", failure.message());
                std::thread::sleep(POLL);
            }
            Ok(()) => {}
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Worker<'a> {
    runtime: Runtime,
    server: Server,
    engine: Engine<'a>,
    /// The voice of the last part.
    voice: Option<Voice>,
    /// Whether the device is lost and no other can be opened.
    without_device: bool,
    leftovers: Leftovers,
    redelivery: Duration,
    alive: Option<PathBuf>,
    quiet: bool,
}

/// The next part, if there is one.
async fn next(waiting: &PullConsumer) -> Result<Option<Message>, Failure> {
    let batch = waiting.batch().max_messages(1).expires(POLL).messages().await.map_err(failed("wait for a part"))?;
    let mut batch = std::pin::pin!(batch);
    batch.next().await.transpose().map_err(failed("wait for a part"))
}

/// Notes that the server was heard.
fn heard(alive: Option<&PathBuf>) {
    if let Some(file) = alive
        && let Err(error) = fs::write(file, "")
    {
        log::warn!("cannot write {}: {error}", file.display());
    }
}

/// A part in work.
struct Job<'a> {
    message: &'a Message,
    book: &'a str,
    hash: &'a str,
    deliveries: i64,
}

impl<'a> Job<'a> {
    fn new(message: &'a Message) -> Self {
        let mut words = message.subject.as_str().rsplit('.');
        let (hash, book) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        Self { message, book, hash, deliveries: message.info().map_or(1, |info| info.delivered) }
    }
}

impl Worker<'_> {
    fn handle(&mut self, message: &Message) -> Result<(), Failure> {
        let job = Job::new(message);
        let mut stored = self.runtime.block_on(self.server.has_part(job.book, job.hash))?;
        if !stored {
            stored = match self.make(&job) {
                Ok(stored) => stored,
                Err(failure) => {
                    // If this is not heard, the part comes again all the same, later.
                    let pause = RETRY.min(self.redelivery);
                    let _ = self.runtime.block_on(message.ack_with(AckKind::Nak(Some(pause))));
                    self.make_room();
                    return Err(failure);
                }
            };
        }
        if stored {
            // Of this delivery, or of another of the same part.
            self.runtime.block_on(self.server.forget_tries(job.book, job.hash))?;
        }
        // Waits until the server has noted it. If it does not, the part comes again, and is found stored.
        self.runtime.block_on(message.double_ack()).map_err(failed("finish a part"))?;
        self.note(if stored { "finished" } else { "given up" }, &job);
        Ok(())
    }

    /// Speaks a part and stores it. Returns `false` if it cannot be spoken and has been tried often enough. A try that fails is recorded,
    /// and each but the first before it is made, so that a part of which workers die comes to an end too. What fails for another
    /// reason is no try.
    fn make(&mut self, job: &Job<'_>) -> Result<bool, Failure> {
        let Job { book, hash, .. } = *job;
        let mut tries = Tries { count: 1, error: "the workers that began it are gone".to_owned(), given_up: false };
        let mut before = None;
        if job.deliveries > 1 {
            before = self.runtime.block_on(self.server.tries(book, hash))?;
            if let Some(before) = &before {
                tries = Tries { count: before.count + 1, error: before.error.clone(), ..tries };
            }
            tries.given_up = tries.count > MAX_TRIES;
            self.runtime.block_on(self.server.record_tries(book, hash, &tries))?;
            if tries.given_up {
                return Ok(false);
            }
        }
        self.note("speaking", job);
        let made = self.speak(job).and_then(|spoken| match spoken {
            Ok(spoken) => self.runtime.block_on(self.server.put_part(book, hash, &spoken)).map(Ok),
            Err(failure) => Ok(Err(failure)),
        });
        match made {
            Ok(Ok(())) => Ok(true),
            Ok(Err(failure)) => {
                let given_up = tries.count >= MAX_TRIES;
                let tries = Tries { error: failure.message().to_owned(), given_up, ..tries };
                self.runtime.block_on(self.server.record_tries(book, hash, &tries))?;
                if given_up { Ok(false) } else { Err(failure) }
            }
            Err(failure) => {
                if job.deliveries > 1
                    && let Err(failure) = self.restore_tries(job, before.as_ref())
                {
                    log::warn!("{}", failure.message());
                }
                Err(failure)
            }
        }
    }

    /// Takes a try back that was recorded before it was made.
    fn restore_tries(&self, job: &Job<'_>, before: Option<&Tries>) -> Result<(), Failure> {
        self.runtime.block_on(async {
            match before {
                Some(before) => self.server.record_tries(job.book, job.hash, before).await,
                None => self.server.forget_tries(job.book, job.hash).await,
            }
        })
    }

    /// Speaks a part, telling the server meanwhile that work goes on. The inner failure is the part's, the outer one this worker's or
    /// the server's.
    fn speak(&mut self, job: &Job<'_>) -> Result<Result<Spoken, Failure>, Failure> {
        let part = match Part::from_json(&job.message.payload) {
            Ok(part) => part,
            Err(failure) => return Ok(Err(failure)),
        };
        if self.voice.as_ref().is_none_or(|voice| VoiceIdentity::new(voice) != part.voice) {
            self.voice = self.runtime.block_on(self.server.voice(job.book, &part))?;
        }
        let Some(voice) = &self.voice else {
            return Ok(Err(Failure::with_help("the voice of the book is not on the server", "Submit the book again.")));
        };
        let (told, heartbeat, alive) = (job.message.clone(), self.redelivery / 3, self.alive.clone());
        let telling = self.runtime.spawn(async move {
            loop {
                tokio::time::sleep(heartbeat).await;
                match told.ack_with(AckKind::Progress).await {
                    Ok(()) => heard(alive.as_ref()),
                    Err(error) => log::debug!("the server was not told that work goes on: {error}"),
                }
            }
        });
        let spoken = self.engine.speak(&part, voice);
        telling.abort();
        match spoken {
            Err(unspoken @ Unspoken { without_device: true, .. }) => {
                self.without_device = true;
                Err(unspoken.into())
            }
            spoken => Ok(spoken.map_err(Failure::from)),
        }
    }

    /// Removes what was not stored whole, in case that the server's disk is full.
    fn make_room(&mut self) {
        match self.runtime.block_on(self.leftovers.remove(&self.server)) {
            Ok(0) => {}
            Ok(chunks) => log::warn!("{chunks} chunks of parts that were not stored whole were removed"),
            Err(failure) => log::warn!("{}", failure.message()),
        }
    }

    fn note(&self, verb: &str, job: &Job<'_>) {
        if !self.quiet {
            let Job { hash, deliveries, .. } = job;
            note(format_args!("{verb} {}, delivery {deliveries}", hash.get(..12).unwrap_or(hash)));
        }
    }
}
