//! Limits of the kernels and of the device on the network's dimensions.

use super::config::Config;
use crate::batch::MAX_BATCH;
use crate::error::{Error, Result};
use crate::kernels::{MAX_HIDDEN, MAX_ROWS, SPECTRUM};

/// Largest number of frames in one dispatch of the vocoder's last stage, which has 120 rows per frame and one more.
pub(crate) const MAX_FRAMES: u32 = MAX_ROWS / 120 - 1;

impl Config {
    /// Frames of 25 ms in the longest utterance that fits a device with these limits, known before a device is opened.
    /// Exact if the vocoder's last stage, with 120 rows per frame, has the largest activation, as in the published
    /// network: it must fit one binding. [`Synthesizer::max_frames`](crate::Synthesizer::max_frames) considers all
    /// activations.
    pub fn max_frames(&self, limits: &wgpu::Limits) -> u32 {
        let binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let row = 4 * u64::from((self.istftnet.upsample_initial_channel / 4).max(SPECTRUM.next_multiple_of(4)));
        // One row more for each utterance of a batch.
        let rows = (binding / row).saturating_sub(MAX_BATCH as u64);
        let frames = (rows / 120).try_into().unwrap_or(u32::MAX);
        frames.min(MAX_FRAMES)
    }

    /// Checks the kernels' requirements.
    pub(crate) fn check(&self) -> Result<()> {
        let bert = &self.plbert;
        let head = bert.hidden_size / bert.num_attention_heads.max(1);
        let rules = [
            (self.hidden_dim > 0 && self.hidden_dim.is_multiple_of(16), "hidden_dim must be a multiple of 16"),
            (self.hidden_dim / 2 <= MAX_HIDDEN, "hidden_dim must be at most 512"),
            (self.style_dim > 0 && self.style_dim.is_multiple_of(4), "style_dim must be a multiple of 4"),
            (self.max_dur > 0 && self.n_layer > 0 && self.n_token > 0, "max_dur, n_layer and n_token must be positive"),
            (self.text_encoder_kernel_size % 2 == 1, "text_encoder_kernel_size must be odd"),
            (
                bert.embedding_size > 0 && bert.embedding_size.is_multiple_of(4),
                "embedding_size must be a multiple of 4",
            ),
            (bert.hidden_size == head * bert.num_attention_heads, "num_attention_heads must divide hidden_size"),
            ([4, 8, 16, 32, 64].contains(&head), "an attention head must be 4, 8, 16, 32 or 64 wide"),
            ((3..=512).contains(&bert.max_position_embeddings), "max_position_embeddings must be 3 to 512"),
            (
                [self.decoder_dim, self.asr_res_dim, bert.intermediate_size].iter().all(|d| (1..=65_536).contains(d)),
                "decoder_dim, asr_res_dim and intermediate_size must be 1 to 65,536",
            ),
            ((1..=256).contains(&bert.num_hidden_layers), "num_hidden_layers must be 1 to 256"),
            (
                self.istftnet.upsample_initial_channel > 0 && self.istftnet.upsample_initial_channel.is_multiple_of(16),
                "upsample_initial_channel must be a multiple of 16",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, rule)) => Err(Error::argument("config", format!("{rule}: {self:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webgpus_default_limits_allow_54_seconds() {
        assert_eq!(Config::default().max_frames(&wgpu::Limits::default()), 2184);
    }
}
