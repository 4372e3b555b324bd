//! The network's dimensions.

use crate::batch::MAX_BATCH;
use crate::error::{Error, Result};
use crate::kernels::{MAX_HIDDEN, MAX_ROWS, SPECTRUM};
use crate::text::phonemes::Vocabulary;

/// Every dimension of the network, and its vocabulary. [`Config::default`] is the published Kokoro-82M (v1.0); tests
/// use narrower ones. Names follow the published `config.json` where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Rows of the token embeddings.
    pub n_token: u32,
    /// Width of the text encoder, the predictor and the decoder's input. Even: half of it is an LSTM's width.
    pub hidden_dim: u32,
    /// Width of a style. A voice row is the decoder's style, then the predictor's.
    pub style_dim: u32,
    /// Logits per token, whose sigmoids sum to its duration.
    pub max_dur: u32,
    /// Number of layers of `predictor.text_encoder`, and of `text_encoder`.
    pub n_layer: u32,
    /// Taps of the text encoder's convolutions, odd.
    pub text_encoder_kernel_size: u32,
    /// The ALBERT encoder.
    pub plbert: Plbert,
    /// Width between the decoder's blocks.
    pub decoder_dim: u32,
    /// Width of the text's residual path through the decoder.
    pub asr_res_dim: u32,
    /// The vocoder.
    pub istftnet: Istftnet,
    /// The ids of the phonemes.
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
    /// Attention heads; their number divides `hidden_size`.
    pub num_attention_heads: u32,
    /// Width of the feed-forward layer.
    pub intermediate_size: u32,
    /// Rows of the position embedding: the largest number of tokens, with the two boundary tokens.
    pub max_position_embeddings: u32,
    /// Iterations of the one shared layer.
    pub num_hidden_layers: u32,
}

/// Dimensions of the vocoder that may vary. Fixed are the two stages of upsampling by 10 and 6, residual kernels of 3,
/// 7 and 11 taps with dilations 1, 3 and 5, and the STFT with a window of 20 and hop 5.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Istftnet {
    /// Channels of the vocoder's input; each of the two stages halves them.
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

/// Frames of the longest utterance: the vocoder's last stage convolves 120 rows per frame, and one more.
pub(crate) const MAX_FRAMES: u32 = MAX_ROWS / 120 - 1;

impl Config {
    /// Frames of 25 ms of the longest utterance that a device with these limits can synthesize in one piece. It is
    /// exact if the vocoder's last stage, with 120 rows per frame, has the largest activation, as in the published
    /// network: the activation must fit into one binding. [`crate::Synthesizer::max_frames`] considers every
    /// activation.
    pub fn max_frames(&self, limits: &wgpu::Limits) -> u32 {
        let binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let row = 4 * u64::from((self.istftnet.upsample_initial_channel / 4).max(SPECTRUM.next_multiple_of(4)));
        // One more row for each utterance of a full batch.
        let rows = (binding / row).saturating_sub(MAX_BATCH as u64);
        let frames = (rows / 120).try_into().unwrap_or(u32::MAX);
        frames.min(MAX_FRAMES)
    }

    /// Checks the dimensions against the requirements of the kernels.
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
