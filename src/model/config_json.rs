//! The published `config.json`.

use std::path::Path;

use serde_json::{Value, json};

use super::{Config, Istftnet, Plbert};
use crate::checkpoint::file::{self, bad};
use crate::error::{Error, Result};
use crate::text::phonemes::Vocabulary;

impl Config {
    /// Reads a model's `config.json`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] and [`Error::Text`] as for [`from_json`](Self::from_json).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_json(&path.display().to_string(), file::map(path)?.as_ref())
    }

    /// Reads a `config.json` that is in memory. `origin` names it in errors.
    ///
    /// Keys that the published code doesn't use (`dim_in`, `dropout`, `max_conv_dim`, `multispeaker`, `n_mels`) and
    /// unknown keys are ignored. Published files have no keys for two widths: `decoder_dim` and `asr_res_dim` default
    /// to those of the published network.
    ///
    /// # Errors
    /// [`Error::BadFile`] names the key that is missing or malformed, or has an unsupported value;
    /// [`Error::Text`] for the vocabulary.
    pub fn from_json(origin: &str, json: &[u8]) -> Result<Self> {
        let root = serde_json::from_slice(json).map_err(|error| bad(origin, format!("is no config.json: {error}")))?;
        let reader = Reader { origin, root: &root };
        // Fixed in the shaders and modules.
        reader.only("istftnet.upsample_rates", &json!([10, 6]))?;
        reader.only("istftnet.upsample_kernel_sizes", &json!([20, 12]))?;
        reader.only("istftnet.resblock_kernel_sizes", &json!([3, 7, 11]))?;
        reader.only("istftnet.resblock_dilation_sizes", &json!([[1, 3, 5], [1, 3, 5], [1, 3, 5]]))?;
        reader.only("istftnet.gen_istft_n_fft", &json!(20))?;
        reader.only("istftnet.gen_istft_hop_size", &json!(5))?;
        let published = Self::default();
        let config = Self {
            n_token: reader.size("n_token")?,
            hidden_dim: reader.size("hidden_dim")?,
            style_dim: reader.size("style_dim")?,
            max_dur: reader.size("max_dur")?,
            n_layer: reader.size("n_layer")?,
            text_encoder_kernel_size: reader.size("text_encoder_kernel_size")?,
            plbert: Plbert {
                embedding_size: reader.size_or("plbert.embedding_size", published.plbert.embedding_size)?,
                hidden_size: reader.size("plbert.hidden_size")?,
                num_attention_heads: reader.size("plbert.num_attention_heads")?,
                intermediate_size: reader.size("plbert.intermediate_size")?,
                max_position_embeddings: reader.size("plbert.max_position_embeddings")?,
                num_hidden_layers: reader.size("plbert.num_hidden_layers")?,
            },
            decoder_dim: reader.size_or("decoder_dim", published.decoder_dim)?,
            asr_res_dim: reader.size_or("asr_res_dim", published.asr_res_dim)?,
            istftnet: Istftnet { upsample_initial_channel: reader.size("istftnet.upsample_initial_channel")? },
            vocab: Vocabulary::from_config_json(origin, json)?,
        };
        config.check().map_err(|error| match error {
            Error::Argument { reason, .. } => bad(origin, reason),
            error => error,
        })?;
        Ok(config)
    }
}

struct Reader<'a> {
    origin: &'a str,
    root: &'a Value,
}

impl Reader<'_> {
    fn find(&self, key: &str) -> Option<&Value> {
        key.split('.').try_fold(self.root, |value, part| value.get(part))
    }

    fn get(&self, key: &str) -> Result<&Value> {
        self.find(key).ok_or_else(|| bad(self.origin, format!("has no {key}")))
    }

    fn only(&self, key: &str, expected: &Value) -> Result<()> {
        match self.get(key)? {
            found if found == expected => Ok(()),
            found => Err(bad(self.origin, format!("{key} is {found}, only {expected} is supported"))),
        }
    }

    fn size(&self, key: &str) -> Result<u32> {
        self.size_of(key, self.get(key)?)
    }

    fn size_or(&self, key: &str, default: u32) -> Result<u32> {
        self.find(key).map_or(Ok(default), |value| self.size_of(key, value))
    }

    fn size_of(&self, key: &str, value: &Value) -> Result<u32> {
        // Far larger than any network, but small enough that products of two sizes don't overflow.
        let size = value.as_u64().filter(|size| (1..=1 << 15).contains(size));
        size.map(|size| size as u32).ok_or_else(|| bad(self.origin, format!("{key} is {value}, expected a size")))
    }
}
