//! Samples as a FLAC file: mono, 24 kHz, 16 bits, without loss beyond the rounding to 16 bits.

use std::io::{self, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flac_codec::encode::{FlacSampleWriter, Options};

use crate::wav::quantised;
use crate::{Error, Result, SAMPLE_RATE};

/// A FLAC file that is written as it is made.
///
/// ```
/// # fn main() -> kokoro_wgpu::Result<()> {
/// let mut encoder = kokoro_wgpu::flac::Encoder::new()?;
/// let mut file = encoder.encode(&[0.0; 24_000])?;
/// let end = encoder.finish()?;
/// file.extend(end.tail);
/// file[..end.head.len()].copy_from_slice(&end.head);
/// # Ok(())
/// # }
/// ```
pub struct Encoder {
    writer: FlacSampleWriter<Spool>,
    spool: Spool,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

/// How a FLAC file ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// The last bytes.
    pub tail: Vec<u8>,
    /// What to write over as many first bytes: the number of samples and their checksum, which were not known then. A
    /// pipe does without, players take both zeros as "unknown".
    pub head: Vec<u8>,
}

impl Encoder {
    /// An empty file.
    ///
    /// # Errors
    /// [`Error::Encoding`] if the library refuses.
    pub fn new() -> Result<Self> {
        let spool = Spool::default();
        // Both would take up room at the start before it is known how much of it.
        let options = Options::default().no_padding().no_seektable();
        let writer = FlacSampleWriter::new(spool.clone(), options, SAMPLE_RATE, 16, 1, None).map_err(failed)?;
        Ok(Self { writer, spool })
    }

    /// The bytes that follow those so far. Samples that do not fill a block of 4096 wait for more. Full scale is 1, what
    /// lies beyond is clipped.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        let samples: Vec<i32> = samples.iter().map(|sample| quantised(*sample).into()).collect();
        self.writer.write(&samples).map_err(failed)?;
        Ok(std::mem::take(&mut self.spool.lock().bytes))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and if there were no samples at all, for which the format has no number.
    pub fn finish(self) -> Result<End> {
        self.writer.finalize().map_err(failed)?;
        let mut spooled = self.spool.lock();
        Ok(End { tail: std::mem::take(&mut spooled.bytes), head: std::mem::take(&mut spooled.head) })
    }
}

/// A FLAC file as bytes.
///
/// # Errors
/// As for [`Encoder::finish`].
pub fn bytes(samples: &[f32]) -> Result<Vec<u8>> {
    let mut encoder = Encoder::new()?;
    let mut file = encoder.encode(samples)?;
    let end = encoder.finish()?;
    file.extend(end.tail);
    file[..end.head.len()].copy_from_slice(&end.head);
    Ok(file)
}

fn failed(error: flac_codec::Error) -> Error {
    Error::Encoding { format: "FLAC", source: error.into() }
}

/// What the library writes, until it is taken. It goes back once, to write its first bytes again.
#[derive(Clone, Debug, Default)]
struct Spool(Arc<Mutex<Spooled>>);

#[derive(Debug, Default)]
struct Spooled {
    bytes: Vec<u8>,
    head: Vec<u8>,
    written: u64,
    back: bool,
}

impl Spool {
    fn lock(&self) -> MutexGuard<'_, Spooled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut spooled = self.lock();
        if spooled.back {
            spooled.head.extend(bytes);
        } else {
            spooled.written += bytes.len() as u64;
            spooled.bytes.extend(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut spooled = self.lock();
        match to {
            SeekFrom::Current(0) if !spooled.back => Ok(spooled.written),
            SeekFrom::Start(0) => {
                spooled.back = true;
                Ok(0)
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples as another library reads them, which checks every block's checksum.
    fn decoded(file: &[u8]) -> (Vec<i16>, claxon::metadata::StreamInfo) {
        let mut reader = claxon::FlacReader::new(file).unwrap();
        let samples = reader.samples().map(|sample| sample.unwrap() as i16).collect();
        (samples, reader.streaminfo())
    }

    #[test]
    fn what_is_read_back_is_what_was_written_but_for_clipping_and_rounding() {
        for (count, why) in [
            (1, "a sample"),
            (15, "less than a block may hold elsewhere"),
            (4096, "a block"),
            (4097, "past a block"),
            (24_001, "a second, and a prime's worth of blocks"),
        ] {
            let wave = |at: usize| 1.2 * (at as f32 * 0.05).sin() * (at as f32 * 0.0007).cos();
            let samples: Vec<f32> = (0..count).map(wave).collect();
            let file = bytes(&samples).unwrap();
            let (read, info) = decoded(&file);
            assert_eq!(read, samples.iter().map(|sample| quantised(*sample)).collect::<Vec<_>>(), "{why}");
            assert_eq!((info.sample_rate, info.channels, info.bits_per_sample), (24_000, 1, 16));
            assert_eq!(info.samples, Some(count as u64), "{why}");
            assert_ne!(info.md5sum, [0; 16], "{why}");
        }
    }

    #[test]
    fn in_pieces_it_is_the_same_file_and_a_pipe_lacks_only_what_was_not_known() {
        let samples: Vec<f32> = (0..10_000).map(|at| (at as f32 * 0.1).sin() * 0.5).collect();
        let mut encoder = Encoder::new().unwrap();
        let mut file = Vec::new();
        for piece in samples.chunks(777) {
            file.extend(encoder.encode(piece).unwrap());
        }
        let end = encoder.finish().unwrap();
        file.extend(end.tail);
        let (read, info) = decoded(&file);
        assert_eq!((read.len(), info.samples), (samples.len(), None), "as a pipe has it");
        let whole = bytes(&samples).unwrap();
        assert_eq!(file.len(), whole.len());
        assert_eq!(file[end.head.len()..], whole[end.head.len()..]);
        assert_eq!(end.head, whole[..end.head.len()]);
    }

    #[test]
    fn no_samples_are_no_file() {
        assert!(matches!(bytes(&[]), Err(Error::Encoding { format: "FLAC", .. })));
    }
}
