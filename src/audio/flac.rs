//! FLAC files, 16 bits: lossless but for the rounding to 16 bits.

use std::io::{self, Seek, Write};

use flac_codec::encode::{FlacSampleWriter, Options};
use kokoro_text::timestamps::SAMPLE_RATE;

use super::encoder::{Encoder, failed, quantised};
use super::pipe::Pipe;
use super::shared::Shared;
use crate::error::{Error, Result};

pub(super) struct FlacEncoder<W: Write + Seek> {
    writer: FlacSampleWriter<Shared<W>>,
    out: Shared<W>,
}

impl<W: Write + Seek> FlacEncoder<W> {
    pub fn new(out: W, tags: &[(String, String)]) -> Result<Self> {
        let out = Shared::new(out);
        // Padding and a seek table would reserve space at the start, although the length is unknown.
        let options = Options::default().no_padding().no_seektable();
        let options = tags.iter().fold(options, |options, (name, value)| options.tag(name, value));
        let writer = FlacSampleWriter::new(out.handle(), options, SAMPLE_RATE, 16, 1, None).map_err(refused)?;
        Ok(Self { writer, out })
    }
}

impl<W: Write + Seek> Encoder<W> for FlacEncoder<W> {
    fn encode(&mut self, samples: &[f32]) -> Result<()> {
        let samples: Vec<i32> = samples.iter().map(|sample| quantised(*sample).into()).collect();
        self.writer.write(&samples).map_err(refused)?;
        self.out.flush().map_err(failed("FLAC"))
    }

    fn finish(self: Box<Self>) -> Result<W> {
        let Self { writer, out } = *self;
        writer.finalize().map_err(refused)?;
        out.into_inner().map_err(failed("FLAC"))
    }
}

/// Writes to a pipe, where the header keeps a length of zero.
pub(super) struct FlacPipeEncoder<W: Write>(FlacEncoder<Pipe<W>>);

impl<W: Write> FlacPipeEncoder<W> {
    pub fn new(out: W) -> Result<Self> {
        FlacEncoder::new(Pipe::new(out), &[]).map(Self)
    }
}

impl<W: Write> Encoder<W> for FlacPipeEncoder<W> {
    fn encode(&mut self, samples: &[f32]) -> Result<()> {
        self.0.encode(samples)
    }

    fn finish(self: Box<Self>) -> Result<W> {
        Box::new(self.0).finish().map(Pipe::into_inner)
    }
}

fn refused(error: flac_codec::Error) -> Error {
    failed("FLAC")(match error {
        flac_codec::Error::Io(error) => error,
        other => io::Error::other(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Format::Flac;
    use crate::audio::format::tests::{piped, written_before_the_end};

    /// Samples as decoded by another library, which checks every block's checksum.
    fn decoded(file: &[u8]) -> (Vec<i16>, claxon::metadata::StreamInfo) {
        let mut reader = claxon::FlacReader::new(file).unwrap();
        let samples = reader.samples().map(|sample| sample.unwrap() as i16).collect();
        (samples, reader.streaminfo())
    }

    #[test]
    fn samples_are_read_back_clipped_and_rounded() {
        for (count, why) in [
            (1, "one sample"),
            (15, "less than the least size of a block that is not the last"),
            (4096, "a block"),
            (4097, "past a block"),
            (24_001, "a second, and a remainder"),
        ] {
            let wave = |at: usize| 1.2 * (at as f32 * 0.05).sin() * (at as f32 * 0.0007).cos();
            let samples: Vec<f32> = (0..count).map(wave).collect();
            let file = Flac.to_bytes(&samples).unwrap();
            let (read, info) = decoded(&file);
            assert_eq!(read, samples.iter().map(|sample| quantised(*sample)).collect::<Vec<_>>(), "{why}");
            assert_eq!((info.sample_rate, info.channels, info.bits_per_sample), (24_000, 1, 16));
            assert_eq!(info.samples, Some(count as u64), "{why}");
            assert_ne!(info.md5sum, [0; 16], "{why}");
        }
    }

    #[test]
    fn a_pipe_lacks_only_the_length_and_the_checksum() {
        let samples: Vec<f32> = (0..10_000).map(|at| (at as f32 * 0.1).sin() * 0.5).collect();
        let piped = piped(Flac, &samples);
        let (read, info) = decoded(&piped);
        assert_eq!((read.len(), info.samples), (samples.len(), None));
        let whole = Flac.to_bytes(&samples).unwrap();
        // "fLaC", the block header and STREAMINFO.
        let header = 4 + 4 + 34;
        assert_eq!((piped.len(), &piped[header..]), (whole.len(), &whole[header..]));
        let early = written_before_the_end(Flac, &samples);
        assert!(early > 1000, "{early} bytes of two blocks");
    }

    #[test]
    fn tags_are_read_back() {
        let tags = [("TITLE", "Chapter 1"), ("CHAPTER001", "00:00:00.000")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let mut encoder = Flac.into_tagged_file(io::Cursor::new(Vec::new()), &tags).unwrap();
        // Not constant: claxon does not read the escape code by which the encoder then writes residuals.
        let samples: Vec<f32> = (0..5_000).map(|at| (at as f32 * 0.05).sin() / 2.0).collect();
        encoder.encode(&samples).unwrap();
        let file = encoder.finish().unwrap().into_inner();
        let mut reader = claxon::FlacReader::new(&file[..]).unwrap();
        assert_eq!(reader.get_tag("title").collect::<Vec<_>>(), ["Chapter 1"]);
        assert_eq!(reader.get_tag("CHAPTER001").collect::<Vec<_>>(), ["00:00:00.000"]);
        let samples = reader.samples().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!((reader.streaminfo().samples, samples.len()), (Some(5_000), 5_000));
    }

    #[test]
    fn no_samples_are_an_error() {
        assert!(matches!(Flac.to_bytes(&[]), Err(Error::Encoding { format: "FLAC", .. })));
    }
}
