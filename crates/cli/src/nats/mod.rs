//! Books by several machines. Parts are jobs in a work queue of NATS JetStream, which delivers each until a worker says that it is
//! done; their samples and timings lie in its object store, under the hash of the part, so that a part spoken twice is stored once.

mod collect;
mod leftovers;
mod objects;
mod parts;
mod submit;
mod tries;
mod worker;

use std::collections::HashSet;
use std::fmt::Display;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::object_store::{self, GetErrorKind, InfoErrorKind, ObjectStore};
use async_nats::jetstream::stream::{self, RetentionPolicy, Stream};
use async_nats::jetstream::{self, Context};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use futures_util::{StreamExt, TryStreamExt};
use tokio::io::AsyncReadExt;
use tokio::runtime::Runtime;

pub use self::collect::{Args as CollectArgs, run as collect};
pub use self::submit::{Args as SubmitArgs, run as submit};
pub use self::worker::{Args as WorkerArgs, run as work};
use crate::book::{ModelIdentity, Plan};
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct NatsArg {
    /// The NATS server, with JetStream. A user and password or a token may come before its name, as in
    /// nats://user:password@host:4222
    #[arg(long, value_name = "URL", env = "NATS_URL", hide_env_values = true)]
    nats: String,
}

/// The stream of the parts that wait.
const QUEUE: &str = "KOKORO_PARTS";
/// The object stores: what was spoken by `BOOK/PART`, and plans by the book's name.
const PARTS: &str = "kokoro-parts";
/// The stream below that store: `$O.STORE.C.NUID` are chunks, `$O.STORE.M.NAME` says which are whose.
const PARTS_STREAM: &str = "OBJ_kokoro-parts";
const BOOKS: &str = "kokoro-books";

/// The queue and the stores of a server.
struct Server {
    context: Context,
    parts: ObjectStore,
    parts_stream: Stream<()>,
    books: ObjectStore,
    tries_stream: Stream,
}

/// Something of the server's that failed, in the words of the user.
fn failed<E: Display>(action: &'static str) -> impl FnOnce(E) -> Failure {
    move |error| {
        Failure::with_help(format!("NATS: cannot {action}: {error}"), "Is JetStream on (nats-server --jetstream)?")
    }
}

/// The runtime of a command, which waits for one thing at a time.
fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(|error| Failure::with_help(format!("cannot start: {error}"), "Are there too many threads?"))
}

impl Server {
    async fn connect(argument: &NatsArg) -> Result<Self, Failure> {
        let client = async_nats::connect(&argument.nats).await.map_err(failed("connect"))?;
        let context = jetstream::new(client);
        let queue = stream::Config {
            name: QUEUE.to_owned(),
            subjects: vec!["kokoro.parts.>".to_owned()],
            retention: RetentionPolicy::WorkQueue,
            ..stream::Config::default()
        };
        context.get_or_create_stream(queue).await.map_err(failed("make the queue"))?;
        let (parts, books) = (store(&context, PARTS).await?, store(&context, BOOKS).await?);
        let parts_stream = context.get_stream_no_info(PARTS_STREAM).await.map_err(failed("open the store"))?;
        let tries_stream = tries::stream(&context).await?;
        Ok(Self { context, parts, parts_stream, books, tries_stream })
    }

    /// Queues a part.
    async fn queue(&self, subject: String, part: Vec<u8>) -> Result<(), Failure> {
        let sent = self.context.publish(subject, part.into()).await;
        sent.map_err(failed("queue a part"))?.await.map_err(failed("queue a part"))?;
        Ok(())
    }

    /// The subjects of a book's parts that wait or are in work, for any model.
    async fn queued(&self, book: &str) -> Result<HashSet<String>, Failure> {
        let queue = self.context.get_stream_no_info(QUEUE).await.map_err(failed("open the queue"))?;
        let subjects = queue.info_with_subjects(book_subjects(book)).await;
        let subjects = subjects.map_err(failed("look into the queue"))?.map_ok(|(subject, _)| subject);
        subjects.try_collect().await.map_err(failed("look into the queue"))
    }

    /// Removes the parts of a book that still wait.
    async fn unqueue(&self, book: &str) -> Result<(), Failure> {
        let queue = self.context.get_stream_no_info(QUEUE).await.map_err(failed("open the queue"))?;
        let purged = queue.purge().filter(book_subjects(book)).await;
        purged.map(drop).map_err(failed("remove from the queue"))
    }

    /// The parts that wait for this model. One that a worker has taken and not finished comes again after `redelivery`, or what
    /// the first worker of this model has asked for.
    async fn waiting(&self, model: &ModelIdentity, redelivery: Duration) -> Result<PullConsumer, Failure> {
        let name = format!("workers-{}", model.as_str());
        let config = pull::Config {
            durable_name: Some(name.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: redelivery,
            max_deliver: -1,
            filter_subject: format!("kokoro.parts.{}.>", model.as_str()),
            ..pull::Config::default()
        };
        let queue = self.context.get_stream(QUEUE).await.map_err(failed("open the queue"))?;
        queue.get_or_create_consumer(&name, config).await.map_err(failed("join the workers"))
    }

    /// The plan of a book.
    async fn book(&self, id: &str) -> Result<Plan, Failure> {
        let unknown =
            || Failure::with_help(format!("there is no book {id}"), "`kokoro collect` lists the books there are.");
        let plan = get(&self.books, id).await?.ok_or_else(unknown)?;
        serde_json::from_slice(&plan).map_err(failed("read the book"))
    }

    /// Names of all books.
    async fn books(&self) -> Result<Vec<String>, Failure> {
        let list = self.books.list().await.map_err(failed("list the books"))?;
        let names = list.filter_map(async |info| info.ok().map(|info| info.name));
        Ok(names.collect().await)
    }
}

/// The subjects of all parts of a book, for any model.
fn book_subjects(book: &str) -> String {
    format!("kokoro.parts.*.{book}.>")
}

/// The subject of a part in the queue.
fn part_subject(model: &ModelIdentity, book: &str, hash: &str) -> String {
    format!("kokoro.parts.{}.{book}.{hash}", model.as_str())
}

async fn store(context: &Context, bucket: &str) -> Result<ObjectStore, Failure> {
    match context.get_object_store(bucket).await {
        Ok(store) => Ok(store),
        Err(_) => {
            let config = object_store::Config { bucket: bucket.to_owned(), ..object_store::Config::default() };
            context.create_object_store(config).await.map_err(failed("make the store"))
        }
    }
}

/// How long the next bytes of a stored object are waited for.
const STALL: Duration = Duration::from_secs(60);

/// An object, whose hash is compared; `None` if there is none of this name.
async fn get(store: &ObjectStore, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    let mut object = match store.get(name).await {
        Ok(object) => object,
        Err(error) if error.kind() == GetErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read from the store")(error)),
    };
    let mut bytes = Vec::new();
    loop {
        // Chunks that are removed meanwhile would be waited for without end.
        let read = tokio::time::timeout(STALL, object.read_buf(&mut bytes)).await;
        if read.map_err(failed("read from the store"))?.map_err(failed("read from the store"))? == 0 {
            break;
        }
    }
    Ok(Some(bytes))
}

/// The subject of the message that gives an object its name.
fn name_subject(bucket: &str, name: &str) -> String {
    format!("$O.{bucket}.M.{}", BASE64_URL_SAFE.encode(name))
}

/// Removes an object. The store's own way is to write that the object is deleted, which a server whose disk is full refuses.
async fn remove(context: &Context, bucket: &str, store: &ObjectStore, name: &str) -> Result<(), Failure> {
    let info = match store.info(name).await {
        Ok(info) => info,
        Err(error) if error.kind() == InfoErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("look for what is to be removed")(error)),
    };
    let stream = context.get_stream(format!("OBJ_{bucket}")).await.map_err(failed("open the store"))?;
    // The name first: chunks without one are leftovers, a name without chunks would be a broken object.
    for subject in [name_subject(bucket, name), format!("$O.{bucket}.C.{}", info.nuid)] {
        stream.purge().filter(subject).await.map_err(failed("remove from the store"))?;
    }
    Ok(())
}

async fn put(store: &ObjectStore, name: &str, mut bytes: &[u8]) -> Result<(), Failure> {
    store.put(name, &mut bytes).await.map_err(failed("write into the store"))?;
    Ok(())
}
