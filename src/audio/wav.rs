//! WAV files.

use std::io::{self, Seek, Write};

use hound::{WavSpec, WavWriter};
use kokoro_text::timestamps::SAMPLE_RATE;

use super::encoder::{Encoder, SampleFormat, failed, quantised};
use super::raw::RawEncoder;
use super::shared::Shared;
use crate::error::{Error, Result};

/// Bytes of samples in a file: its size has 32 bits, and the largest header 68 bytes.
const LIMIT: u64 = u32::MAX as u64 - 68;

/// Writes a file whose header has the right sizes at the end.
pub(super) struct WavEncoder<W: Write + Seek> {
    writer: WavWriter<Shared<W>>,
    out: Shared<W>,
}

fn spec(format: SampleFormat) -> WavSpec {
    let (bits_per_sample, sample_format) = match format {
        SampleFormat::Pcm16 => (16, hound::SampleFormat::Int),
        SampleFormat::Float32 => (32, hound::SampleFormat::Float),
    };
    WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample, sample_format }
}

/// Writes a file of unknown length.
pub(super) fn endless<W: Write>(mut out: W, format: SampleFormat) -> Result<RawEncoder<W>> {
    out.write_all(&spec(format).into_header_for_infinite_file()).map_err(failed("WAV"))?;
    Ok(RawEncoder::new(out, format, "WAV"))
}

impl<W: Write + Seek> WavEncoder<W> {
    pub fn new(out: W, format: SampleFormat) -> Result<Self> {
        let out = Shared::new(out);
        Ok(Self { writer: WavWriter::new(out.handle(), spec(format)).map_err(refused)?, out })
    }
}

impl<W: Write + Seek> Encoder<W> for WavEncoder<W> {
    fn encode(&mut self, samples: &[f32]) -> Result<()> {
        let width = u64::from(self.writer.spec().bits_per_sample / 8);
        check_length(u64::from(self.writer.len()) + samples.len() as u64, width)?;
        if width == 2 {
            samples.iter().try_for_each(|sample| self.writer.write_sample(quantised(*sample))).map_err(refused)
        } else {
            samples.iter().try_for_each(|sample| self.writer.write_sample(*sample)).map_err(refused)
        }
    }

    fn finish(self: Box<Self>) -> Result<W> {
        let Self { writer, out } = *self;
        writer.finalize().map_err(refused)?;
        out.into_inner().map_err(failed("WAV"))
    }
}

/// Checks the length in samples of `width` bytes, because hound's count of bytes wraps around.
fn check_length(samples: u64, width: u64) -> Result<()> {
    if samples.saturating_mul(width) <= LIMIT {
        return Ok(());
    }
    Err(Error::argument("samples", format!("{samples}, a WAV file has at most {}", LIMIT / width)))
}

fn refused(error: hound::Error) -> Error {
    failed("WAV")(match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::audio::format::tests::piped;
    use crate::audio::{Format, count_clipped};

    const PCM: Format = Format::Wav(SampleFormat::Pcm16);

    #[test]
    fn samples_are_read_back_clipped_and_rounded() {
        let samples = [0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -7.0, 1.4 / 32767.0, 1.6 / 32767.0];
        let file = PCM.to_bytes(&samples).unwrap();
        assert_eq!(file.len(), 44 + 2 * samples.len(), "a plain header of 44 bytes");
        let mut reader = hound::WavReader::new(Cursor::new(file)).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 24_000, 16));
        let read: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(read, [0, 16384, -16384, 32767, -32767, 32767, -32767, 1, 2]);
        assert_eq!(count_clipped(&samples), 2, "1.0 itself is not clipped");
    }

    #[test]
    fn float_samples_are_read_back_unchanged() {
        let samples = [0.0, 0.5, -7.0];
        let file = Format::Wav(SampleFormat::Float32).to_bytes(&samples).unwrap();
        let mut reader = hound::WavReader::new(Cursor::new(&file)).unwrap();
        assert_eq!((reader.spec().sample_format, reader.spec().bits_per_sample), (hound::SampleFormat::Float, 32));
        assert_eq!(reader.samples().map(Result::unwrap).collect::<Vec<f32>>(), samples);
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize, file.len() - 8);
    }

    #[test]
    fn a_pipe_differs_only_in_the_sizes() {
        let samples = [0.0, 0.5, -7.0];
        for (format, data) in [(SampleFormat::Pcm16, 40), (SampleFormat::Float32, 64)] {
            let (file, mut piped) =
                (Format::Wav(format).to_bytes(&samples).unwrap(), piped(Format::Wav(format), &samples));
            for size in [4..8, data..data + 4] {
                assert_eq!(piped[size.clone()], [0xFF; 4]);
                piped[size.clone()].copy_from_slice(&file[size]);
            }
            assert_eq!(piped, file);
        }
    }

    #[test]
    fn raw_samples_are_the_files_without_its_header() {
        let samples = [0.0, 0.5, -7.0];
        for (format, header) in [(SampleFormat::Pcm16, 44), (SampleFormat::Float32, 68)] {
            let file = Format::Wav(format).to_bytes(&samples).unwrap();
            assert_eq!(Format::Raw(format).to_bytes(&samples).unwrap(), file[header..]);
        }
    }

    #[test]
    fn files_beyond_4_gib_are_errors() {
        for width in [2, 4] {
            check_length(LIMIT / width, width).unwrap();
            assert!(matches!(check_length(LIMIT / width + 1, width), Err(Error::Argument { name: "samples", .. })));
        }
    }

    #[test]
    fn no_samples_make_a_file_too() {
        assert_eq!(hound::WavReader::new(Cursor::new(PCM.to_bytes(&[]).unwrap())).unwrap().len(), 0);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        impl Seek for Full {
            fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
                Ok(0)
            }
        }
        let mut encoder = PCM.into_file(Full).unwrap();
        let written = encoder.encode(&[0.5; 100]).and_then(|()| encoder.finish().map(|_| ()));
        let Err(Error::Encoding { format: "WAV", source }) = written else { panic!("{written:?}") };
        assert_eq!(source.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::StorageFull);
        let Err(Error::Encoding { .. }) = PCM.into_pipe(Full).map(|_| ()) else { panic!("no error") };
    }
}
