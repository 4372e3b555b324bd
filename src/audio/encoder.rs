//! What all encoders share.

use std::io;

use crate::error::{Error, Result};

/// Turns samples into bytes of a file or a pipe `W`, chunk by chunk.
pub trait Encoder<W> {
    /// Encodes samples; full scale is 1. Formats that pack samples into blocks keep an incomplete block until more
    /// samples follow.
    ///
    /// # Errors
    /// [`Error::Encoding`] if the file or pipe fails; [`Error::Argument`] if the samples exceed the format's limit.
    fn encode(&mut self, samples: &[f32]) -> Result<()>;

    /// Ends the file, and returns it.
    ///
    /// # Errors
    /// As [`encode`](Self::encode); [`Error::Encoding`] for FLAC without any samples, for which the format has no header.
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

/// Number of samples beyond full scale, which 16-bit formats clip.
pub fn count_clipped(samples: &[f32]) -> usize {
    samples.iter().filter(|sample| sample.abs() > 1.0).count()
}

/// Symmetric: -1 and 1 are equally loud, so -32768 is never written.
pub(super) fn quantised(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16
}

/// [`Error::Encoding`] for a failing file or pipe.
pub(super) fn failed(format: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Encoding { format, source: source.into() }
}
