//! `kokoro worker`: speaks parts of books that wait in a queue.

use std::process::ExitCode;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;
use kokoro_wgpu::Synthesizer;
use tokio::runtime::Runtime;

use super::leftovers::Leftovers;
use super::samples::{Stored, samples_name};
use super::{NatsArg, Server, failed, runtime};
use crate::adapter::AdapterArg;
use crate::book::{Engine, ModelIdentity, Part};
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
    /// Download nothing
    #[arg(long)]
    offline: bool,
    /// Print warnings and errors only
    #[arg(short, long)]
    pub quiet: bool,
}

/// How long to wait for a part before looking whether Ctrl-C was pressed.
const POLL: Duration = Duration::from_secs(1);
/// How long a part waits that could not be spoken or stored here.
const RETRY: Duration = Duration::from_secs(10);
/// The least time after which samples that have not grown are taken for leftovers.
const LEFTOVER: Duration = Duration::from_secs(10);

pub fn run(args: &Args) -> Outcome {
    let runtime = runtime()?;
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
    interrupt::install(args.quiet);
    let leftovers = Leftovers::new(redelivery.max(LEFTOVER));
    let mut worker = Worker { runtime, server, engine, leftovers, heartbeat: redelivery / 3, quiet: args.quiet };
    while !interrupt::requested() {
        // A server that is away comes back, and what was not finished then comes again.
        let done = worker.runtime.block_on(next(&waiting)).and_then(|message| match message {
            Some(message) => worker.handle(&message),
            None => Ok(()),
        });
        if let Err(failure) = done {
            log::warn!("{}", failure.message());
            std::thread::sleep(POLL);
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Worker<'a> {
    runtime: Runtime,
    server: Server,
    engine: Engine<'a>,
    leftovers: Leftovers,
    heartbeat: Duration,
    quiet: bool,
}

/// The next part, if there is one.
async fn next(waiting: &PullConsumer) -> Result<Option<Message>, Failure> {
    let batch = waiting.batch().max_messages(1).expires(POLL).messages().await.map_err(failed("wait for a part"))?;
    let mut batch = std::pin::pin!(batch);
    batch.next().await.transpose().map_err(failed("wait for a part"))
}

impl Worker<'_> {
    fn handle(&mut self, message: &Message) -> Result<(), Failure> {
        let mut words = message.subject.as_str().rsplit('.');
        let (hash, book) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let name = samples_name(book, hash);
        if self.runtime.block_on(self.server.stored(&name))? != Stored::Whole {
            self.note("speaking", hash, message);
            let stored =
                self.speak(message).and_then(|samples| self.runtime.block_on(self.server.store(&name, &samples)));
            if let Err(failure) = stored {
                // If this is not heard, the part comes again all the same, later.
                let _ = self.runtime.block_on(message.ack_with(AckKind::Nak(Some(RETRY))));
                self.make_room();
                return Err(failure);
            }
        }
        // Waits until the server has noted it. If it does not, the part comes again, and its samples are found.
        self.runtime.block_on(message.double_ack()).map_err(failed("finish a part"))?;
        self.note("finished", hash, message);
        Ok(())
    }

    /// Speaks a part, telling the server meanwhile that work goes on.
    fn speak(&mut self, message: &Message) -> Result<Vec<u8>, Failure> {
        let part = Part::from_json(&message.payload)?;
        let (told, heartbeat) = (message.clone(), self.heartbeat);
        let telling = self.runtime.spawn(async move {
            loop {
                tokio::time::sleep(heartbeat).await;
                if let Err(error) = told.ack_with(AckKind::Progress).await {
                    log::debug!("the server was not told that work goes on: {error}");
                }
            }
        });
        let samples = self.engine.speak(&part);
        telling.abort();
        Ok(samples?)
    }

    /// Removes what was not stored whole, in case that the server's disk is full.
    fn make_room(&mut self) {
        match self.runtime.block_on(self.leftovers.remove(&self.server)) {
            Ok(0) => {}
            Ok(chunks) => log::warn!("{chunks} chunks of samples that were not stored whole were removed"),
            Err(failure) => log::warn!("{}", failure.message()),
        }
    }

    fn note(&self, verb: &str, hash: &str, message: &Message) {
        let deliveries = message.info().map_or(1, |info| info.delivered);
        if !self.quiet {
            note(format_args!("{verb} {}, delivery {deliveries}", &hash[..hash.len().min(12)]));
        }
    }
}
