//! Audio files: mono, 24 kHz, as WAV, FLAC or Opus.
//!
//! ```
//! use kokoro_wgpu::audio::{Format, SampleFormat};
//!
//! # fn main() -> kokoro_wgpu::Result<()> {
//! let file = std::io::Cursor::new(Vec::new()); // or a `std::fs::File`
//! let mut encoder = Format::Wav(SampleFormat::Pcm16).into_file(file)?;
//! encoder.encode(&[0.0; 12_000])?; // one chunk of speech after the other
//! encoder.encode(&[0.0; 12_000])?;
//! encoder.finish()?;
//! # Ok(())
//! # }
//! ```

mod encoder;
#[cfg(feature = "flac")]
mod flac;
mod format;
#[cfg(feature = "opus")]
mod opus;
#[cfg(feature = "flac")]
mod pipe;
mod raw;
mod shared;
mod wav;

pub use encoder::{Encoder, SampleFormat, count_clipped};
pub use format::Format;
