//! The network's dimensions.

use kokoro_text::phonemes::Vocabulary;

/// All dimensions of the network, and its vocabulary. [`Config::default`] is the published Kokoro-82M (v1.0); tests use
/// narrower ones. Names follow the published `config.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Rows of the token embeddings.
    pub n_token: u32,
    /// Width of the text encoder, the predictor and the decoder's input. Even: half of it is an LSTM's width.
    pub hidden_dim: u32,
    /// Width of a style: half of a voice's row (see [`Style`](crate::voice::Style)).
    pub style_dim: u32,
    /// Logits per token, whose sigmoids sum to its duration.
    pub max_dur: u32,
    /// Layers of both text encoders, the predictor's and the decoder's.
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
    /// Phonemes and their ids.
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
    /// Attention heads, a divisor of `hidden_size`.
    pub num_attention_heads: u32,
    /// Width of the feed-forward layer.
    pub intermediate_size: u32,
    /// Rows of the position embedding: the largest number of tokens, including the two boundary tokens.
    pub max_position_embeddings: u32,
    /// Number of times that the single shared layer runs.
    pub num_hidden_layers: u32,
}

/// Dimensions of the vocoder. The others are fixed: two upsampling stages by 10 and 6, residual kernels 3, 7, 11 with
/// dilations 1, 3, 5, and an STFT of 20 with hop 5.
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
