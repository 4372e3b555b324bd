//! Kokoro-82M speech over HTTP, by OpenAI's API and Kokoro-FastAPI's, and over Wyoming, the protocol of Home Assistant.
//!
//! One thread owns the GPU. Texts are read sentence by sentence, and sentences of all clients share batches, in which the
//! clients take turns. The program `kokoro` has this server as `kokoro serve`.
//!
//! ```no_run
//! use kokoro_server::{GpuEngine, Options, Server, Voices};
//! use kokoro_wgpu::{AdapterChoice, Checkpoint, Config, Context, Model, Synthesizer, Voice, block_on};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::bind(Options::default())?; // before the model is loaded: a port may be taken
//! let engine = GpuEngine::new(|| {
//!     let context = block_on(Context::new(&AdapterChoice::Fastest))?;
//!     Synthesizer::new(&Model::load(&context, &Checkpoint::open("kokoro.safetensors")?)?)
//! })?;
//! let open = |name: &str| Voice::open(format!("voices/{name}.bin")).map_err(|error| error.to_string());
//! let voices = Voices::new(vec!["af_heart".to_owned()], open);
//! server.run(engine, Config::default().vocab, voices)?; // until Ctrl-C or SIGTERM
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod auth;
mod captions;
mod encode;
mod engine;
mod error;
mod http;
mod listener;
mod metrics;
mod options;
mod pace;
mod patience;
mod readers;
mod schedule;
mod server;
mod speech;
mod voices;
mod worker;
mod wyoming;

pub use engine::{Audio, Engine, GpuEngine};
pub use options::{Limits, Options};
pub use server::{Error, Server};
pub use voices::Voices;
