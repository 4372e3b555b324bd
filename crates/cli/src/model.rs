//! Options for the model: its weights, configuration and precision.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use kokoro_wgpu::text::mandarin::Alphabet;
use kokoro_wgpu::{Checkpoint, Config, Context, Error, Model, ModelOptions, Precision};

use crate::cache;
use crate::failure::Failure;
use crate::published::{Access, PublishedFile};

const VARIABLE: &str = "KOKORO_MODEL";

#[derive(clap::Args)]
pub struct ModelArg {
    /// Weights: a .pth, .onnx or safetensors file, quantised or not, or `seeded:N` for untrained weights from a seed
    /// [default: $KOKORO_MODEL, else the published model]
    #[arg(long, value_name = "FILE|seeded:N")]
    model: Option<OsString>,
    #[command(flatten)]
    pub precision: PrecisionArg,
}

#[derive(clap::Args)]
pub struct ConfigArg {
    /// The model's config.json, with its dimensions and phonemes [default: the one in the model file or beside it, else
    /// that of Kokoro-82M v1.0]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigArg {
    /// The file that the user gave.
    pub fn file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Opens a model with the configuration given by the user, else its own.
    pub fn open(&self, model: &ModelSource) -> Result<(Checkpoint, Config), Failure> {
        let checkpoint = model.open()?;
        let config = self.of(model, Some(&checkpoint))?;
        Ok((checkpoint, config))
    }

    /// The configuration given by the user, else the model's. Only the latter opens the model; if that fails, a
    /// config.json beside it is enough.
    pub fn open_alone(&self, model: &ModelSource) -> Result<Config, Failure> {
        if self.config.is_some() {
            return self.of(model, None);
        }
        match model.open() {
            Err(error) if model.own_config().is_none() => Err(error.into()),
            opened => self.of(model, opened.ok().as_ref()),
        }
    }

    /// The configuration given by the user, else the checkpoint's own, else the one beside the model.
    pub fn of(&self, model: &ModelSource, checkpoint: Option<&Checkpoint>) -> Result<Config, Failure> {
        let embedded = checkpoint.and_then(|checkpoint| Some((checkpoint.origin(), checkpoint.config_json()?)));
        let config = match (&self.config, embedded) {
            (Some(path), _) => Config::open(path)?,
            // What the file itself says counts more than its name.
            (None, Some((origin, json))) => return Ok(Config::from_json(origin, json.as_bytes())?),
            (None, None) => model.config_beside()?,
        };
        if model.is_v1_1_zh() && Alphabet::for_vocabulary(&config.vocab) != Alphabet::Zhuyin {
            let message = format!("{} has phonemes of its own, which no config.json lists", model.name());
            let help = "The config.json published with v1.1-zh must be beside the model, or named: --config FILE";
            return Err(Failure::with_help(message, help));
        }
        Ok(config)
    }
}

#[derive(clap::Args)]
pub struct PrecisionArg {
    /// Precision of the weights: f32, or f16 in half the memory
    #[arg(long, value_name = "f32|f16", default_value = "f32")]
    precision: Precision,
}

impl PrecisionArg {
    pub fn name(&self) -> String {
        format!("{:?}", self.precision)
    }

    /// Uploads a checkpoint to the device, and saves the kernels compiled for it.
    pub fn load(&self, context: &Context, checkpoint: &Checkpoint, config: &Config) -> kokoro_wgpu::Result<Model> {
        let conv = context.conv_variant();
        if conv.is_half_precision() && self.precision == Precision::F32 {
            let reason = format!("{conv} multiplies float16 weights: add --precision f16");
            return Err(Error::Argument { name: "conv", reason });
        }
        let options = ModelOptions::default().with_config(config.clone()).with_precision(self.precision);
        let model = Model::load_with(context, checkpoint, &options)?;
        cache::save_pipelines(context);
        Ok(model)
    }
}

/// The source of a checkpoint.
#[derive(Clone)]
pub enum ModelSource {
    Seeded(u64),
    File(PathBuf),
}

impl ModelArg {
    /// The file that the option gives.
    pub fn file(&self) -> Option<&Path> {
        self.model.as_deref().map(Path::new)
    }

    /// The source given by the option or in the environment.
    pub fn source(&self) -> Result<Option<ModelSource>, Failure> {
        let variable = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        self.model.clone().or_else(variable).as_deref().map(ModelSource::parse).transpose()
    }

    /// The source given by the user, else the published model, from the cache or downloaded.
    pub fn source_or_published(&self, access: Access) -> Result<ModelSource, Failure> {
        if let Some(source) = self.source()? {
            return Ok(source);
        }
        access.get(PublishedFile::Model).map(ModelSource::File).map_err(|failure| {
            let reason = failure.message();
            let message = format!("no model: neither --model nor ${VARIABLE} is set, and {reason}");
            failure.with_more_help(message, SEEDED)
        })
    }
}

const SEEDED: &str = "To run without the model, on untrained weights that make noise, not speech: --model seeded:0";

impl ModelSource {
    pub fn parse(text: &OsStr) -> Result<Self, Failure> {
        match parse_seed(text)? {
            Some(seed) => Ok(Self::Seeded(seed)),
            None => Ok(Self::File(text.into())),
        }
    }

    /// The folder of the model's files.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Seeded(_) => None,
            // A model split into several files is a folder.
            Self::File(path) if path.is_dir() => Some(path),
            Self::File(path) => path.parent(),
        }
    }

    /// Whether the name of the file, or of its folder, says v1.1-zh. Nothing in the weights tells it from v1.0: both have 178
    /// symbols.
    fn is_v1_1_zh(&self) -> bool {
        let folder = self.folder().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let says = |name: &str| name.to_ascii_lowercase().replace('_', ".").contains("v1.1-zh");
        says(&self.name()) || says(&folder)
    }

    fn name(&self) -> String {
        match self {
            Self::Seeded(seed) => format!("seeded:{seed}"),
            Self::File(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// The config.json beside the model. Other programs' are ignored.
    fn own_config(&self) -> Option<PathBuf> {
        let path = self.folder()?.join("config.json");
        let is_kokoro = std::fs::read_to_string(&path).is_ok_and(|text| text.contains("\"istftnet\""));
        is_kokoro.then_some(path)
    }

    /// The config.json beside the model, else the published one.
    fn config_beside(&self) -> Result<Config, Failure> {
        Ok(self.own_config().map_or_else(|| Ok(Config::default()), Config::open)?)
    }

    pub fn open(&self) -> kokoro_wgpu::Result<Checkpoint> {
        match self {
            Self::Seeded(seed) => Ok(Checkpoint::seeded(*seed)),
            Self::File(path) => Checkpoint::open(path),
        }
    }
}

/// N of `seeded:N`; `None` for other texts.
pub fn parse_seed(text: &OsStr) -> Result<Option<u64>, Failure> {
    let Some(number) = text.to_str().and_then(|text| text.strip_prefix("seeded:")) else { return Ok(None) };
    let invalid = |_| Failure::Usage(format!("seeded:{number}: expected a seed of 0 to {}", u64::MAX));
    number.parse().map(Some).map_err(invalid)
}
