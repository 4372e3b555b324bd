//! Samples without a header.

use std::io::Write;

use super::encoder::{Encoder, SampleFormat, failed, quantised};
use crate::error::Result;

/// Writes samples as they are encoded.
pub(super) struct RawEncoder<W> {
    out: W,
    samples: SampleFormat,
    /// Name of the file format, for errors.
    format: &'static str,
}

impl<W: Write> RawEncoder<W> {
    pub fn new(out: W, samples: SampleFormat, format: &'static str) -> Self {
        Self { out, samples, format }
    }
}

impl<W: Write> Encoder<W> for RawEncoder<W> {
    fn encode(&mut self, samples: &[f32]) -> Result<()> {
        let bytes: Vec<u8> = match self.samples {
            SampleFormat::Pcm16 => samples.iter().flat_map(|sample| quantised(*sample).to_le_bytes()).collect(),
            SampleFormat::Float32 => samples.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
        };
        self.out.write_all(&bytes).and_then(|()| self.out.flush()).map_err(failed(self.format))
    }

    fn finish(self: Box<Self>) -> Result<W> {
        Ok(self.out)
    }
}
