//! Reads the published `config.json`.

use std::fmt::Debug;
use std::path::Path;

use kokoro_text::phonemes::Vocabulary;
use serde::Deserialize;

use super::config::{Config, Istftnet, Plbert};
use crate::error::{Error, Result};
use crate::util::files;

/// Largest size of any dimension: far beyond any network, and small enough that no product of two overflows.
const SIZE_LIMIT: u32 = 1 << 15;

#[derive(Deserialize)]
struct ConfigFile {
    n_token: u32,
    hidden_dim: u32,
    style_dim: u32,
    max_dur: u32,
    n_layer: u32,
    text_encoder_kernel_size: u32,
    plbert: PlbertFile,
    istftnet: IstftnetFile,
    decoder_dim: Option<u32>,
    asr_res_dim: Option<u32>,
}

#[derive(Deserialize)]
struct PlbertFile {
    embedding_size: Option<u32>,
    hidden_size: u32,
    num_attention_heads: u32,
    intermediate_size: u32,
    max_position_embeddings: u32,
    num_hidden_layers: u32,
}

#[derive(Deserialize)]
struct IstftnetFile {
    upsample_initial_channel: u32,
    upsample_rates: Vec<u32>,
    upsample_kernel_sizes: Vec<u32>,
    resblock_kernel_sizes: Vec<u32>,
    resblock_dilation_sizes: Vec<Vec<u32>>,
    gen_istft_n_fft: u32,
    gen_istft_hop_size: u32,
}

impl Config {
    /// Reads a model's `config.json`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] and [`Error::Text`] as [`from_json`](Self::from_json).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_json(&path.display().to_string(), files::map(path)?.as_ref())
    }

    /// Reads a `config.json` in memory. `origin` names it in errors.
    ///
    /// Keys that the published code ignores (`dim_in`, `dropout`, `max_conv_dim`, `multispeaker`, `n_mels`) and unknown
    /// keys are ignored. Published files have no key for two widths: `decoder_dim` and `asr_res_dim` are optional, and
    /// default to those of the published network.
    ///
    /// # Errors
    /// [`Error::BadFile`] if a key is missing or malformed, or has a value that this network does not support;
    /// [`Error::Text`] for the vocabulary.
    pub fn from_json(origin: &str, json: &[u8]) -> Result<Self> {
        let bad = |reason: String| Error::bad_file(origin, reason);
        let file: ConfigFile =
            serde_json::from_slice(json).map_err(|error| bad(format!("is no config.json of this network: {error}")))?;
        file.istftnet.check().map_err(bad)?;
        let published = Self::default();
        let config = Self {
            n_token: file.n_token,
            hidden_dim: file.hidden_dim,
            style_dim: file.style_dim,
            max_dur: file.max_dur,
            n_layer: file.n_layer,
            text_encoder_kernel_size: file.text_encoder_kernel_size,
            plbert: Plbert {
                embedding_size: file.plbert.embedding_size.unwrap_or(published.plbert.embedding_size),
                hidden_size: file.plbert.hidden_size,
                num_attention_heads: file.plbert.num_attention_heads,
                intermediate_size: file.plbert.intermediate_size,
                max_position_embeddings: file.plbert.max_position_embeddings,
                num_hidden_layers: file.plbert.num_hidden_layers,
            },
            decoder_dim: file.decoder_dim.unwrap_or(published.decoder_dim),
            asr_res_dim: file.asr_res_dim.unwrap_or(published.asr_res_dim),
            istftnet: Istftnet { upsample_initial_channel: file.istftnet.upsample_initial_channel },
            vocab: Vocabulary::from_config_json(origin, json)?,
        };
        config.check_sizes().map_err(bad)?;
        config.check().map_err(|error| match error {
            Error::Argument { reason, .. } => bad(reason),
            error => error,
        })?;
        Ok(config)
    }

    fn check_sizes(&self) -> Result<(), String> {
        let sizes = [
            ("n_token", self.n_token),
            ("hidden_dim", self.hidden_dim),
            ("style_dim", self.style_dim),
            ("max_dur", self.max_dur),
            ("n_layer", self.n_layer),
            ("text_encoder_kernel_size", self.text_encoder_kernel_size),
            ("plbert.embedding_size", self.plbert.embedding_size),
            ("plbert.hidden_size", self.plbert.hidden_size),
            ("plbert.num_attention_heads", self.plbert.num_attention_heads),
            ("plbert.intermediate_size", self.plbert.intermediate_size),
            ("plbert.max_position_embeddings", self.plbert.max_position_embeddings),
            ("plbert.num_hidden_layers", self.plbert.num_hidden_layers),
            ("decoder_dim", self.decoder_dim),
            ("asr_res_dim", self.asr_res_dim),
            ("istftnet.upsample_initial_channel", self.istftnet.upsample_initial_channel),
        ];
        match sizes.iter().find(|(_, size)| !(1..=SIZE_LIMIT).contains(size)) {
            None => Ok(()),
            Some((key, size)) => Err(format!("{key} is {size}, expected 1 to {SIZE_LIMIT}")),
        }
    }
}

impl IstftnetFile {
    /// Checks the values that define the network: shaders and modules have them built in.
    fn check(&self) -> Result<(), String> {
        fn only<T: Debug + PartialEq<U>, U: Debug>(key: &str, found: &T, expected: U) -> Result<(), String> {
            if *found == expected {
                return Ok(());
            }
            Err(format!("istftnet.{key} is {found:?}, only {expected:?} is supported"))
        }
        only("upsample_rates", &self.upsample_rates, [10, 6])?;
        only("upsample_kernel_sizes", &self.upsample_kernel_sizes, [20, 12])?;
        only("resblock_kernel_sizes", &self.resblock_kernel_sizes, [3, 7, 11])?;
        only("resblock_dilation_sizes", &self.resblock_dilation_sizes, [[1, 3, 5]; 3])?;
        only("gen_istft_n_fft", &self.gen_istft_n_fft, 20)?;
        only("gen_istft_hop_size", &self.gen_istft_hop_size, 5)
    }
}
