//! Samples as a WAV file: 16 bits, mono, 24 kHz.

use std::io::{Cursor, Seek, Write};

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

/// A WAV file as bytes; see [`write()`].
///
/// # Errors
/// [`Error::Argument`] for more samples than a WAV file holds.
pub fn bytes(samples: &[f32]) -> Result<Vec<u8>> {
    let mut out = Cursor::new(Vec::with_capacity(44 + 2 * samples.len().min(MAX_SAMPLES)));
    write(samples, &mut out)?;
    Ok(out.into_inner())
}

/// How many samples lie beyond full scale and are clipped.
pub fn clipped(samples: &[f32]) -> usize {
    samples.iter().filter(|sample| sample.abs() > 1.0).count()
}

/// Symmetric: -1 and 1 are equally loud, so -32768 is never written.
fn quantised(sample: f32) -> i16 {
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
