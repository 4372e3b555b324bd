//! Samples as a WAV file: mono, 24 kHz; 16 bits, or float32.

use std::io::{Cursor, Seek, Write};
use std::path::Path;

use crate::checkpoint::file;
use crate::{Error, Result, SAMPLE_RATE};

/// A WAV file's sizes are 32-bit: a little over 24 hours.
const MAX_SAMPLES: usize = (u32::MAX as usize - 44) / 2;

/// Writes samples as a WAV file, 16 bits, mono, [`SAMPLE_RATE`]; full scale is 1, what lies beyond is clipped.
///
/// # Errors
/// [`Error::Wav`] if `out` refuses the bytes, [`Error::Argument`] for more samples than a WAV file holds.
pub fn write(samples: &[f32], out: impl Write + Seek) -> Result<()> {
    if samples.len() > MAX_SAMPLES {
        let reason = format!("{}, a WAV file holds at most {MAX_SAMPLES}", samples.len());
        return Err(Error::Argument { name: "samples", reason });
    }
    let (channels, bits_per_sample) = (1, 16);
    let spec =
        hound::WavSpec { channels, sample_rate: SAMPLE_RATE, bits_per_sample, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::new(out, spec)?;
    let mut block = writer.get_i16_writer(samples.len() as u32);
    samples.iter().for_each(|sample| block.write_sample(quantised(*sample)));
    block.flush()?;
    Ok(writer.finalize()?)
}

/// Writes a WAV file, 16 bits, as [`write()`] does: it appears whole or not at all.
///
/// # Errors
/// [`Error::Io`], [`Error::BadFile`] if `path` is no regular file, [`Error::Argument`] for more samples than a WAV file
/// holds.
pub fn save(path: impl AsRef<Path>, samples: &[f32]) -> Result<()> {
    let bytes = bytes(samples)?;
    file::replace(path.as_ref(), |out| out.write_all(&bytes))
}

/// A WAV file as bytes; see [`write()`].
///
/// # Errors
/// [`Error::Argument`] for more samples than a WAV file holds.
pub fn bytes(samples: &[f32]) -> Result<Vec<u8>> {
    let mut out = Cursor::new(Vec::with_capacity(44 + 2 * samples.len().min(MAX_SAMPLES)));
    write(samples, &mut out)?;
    Ok(out.into_inner())
}

/// How samples are stored in a WAV file that is written as it is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// 16 bits, little-endian: full scale is 1, what lies beyond is clipped.
    #[default]
    Pcm16,
    /// float32, little-endian, as the network makes them.
    Float32,
}

impl Encoding {
    /// Bytes of a sample.
    pub fn width(self) -> usize {
        match self {
            Self::Pcm16 => 2,
            Self::Float32 => 4,
        }
    }

    /// What comes before the samples; `None` if nobody knows how many there will be, as in a pipe: then both sizes are
    /// 0xFFFFFFFF, which players read as "until the end".
    ///
    /// # Errors
    /// [`Error::Argument`] for more samples than a WAV file holds, whose sizes have 32 bits.
    pub fn header(self, samples: Option<u64>) -> Result<Vec<u8>> {
        let width = self.width() as u32;
        let format = match self {
            Self::Pcm16 => 1_u16,
            Self::Float32 => 3,
        };
        let mut chunk = [format.to_le_bytes(), 1_u16.to_le_bytes()].concat();
        chunk.extend([SAMPLE_RATE, SAMPLE_RATE * width].map(u32::to_le_bytes).concat());
        chunk.extend([width as u16, 8 * width as u16].map(u16::to_le_bytes).concat());
        if self == Self::Float32 {
            chunk.extend([0, 0]); // no extension, and how many samples: asked of every format but PCM
            chunk.extend(b"fact\x04\0\0\0");
            chunk.extend(samples.and_then(|samples| u32::try_from(samples).ok()).unwrap_or(u32::MAX).to_le_bytes());
        }
        let format_size: u32 = if self == Self::Float32 { 18 } else { 16 };
        let around = 4 + 8 + chunk.len() as u64 + 8;
        let (riff, data) = match samples {
            None => (u32::MAX, u32::MAX),
            Some(samples) => {
                let data = samples.saturating_mul(width.into());
                let riff = u32::try_from(data.saturating_add(around)).map_err(|_| {
                    let most = (u64::from(u32::MAX) - around) / u64::from(width);
                    Error::Argument { name: "samples", reason: format!("{samples}, a WAV file holds at most {most}") }
                })?;
                (riff, data as u32)
            }
        };
        let mut header = [b"RIFF", riff.to_le_bytes().as_slice(), b"WAVEfmt ", &format_size.to_le_bytes()].concat();
        header.extend(chunk);
        header.extend([b"data", data.to_le_bytes().as_slice()].concat());
        Ok(header)
    }

    /// Samples as they stand in the file.
    pub fn encode(self, samples: &[f32]) -> Vec<u8> {
        match self {
            Self::Pcm16 => samples.iter().flat_map(|sample| quantised(*sample).to_le_bytes()).collect(),
            Self::Float32 => samples.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
        }
    }
}

/// How many samples lie beyond full scale and are clipped.
pub fn clipped(samples: &[f32]) -> usize {
    samples.iter().filter(|sample| sample.abs() > 1.0).count()
}

/// Symmetric: -1 and 1 are equally loud, so -32768 is never written.
pub(crate) fn quantised(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_back_is_what_was_written_but_for_clipping_and_rounding() {
        let samples = [0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -7.0, 1.4 / 32767.0, 1.6 / 32767.0];
        let file = bytes(&samples).unwrap();
        assert_eq!(file.len(), 44 + 2 * samples.len(), "a plain header of 44 bytes");
        let mut reader = hound::WavReader::new(Cursor::new(file)).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 24_000, 16));
        let read: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(read, [0, 16384, -16384, 32767, -32767, 32767, -32767, 1, 2]);
        assert_eq!(clipped(&samples), 2, "1.0 itself is not clipped");
    }

    #[test]
    fn what_is_written_as_it_is_made_is_the_same_file() {
        let samples = [0.0, 0.5, -7.0];
        let joined = |encoding: Encoding, count| [encoding.header(count).unwrap(), encoding.encode(&samples)].concat();
        assert_eq!(joined(Encoding::Pcm16, Some(3)), bytes(&samples).unwrap());
        let file = joined(Encoding::Float32, Some(3));
        let mut reader = hound::WavReader::new(Cursor::new(&file)).unwrap();
        assert_eq!((reader.spec().sample_format, reader.spec().bits_per_sample), (hound::SampleFormat::Float, 32));
        assert_eq!(reader.samples().map(Result::unwrap).collect::<Vec<f32>>(), samples);
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize, file.len() - 8);
        // Of unknown length, only the sizes differ.
        let endless = joined(Encoding::Pcm16, None);
        assert_eq!((&endless[4..8], &endless[40..44]), ([0xff; 4].as_slice(), [0xff; 4].as_slice()));
        assert_eq!(endless[44..], bytes(&samples).unwrap()[44..]);
        assert!(matches!(Encoding::Float32.header(Some(1 << 30)), Err(Error::Argument { .. })), "4 GiB");
    }

    #[test]
    fn no_samples_are_a_file_too() {
        assert_eq!(hound::WavReader::new(Cursor::new(bytes(&[]).unwrap())).unwrap().len(), 0);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        impl Seek for Full {
            fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
                Ok(0)
            }
        }
        assert!(matches!(write(&[0.5; 100], Full), Err(Error::Wav(hound::Error::IoError(_)))));
    }
}
