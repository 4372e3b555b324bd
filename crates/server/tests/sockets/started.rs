//! A server on a thread of the test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use kokoro_server::{Engine, Error, Options, Server, Voices};
use kokoro_wgpu::Voice;
use kokoro_wgpu::text::phonemes::Vocabulary;
use tokio::sync::Notify;

/// A running server. Dropping it stops it.
pub struct Started {
    pub address: SocketAddr,
    pub wyoming: Option<SocketAddr>,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

pub const NAMES: [&str; 4] = ["af_bella", "af_heart", "af_sky", "bm_george"];

/// Seeded voices of this width.
pub fn voices(width: usize) -> Voices {
    let case = |name: &str| NAMES.iter().position(|known| *known == name).unwrap();
    let open = move |name: &str| Ok(Voice::seeded_width(case(name) as u64, width));
    Voices::new(NAMES.map(str::to_owned).to_vec(), open)
}

/// Options with free ports.
pub fn options() -> Options {
    let mut options = Options::default();
    options.address.set_port(0);
    options
}

impl Started {
    pub fn new(options: Options, engine: impl Engine, vocabulary: Vocabulary, voices: Voices) -> Self {
        let server = Server::bind(options).unwrap();
        let (address, wyoming) = (server.address().unwrap(), server.wyoming_address().unwrap());
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let run = move || server.run_until(engine, vocabulary, voices, async || stopped.notified().await);
        Self { address, wyoming, stop, thread: Some(std::thread::spawn(run)) }
    }

    /// Asks the server to stop once requests in progress have ended; a second time, to stop at once.
    pub fn stop(&self) {
        self.stop.notify_one();
    }

    /// Waits until the server has stopped.
    pub fn join(mut self) -> Result<(), Error> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}
