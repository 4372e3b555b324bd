//! Where the model comes from.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use kokoro_wgpu::{Checkpoint, Config, Context, Model, Precision};

use crate::cache;
use crate::failure::Failure;
use crate::fetch::{Access, Item};

const VARIABLE: &str = "KOKORO_MODEL";

#[derive(clap::Args)]
pub struct ModelArg {
    /// Weights: a .pth, .onnx or safetensors file, quantised or not, or `seeded:N` for untrained ones made from a seed
    /// [default: $KOKORO_MODEL, else the published model]
    #[arg(long, value_name = "FILE|seeded:N")]
    model: Option<OsString>,
    #[command(flatten)]
    pub precision: PrecisionArg,
}

/// The model's dimensions and phonemes.
#[derive(clap::Args)]
pub struct ConfigArg {
    /// The model's config.json, with its dimensions and phonemes [default: the one in the model's file or beside it, if it
    /// is Kokoro's; else that of Kokoro-82M v1.0]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigArg {
    /// Opens a model, with the configuration that the user named, else its own.
    pub fn open(&self, model: &Source) -> Result<(Checkpoint, Config), Failure> {
        let checkpoint = model.open()?;
        let config = self.of(model, Some(&checkpoint))?;
        Ok((checkpoint, config))
    }

    /// The configuration that the user named, else the model's.
    pub fn of(&self, model: &Source, checkpoint: Option<&Checkpoint>) -> Result<Config, Failure> {
        let within = checkpoint.and_then(|checkpoint| Some((checkpoint.origin(), checkpoint.config_json()?)));
        match (&self.config, within) {
            (Some(path), _) => Ok(Config::open(path)?),
            (None, Some((origin, json))) => Ok(Config::from_json(origin, json.as_bytes())?),
            (None, None) => model.config(),
        }
    }
}

#[derive(clap::Args)]
pub struct PrecisionArg {
    /// How the decoder's weights are stored: f32, or f16 in half the memory
    #[arg(long, value_name = "f32|f16", default_value = "f32")]
    precision: Precision,
}

impl PrecisionArg {
    /// Copies a checkpoint to the device, and keeps what was compiled meanwhile.
    pub fn load(&self, context: &Context, checkpoint: &Checkpoint, config: &Config) -> kokoro_wgpu::Result<Model> {
        let model = Model::load_with(context, checkpoint, config, self.precision)?;
        cache::save(context);
        Ok(model)
    }
}

/// A checkpoint, before it is opened.
pub enum Source {
    Seeded(u64),
    File(PathBuf),
}

impl ModelArg {
    /// What the user named, here or in the environment.
    pub fn source(&self) -> Result<Option<Source>, Failure> {
        let variable = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        self.model.clone().or_else(variable).as_deref().map(Source::parse).transpose()
    }

    /// What the user named, else the published model, from the cache or downloaded.
    pub fn or_published(&self, access: Access) -> Result<Source, Failure> {
        if let Some(source) = self.source()? {
            return Ok(source);
        }
        access.get(Item::Model).map(Source::File).map_err(|failure| {
            let reason = failure.message();
            let message = format!("no model: none given with --model or in ${VARIABLE}, and {reason}");
            failure.with_more(message, SEEDED)
        })
    }
}

const SEEDED: &str = "For a run without it, on untrained weights that make noise, not speech: --model seeded:0";

impl Source {
    pub fn parse(text: &OsStr) -> Result<Self, Failure> {
        match seed(text)? {
            Some(seed) => Ok(Self::Seeded(seed)),
            None => Ok(Self::File(text.into())),
        }
    }

    /// The folder that the model lies in.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Seeded(_) => None,
            // The parts of a model lie in a folder.
            Self::File(path) if path.is_dir() => Some(path),
            Self::File(path) => path.parent(),
        }
    }

    /// That of the config.json beside it, else the published one. Other programs' files have that name too.
    fn config(&self) -> Result<Config, Failure> {
        let Some(folder) = self.folder() else { return Ok(Config::default()) };
        let path = folder.join("config.json");
        let ours = std::fs::read_to_string(&path).is_ok_and(|text| text.contains("\"istftnet\""));
        Ok(if ours { Config::open(&path)? } else { Config::default() })
    }

    pub fn open(&self) -> kokoro_wgpu::Result<Checkpoint> {
        match self {
            Self::Seeded(seed) => Ok(Checkpoint::seeded(*seed)),
            Self::File(path) => Checkpoint::open(path),
        }
    }
}

/// N of `seeded:N`; `None` for everything else.
pub fn seed(text: &OsStr) -> Result<Option<u64>, Failure> {
    let Some(number) = text.to_str().and_then(|text| text.strip_prefix("seeded:")) else { return Ok(None) };
    let wrong = |_| Failure::Usage(format!("seeded:{number}: expected a seed of 0 to {}", u64::MAX));
    number.parse().map(Some).map_err(wrong)
}
