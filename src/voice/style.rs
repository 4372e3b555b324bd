//! The style of one utterance.

use crate::checkpoint::entry::check_finite;
use crate::error::{Error, Result};

/// The style of one utterance: a voice's row, split in its two halves. Each has the network's `style_dim` values.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Style of the decoder.
    pub decoder: Vec<f32>,
    /// Style of the prosody predictor.
    pub predictor: Vec<f32>,
}

impl Style {
    /// Splits a voice's row (`ref_s` in PyTorch): the first half styles the decoder, the second the predictor.
    pub fn from_row(row: &[f32]) -> Self {
        let (decoder, predictor) = row.split_at(row.len() / 2);
        Self { decoder: decoder.to_vec(), predictor: predictor.to_vec() }
    }

    /// # Errors
    /// [`Error::Argument`] unless both halves have `width` values; [`Error::NonFinite`].
    pub(crate) fn check(&self, width: usize) -> Result<()> {
        for (name, half) in [("style.decoder", &self.decoder), ("style.predictor", &self.predictor)] {
            if half.len() != width {
                let (found, total) = (half.len(), self.decoder.len() + self.predictor.len());
                let reason = format!("{found} of {total} values, expected {width} of {}", 2 * width);
                return Err(Error::argument(name, reason));
            }
            check_finite("utterance", name, half)?;
        }
        Ok(())
    }
}
