//! The network's dimensions.

use crate::batch::MAX_BATCH;
use crate::kernels::{MAX_HIDDEN, MOST_ROWS, SPECTRUM};
use crate::text::phonemes::Vocabulary;
use crate::{Error, Result};

/// Every dimension of the network, and its vocabulary. [`Config::default`] is the published Kokoro-82M (v1.0); tests use
/// narrower ones. Names follow the published `config.json` where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Rows of the token embeddings.
    pub n_token: u32,
    /// Width of the text encoder, the predictor and the decoder's input. Even: half of it is an LSTM's width.
    pub hidden_dim: u32,
    /// Half of a voice row: the decoder's style, then the predictor's.
    pub style_dim: u32,
    /// Logits per token that sum to its duration.
    pub max_dur: u32,
    /// Layers of the predictor's and of the plain text encoder.
    pub n_layer: u32,
    /// Kernel of the text encoder's convolutions, odd.
    pub text_encoder_kernel_size: u32,
    /// The ALBERT encoder.
    pub plbert: Plbert,
    /// Width between the decoder's blocks.
    pub decoder_dim: u32,
    /// Width of the text's residual path through the decoder.
    pub asr_res_dim: u32,
    /// The vocoder.
    pub istftnet: Istftnet,
    /// The phonemes that it has ids for.
    pub vocab: Vocabulary,
}

/// Dimensions of the ALBERT encoder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plbert {
    /// Width of the embeddings.
    pub embedding_size: u32,
    /// Width of the layers.
    pub hidden_size: u32,
    /// Heads of attention, which divide the width.
    pub num_attention_heads: u32,
    /// Width of the feed-forward layer.
    pub intermediate_size: u32,
    /// Rows of the position embedding: the most tokens, with the two boundary tokens.
    pub max_position_embeddings: u32,
    /// Times that the one shared layer runs.
    pub num_hidden_layers: u32,
}

/// Dimensions of the vocoder, without those that are the network's definition: two stages of
/// upsampling by 10 and 6, residual kernels 3, 7, 11 with dilations 1, 3, 5, and an STFT of 20 with hop 5.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Istftnet {
    /// Channels that enter the vocoder; halved by each of the two stages.
    pub upsample_initial_channel: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            n_token: 178,
            hidden_dim: 512,
            style_dim: 128,
            max_dur: 50,
            n_layer: 3,
            text_encoder_kernel_size: 5,
            plbert: Plbert {
                embedding_size: 128,
                hidden_size: 768,
                num_attention_heads: 12,
                intermediate_size: 2048,
                max_position_embeddings: 512,
                num_hidden_layers: 12,
            },
            decoder_dim: 1024,
            asr_res_dim: 64,
            istftnet: Istftnet { upsample_initial_channel: 512 },
            vocab: Vocabulary::published(),
        }
    }
}

/// Frames whose 120 rows and one more, the vocoder's last stage, a convolution can be dispatched over.
pub(crate) const MOST_FRAMES: u32 = MOST_ROWS / 120 - 1;

impl Config {
    /// Frames of 25 ms of the longest utterance that a device of these limits speaks in one piece, known before there
    /// is a device. Exact where the vocoder's last stage, of 120 rows a frame, has the largest activation, as in the published
    /// network: it must fit one binding. [`crate::Synthesizer::max_frames`] asks every activation.
    pub fn max_frames(&self, limits: &wgpu::Limits) -> u32 {
        let binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let row = 4 * u64::from((self.istftnet.upsample_initial_channel / 4).max(SPECTRUM.next_multiple_of(4)));
        // One row more for each utterance that a replay may have.
        let rows = (binding / row).saturating_sub(MAX_BATCH as u64);
        let frames = (rows / 120).try_into().unwrap_or(u32::MAX);
        frames.min(MOST_FRAMES)
    }

    /// What the kernels ask of the dimensions.
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
            Some((_, rule)) => Err(Error::Argument { name: "config", reason: format!("{rule}: {self:?}") }),
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
