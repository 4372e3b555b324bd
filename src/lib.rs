//! The Kokoro-82M text-to-speech network as WGSL compute shaders, on Vulkan, Metal and DX12 through [`wgpu`].
//!
//! A [`Context`] opens a device or borrows yours, a [`Model`] keeps a [`Checkpoint`]'s parameters on it, and a
//! [`Synthesizer`] turns an [`Utterance`] (phoneme ids in a [`Voice`]) into [`Speech`]: 24 kHz samples, and how long
//! each id lasts.
//!
//! ```no_run
//! use kokoro_wgpu::{AdapterChoice, Checkpoint, Context, Model, Synthesizer, Utterance, Voice, block_on};
//!
//! # fn main() -> kokoro_wgpu::Result<()> {
//! let context = block_on(Context::new(&AdapterChoice::Fastest))?;
//! let model = Model::load(&context, &Checkpoint::open("kokoro.safetensors")?)?;
//! let voice = Voice::open("af_heart.bin")?;
//! let mut synthesizer = Synthesizer::new(&model)?;
//!
//! let utterance = Utterance::from_phonemes("həlˈO wˈɜɹld!", &voice);
//! let speech = block_on(synthesizer.synthesize(&utterance))?;
//! assert_eq!(speech.samples.len() as u32, 600 * speech.durations.iter().sum::<u32>()); // frames of 25 ms
//!
//! let utterance = Utterance::from_ids(&[50, 83, 54, 156, 31, 4], &voice).with_speed(1.2).with_noise_seed(7);
//! let speech = block_on(synthesizer.synthesize(&utterance))?;
//! # Ok(())
//! # }
//! ```
//!
//! It runs on any executor, and can use the wgpu device and queue of your application:
//!
//! ```no_run
//! # use kokoro_wgpu::{Checkpoint, Context, Model, Speech, Synthesizer, Utterance, Voice, wgpu};
//! async fn speak(device: wgpu::Device, queue: wgpu::Queue, phonemes: &str) -> kokoro_wgpu::Result<Speech> {
//!     let context = Context::from_wgpu(device, queue)?;
//!     let model = Model::load(&context, &Checkpoint::seeded(0))?; // untrained: noise, but no file needed
//!     Synthesizer::new(&model)?.synthesize(&Utterance::from_phonemes(phonemes, &Voice::seeded(0))).await
//! }
//! ```
//!
//! Two calls make the first utterance start sooner: [`Synthesizer::warm_up`] creates plans and buffers in advance and
//! runs every kernel once; [`Context::load_pipeline_cache`] before loading a model, and [`Context::save_pipeline_cache`]
//! after it, spare the next process compiling the kernels.
//!
//! [`Context::self_check_once`] checks in a second or two whether an adapter and its driver give correct results and which
//! convolution kernel is fastest there, and stores both in a file. [`Context::self_check`] and [`Context::tune`] do
//! the same without files.
//!
//! All of the network runs on the GPU: embeddings and ALBERT, the prosody predictor with its LSTMs and duration head,
//! the expansion by durations, the F0 and energy curves, the decoder, the harmonic source with its noise, and the
//! iSTFT. The CPU reads back two things: the durations, to size the later buffers, and the finished samples. [`verify`]
//! compares every stage with the values that PyTorch computes in float64.
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `text` | yes | text to phonemes: English with the dictionary and rules of misaki, five languages by an installed espeak-ng, kana; pauses, SSML |
//! | `mandarin` | no | Mandarin text by jieba-rs and pinyin, whose dictionaries take 8 MB |
//! | `japanese` | no | Japanese text with kanji, by jpreprocess and a dictionary that is read from files |
//! | `download` | no | the published model and voices from the model hub: `hub` |
//! | `stream` | no | a narration as a `Stream` |
//! | `flac` | no | FLAC files in [`audio`] |
//! | `opus` | no | Opus files in [`audio`] |
//!
//! `default-features = false` leaves the bare runtime, which takes phonemes and ids. Nothing here prints or panics;
//! every failure is an [`Error`] that says which file, argument, tensor or kernel caused it.

mod adapter_cache;
pub mod audio;
mod batch;
#[doc(hidden)]
pub mod bench;
pub mod checkpoint;
mod error;
mod gpu;
mod graph;
mod kernels;
pub mod model;
mod peak_throughput;
mod shape;
mod speech;
mod tune;
mod util;
mod variant;
pub mod verify;
pub mod voice;
mod weights;

pub use checkpoint::Checkpoint;
pub use error::{Error, Result, Shortfall};
pub use gpu::{AdapterChoice, AdapterSummary, Context, GpuMemory, ProfileRow, adapters};
pub use graph::PlannedDispatch;
pub use kernels::shaders;
#[cfg(feature = "download")]
pub use kokoro_hub as hub;
pub use kokoro_text as text;
pub use kokoro_text::timestamps::{self, FRAME_SAMPLES, SAMPLE_RATE};
pub use model::{Config, Model, ModelOptions, Precision};
pub use peak_throughput::PeakThroughput;
/// Runs a future to its end on this thread. The futures of this crate run on any executor.
#[doc(no_inline)]
pub use pollster::block_on;
pub use speech::{Chunk, Job, Narration, Speech, Stats, Synthesizer, Utterance};
pub use tune::ConvSpeed;
pub use variant::ConvVariant;
pub use verify::{Golden, SelfCheck, SelfCheckResult};
pub use voice::{Style, Voice};
pub use wgpu;

#[cfg(test)]
#[path = "../tests/unit/mod.rs"]
mod tests;
