//! File formats and their encoders.

use std::io::{Cursor, Seek, Write};
use std::path::Path;

use super::encoder::{Encoder, SampleFormat};
#[cfg(feature = "flac")]
use super::flac;
#[cfg(feature = "opus")]
use super::opus;
use super::{raw, wav};
use crate::error::Result;
use crate::util::files;

/// A file format, of 24 kHz mono with samples from -1 to 1.
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
    /// [`Error::Encoding`](crate::Error::Encoding) if the file fails.
    pub fn into_file<'a, W: Write + Seek + Send + 'a>(self, out: W) -> Result<Box<dyn Encoder<W> + Send + 'a>> {
        self.into_tagged_file(out, &[])
    }

    /// An encoder to a file with tags: the names and values of Vorbis comments. WAV and raw samples have none.
    ///
    /// # Errors
    /// As [`Format::into_file`].
    #[cfg_attr(not(any(feature = "flac", feature = "opus")), expect(unused_variables, reason = "no format has tags"))]
    pub fn into_tagged_file<'a, W: Write + Seek + Send + 'a>(
        self,
        out: W,
        tags: &[(String, String)],
    ) -> Result<Box<dyn Encoder<W> + Send + 'a>> {
        Ok(match self {
            #[cfg(feature = "flac")]
            Self::Flac => Box::new(flac::FlacEncoder::new(out, tags)?),
            #[cfg(feature = "opus")]
            Self::Opus => Box::new(opus::OpusEncoder::new(out, tags)?),
            Self::Wav(samples) => Box::new(wav::WavEncoder::new(out, samples)?),
            Self::Raw(_) => self.into_pipe(out)?,
        })
    }

    /// An encoder to a pipe. Headers describe an unknown length: WAV has sizes of 0xFFFFFFFF and FLAC a length of zero,
    /// which players read as "until the end".
    ///
    /// # Errors
    /// [`Error::Encoding`](crate::Error::Encoding) if the pipe fails.
    pub fn into_pipe<'a, W: Write + Send + 'a>(self, out: W) -> Result<Box<dyn Encoder<W> + Send + 'a>> {
        Ok(match self {
            Self::Wav(samples) => Box::new(wav::endless(out, samples)?),
            Self::Raw(samples) => Box::new(raw::RawEncoder::new(out, samples, "raw samples")),
            #[cfg(feature = "flac")]
            Self::Flac => Box::new(flac::FlacPipeEncoder::new(out)?),
            #[cfg(feature = "opus")]
            Self::Opus => Box::new(opus::OpusEncoder::new(out, &[])?),
        })
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// As [`Format::to_bytes`]; [`Error::Io`](crate::Error::Io); [`Error::BadFile`](crate::Error::BadFile) if `path` is no
    /// regular file.
    pub fn save(self, path: impl AsRef<Path>, samples: &[f32]) -> Result<()> {
        let bytes = self.to_bytes(samples)?;
        files::replace(path.as_ref(), |out| out.write_all(&bytes))
    }

    /// A whole file in memory.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the samples exceed the format's limit;
    /// [`Error::Encoding`](crate::Error::Encoding) for FLAC without any samples.
    pub fn to_bytes(self, samples: &[f32]) -> Result<Vec<u8>> {
        let mut encoder = self.into_file(Cursor::new(Vec::new()))?;
        encoder.encode(samples)?;
        Ok(encoder.finish()?.into_inner())
    }
}

#[cfg(test)]
pub(super) mod tests {
    #[cfg(any(feature = "flac", feature = "opus"))]
    use std::{
        io,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    /// Bytes written to a pipe, in chunks whose length divides no block's.
    pub fn piped(format: Format, samples: &[f32]) -> Vec<u8> {
        let mut encoder = format.into_pipe(Vec::new()).unwrap();
        samples.chunks(777).for_each(|chunk| encoder.encode(chunk).unwrap());
        encoder.finish().unwrap()
    }

    /// Number of bytes in a pipe after one chunk, before the end.
    #[cfg(any(feature = "flac", feature = "opus"))]
    pub fn written_before_the_end(format: Format, samples: &[f32]) -> usize {
        struct Counter<'a>(&'a AtomicUsize);
        impl Write for Counter<'_> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.fetch_add(bytes.len(), Ordering::Relaxed);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let written = AtomicUsize::new(0);
        let mut encoder = format.into_pipe(Counter(&written)).unwrap();
        encoder.encode(samples).unwrap();
        written.load(Ordering::Relaxed)
    }
}
