//! The server from its first to its last connection.

use std::any::Any;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use kokoro_wgpu::Synthesizer;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{self, G2p, Language};
use tokio::sync::{Notify, Semaphore, oneshot};

use crate::engine::Engine;
use crate::error::ApiError;
use crate::http;
use crate::listener::TimedListener;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::readers::Readers;
use crate::schedule::{self, Queue};
use crate::speech::Speaker;
use crate::voices::Voices;
use crate::worker::Worker;
use crate::wyoming;

/// Threads for encoders and other short work.
const BLOCKING: usize = 64;

/// Why the server could not start, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The system refuses threads or sockets.
    #[error("cannot start the server: {0}")]
    Start(#[from] std::io::Error),
    /// The first sentence was not spoken.
    #[error("the model cannot speak: {0}")]
    WarmUp(String),
    /// The thread that owns the engine has panicked: nothing can be spoken any more, so the server ends. A supervisor starts it
    /// again.
    #[error("the thread that owns the GPU has panicked: {0}")]
    Panicked(String),
}

/// A server that has its ports and does not serve yet.
#[derive(Debug)]
pub struct Server {
    http: TcpListener,
    wyoming: Option<TcpListener>,
    options: Options,
    readers: Readers,
}

impl Server {
    /// Listens on the ports. Clients that connect now wait until [`run`](Self::run).
    ///
    /// # Errors
    /// [`Error::Bind`].
    pub fn bind(options: Options) -> Result<Self, Error> {
        let listen = |address: SocketAddr| {
            let listener = TcpListener::bind(address).and_then(|listener| {
                listener.set_nonblocking(true)?;
                Ok(listener)
            });
            listener.map_err(|source| Error::Bind { address, source })
        };
        let (http, wyoming) = (listen(options.address)?, options.wyoming.map(listen).transpose()?);
        Ok(Self { http, wyoming, options, readers: Readers::default() })
    }

    /// Opens readers in another way than by [`Language::reader_for`]: for Japanese, with a dictionary found elsewhere.
    #[must_use]
    pub fn with_readers(
        self,
        open: impl Fn(Language, &Vocabulary) -> text::Result<Box<dyn G2p>> + Send + Sync + 'static,
    ) -> Self {
        Self { readers: Readers::new(open), ..self }
    }

    /// Where HTTP clients connect; the real port if 0 was asked for.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.http.local_addr()
    }

    /// Where Wyoming clients connect, if they may.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn wyoming_address(&self) -> std::io::Result<Option<SocketAddr>> {
        self.wyoming.as_ref().map(TcpListener::local_addr).transpose()
    }

    /// Serves until Ctrl-C or SIGTERM: then requests in progress may end, for [`Options::drain`] or until a second signal.
    ///
    /// # Errors
    /// If the server cannot start, or the engine panics.
    pub fn run(self, engine: impl Engine, vocabulary: Vocabulary, voices: Voices) -> Result<(), Error> {
        self.run_until(engine, vocabulary, voices, signal)
    }

    /// Serves until `stop` returns: then requests in progress may end, for [`Options::drain`] or until `stop` returns
    /// again.
    ///
    /// # Errors
    /// If the server cannot start, or the engine panics.
    pub fn run_until(
        mut self,
        engine: impl Engine,
        vocabulary: Vocabulary,
        voices: Voices,
        stop: impl AsyncFn(),
    ) -> Result<(), Error> {
        let metrics = Arc::new(Metrics::default());
        let limits = self.options.limits;
        let queue = Queue::new(schedule::Limits {
            jobs: Synthesizer::MAX_BATCH,
            gather: limits.gather,
            batch_time: limits.batch_time,
        });
        let started = Instant::now();
        let worker = Worker::new(engine, queue, vocabulary.clone(), move || started.elapsed(), metrics.clone());
        let (jobs, received) = mpsc::channel();
        let (running, ended) = oneshot::channel::<()>();
        let worker = std::thread::Builder::new().name("gpu".to_owned()).spawn(move || {
            let _running = running; // dropped by a panic too
            worker.run(&received);
        })?;
        let readers = std::mem::take(&mut self.readers);
        let speaker = Arc::new(Speaker::new(voices, vocabulary, readers, metrics, limits, jobs));
        // Every request has a thread that reads its text and may wait for the client. Encoders, for which it would wait, must
        // find threads beside those.
        let blocking = limits.requests + BLOCKING;
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).max_blocking_threads(blocking).enable_all().build()?;
        let served = runtime.block_on(self.serve(speaker, stop, ended));
        // Whoever is still connected is no longer waited for, and nothing more reaches the worker.
        runtime.shutdown_timeout(Duration::from_secs(1));
        match worker.join() {
            Ok(()) => served,
            Err(panic) => Err(Error::Panicked(message(&*panic))),
        }
    }

    /// `worker_ended` receives the end of the worker's thread. It lives as long as the speaker, unless it panics.
    async fn serve(
        self,
        speaker: Arc<Speaker>,
        stop: impl AsyncFn(),
        worker_ended: oneshot::Receiver<()>,
    ) -> Result<(), Error> {
        let Self { http, wyoming, options, .. } = self;
        let room = Arc::new(Semaphore::new(options.limits.connections));
        let listener = |listener, refusal: fn(&ApiError) -> Vec<u8>| {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            Ok::<_, Error>(TimedListener::new(listener, options.limits, room.clone(), refusal))
        };
        tokio::select! {
            warm = speaker.warm_up() => warm.map_err(|error| Error::WarmUp(error.message))?,
            () = stop() => return Ok(()),
        }
        let address = http.local_addr()?;
        log::info!("ready at http://{address}");
        if let Some(wyoming) = wyoming {
            let listener = listener(wyoming, wyoming::refusal)?;
            tokio::spawn(wyoming::serve(listener, speaker.clone(), options.limits));
        }
        let requests = speaker.clone();
        let stopping = Arc::new(Notify::new());
        let listener = listener(http, ApiError::http)?;
        let stopped = stopping.clone();
        let router = http::router(speaker, &options);
        let served = http::serve(listener, router, options.limits.receive, async move { stopped.notified().await });
        let drained = async {
            tokio::select! {
                () = stop() => {}
                _ = worker_ended => log::error!("the thread that owns the GPU has panicked: the server ends"),
            }
            log::info!("stopping: requests in progress have {} s to end", options.drain.as_secs());
            stopping.notify_one();
            tokio::select! {
                () = tokio::time::sleep(options.drain) => "their time is over",
                () = stop() => "there was a second signal",
            }
        };
        let ended = async {
            served.await;
            requests.idle().await; // those of Wyoming
        };
        tokio::select! {
            () = ended => {}
            why = drained => log::warn!("stopped before every request had ended: {why}"),
        }
        Ok(())
    }
}

/// What a thread said when it panicked.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it left no message").to_owned()
}

/// Waits for Ctrl-C, or for SIGTERM, by which containers and services are stopped.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await; // without handlers the system ends the process itself
}
