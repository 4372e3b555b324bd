//! The Kokoro-82M text-to-speech network as WGSL compute shaders.

pub mod checkpoint;
mod error;
pub mod golden;
mod gpu;
mod graph;
#[cfg(feature = "download")]
pub mod hub;
mod kernels;
pub mod model;
mod shape;
mod speech;
pub mod text;
pub mod verify;
pub mod voice;
mod weights;

pub use checkpoint::Checkpoint;
pub use error::{Error, Result};
pub use golden::Golden;
pub use gpu::{AdapterChoice, AdapterSummary, Context, adapters};
pub use kernels::shaders;
pub use model::{Config, Model};
pub use speech::{FRAME_SAMPLES, SAMPLE_RATE, Speech, Synthesizer, Utterance};
pub use voice::Voice;
pub use wgpu;
