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

#[cfg(feature = "flac")]
mod flac;
#[cfg(feature = "opus")]
mod opus;
#[cfg(feature = "flac")]
mod pipe;
mod raw;
mod shared;
mod wav;

use std::io::{self, Cursor, Seek, Write};

use crate::error::{Error, Result};

/// Turns samples into bytes of a file or a pipe `W`, chunk by chunk.
pub trait Encoder<W> {
    /// Encodes samples; full scale is 1. Formats that pack samples into blocks keep an incomplete block until more
    /// samples follow.
    ///
    /// # Errors
    /// [`Error::Encoding`] if the file or pipe fails, or if the samples exceed the format's limit.
    fn encode(&mut self, samples: &[f32]) -> Result<()>;

    /// Ends the file, and returns it.
    ///
    /// # Errors
    /// As [`encode`](Self::encode); also for FLAC without any samples, for which the format has no header.
    fn finish(self: Box<Self>) -> Result<W>;
}

/// How samples are stored in WAV and raw files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SampleFormat {
    /// 16 bits, little-endian; samples beyond full scale are clipped.
    #[default]
    Pcm16,
    /// float32, little-endian, exactly as synthesised.
    Float32,
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// WAV, at most 4 GiB: 24 hours of 16-bit samples.
    Wav(SampleFormat),
    /// Samples without a header.
    Raw(SampleFormat),
    /// FLAC, 16 bits; samples beyond full scale are clipped.
    #[cfg(feature = "flac")]
    Flac,
    /// Opus in Ogg, 48 kbit/s, lossy. Decoders produce 48 kHz, exactly two samples for each one encoded.
    #[cfg(feature = "opus")]
    Opus,
}

impl Format {
    /// An encoder to a file. WAV and FLAC update their headers at the end.
    ///
    /// # Errors
    /// [`Error::Encoding`] if the file fails.
    pub fn into_file<'a, W: Write + Seek + 'a>(self, out: W) -> Result<Box<dyn Encoder<W> + 'a>> {
        Ok(match self {
            Self::Wav(samples) => Box::new(wav::WavEncoder::new(out, samples)?),
            #[cfg(feature = "flac")]
            Self::Flac => Box::new(flac::FlacEncoder::new(out)?),
            other => other.into_pipe(out)?,
        })
    }

    /// An encoder to a pipe. Headers describe an unknown length: WAV has sizes of 0xFFFFFFFF and FLAC a length of zero,
    /// which players read as "until the end".
    ///
    /// # Errors
    /// [`Error::Encoding`] if the pipe fails.
    pub fn into_pipe<'a, W: Write + 'a>(self, out: W) -> Result<Box<dyn Encoder<W> + 'a>> {
        Ok(match self {
            Self::Wav(samples) => Box::new(wav::endless(out, samples)?),
            Self::Raw(samples) => Box::new(raw::RawEncoder::new(out, samples)),
            #[cfg(feature = "flac")]
            Self::Flac => Box::new(flac::FlacPipeEncoder::new(out)?),
            #[cfg(feature = "opus")]
            Self::Opus => Box::new(opus::OpusEncoder::new(out)?),
        })
    }

    /// A whole file in memory.
    ///
    /// # Errors
    /// [`Error::Encoding`] if the samples exceed the format's limit, and for FLAC without any samples.
    pub fn to_bytes(self, samples: &[f32]) -> Result<Vec<u8>> {
        let mut encoder = self.into_file(Cursor::new(Vec::new()))?;
        encoder.encode(samples)?;
        Ok(encoder.finish()?.into_inner())
    }
}

/// Number of samples beyond full scale, which 16-bit formats clip.
pub fn count_clipped(samples: &[f32]) -> usize {
    samples.iter().filter(|sample| sample.abs() > 1.0).count()
}

/// Symmetric: -1 and 1 are equally loud, so -32768 is never written.
fn quantised(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16
}

/// [`Error::Encoding`] for a failing file or pipe.
fn failed(format: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Encoding { format, source }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Bytes written to a pipe, in chunks that fit no block.
    pub fn piped(format: Format, samples: &[f32]) -> Vec<u8> {
        let mut encoder = format.into_pipe(Vec::new()).unwrap();
        samples.chunks(777).for_each(|chunk| encoder.encode(chunk).unwrap());
        encoder.finish().unwrap()
    }

    /// Number of bytes in a pipe after one chunk, before the end.
    pub fn written_before_the_end(format: Format, samples: &[f32]) -> usize {
        struct Counter<'a>(&'a Cell<usize>);
        impl Write for Counter<'_> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.set(self.0.get() + bytes.len());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let written = Cell::new(0);
        let mut encoder = format.into_pipe(Counter(&written)).unwrap();
        encoder.encode(samples).unwrap();
        written.get()
    }
}
