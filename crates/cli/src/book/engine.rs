//! Speaks parts.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use kokoro_wgpu::audio::{Format, SampleFormat};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::{Config, Error, Result, Synthesizer, block_on};
use serde::{Deserialize, Serialize};

use super::plan::{Part, PartUtterance};
use crate::adapter::{self, AdapterArg};
use crate::failure::Failure;
use crate::model::{ModelArg, ModelSource};
use crate::sha256::{Hasher, sha256};
use crate::text_input::cannot_read;

/// Which model has to speak a part: its weights, their precision and its configuration, hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelIdentity(String);

impl ModelIdentity {
    pub fn new(source: &ModelSource, precision: &str, config: &Config) -> std::result::Result<Self, Failure> {
        let weights = match source {
            ModelSource::Seeded(seed) => format!("seeded:{seed}"),
            ModelSource::File(path) => hash_of(path)?,
        };
        // The dimensions; the vocabulary has done its work when a part is made.
        let mut dimensions = config.clone();
        dimensions.vocab = Vocabulary::published();
        Ok(Self(sha256(format!("{weights} {precision} {dimensions:?}").as_bytes())[..16].to_owned()))
    }

    #[cfg(feature = "nats")]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The hash of a file, or of the files in a folder in the order of their names.
fn hash_of(path: &Path) -> std::result::Result<String, Failure> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(cannot_read(path))?;
        files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect::<Vec<PathBuf>>();
        files.sort_unstable();
    }
    let mut hasher = Hasher::default();
    for path in files {
        let mut file = File::open(&path).map_err(cannot_read(&path))?;
        io::copy(&mut file, &mut hasher).map_err(cannot_read(&path))?;
    }
    Ok(hasher.finish())
}

/// A synthesizer, opened again when its device is lost.
pub struct Engine<'a> {
    synthesizer: Synthesizer,
    open: Box<dyn Fn() -> Result<Synthesizer> + 'a>,
    /// Utterances to speak at once.
    batch: usize,
    pub adapter: String,
}

/// Devices lost one after another before a part fails.
const MAX_LOSSES: usize = 3;

impl<'a> Engine<'a> {
    pub fn open(
        model: &'a ModelArg,
        source: &'a ModelSource,
        config: &'a Config,
        adapter: &'a AdapterArg,
        batch: usize,
    ) -> Result<Self> {
        let open = move || {
            let model = model.precision.load(&adapter.open()?, &source.open()?, config)?;
            Synthesizer::new(&model)
        };
        let synthesizer = open()?;
        let adapter = adapter::name(synthesizer.model().context().info());
        Ok(Self { synthesizer, open: Box::new(open), batch, adapter })
    }

    /// The samples of a part, 16 bits, little-endian.
    pub fn speak(&mut self, part: &Part) -> Result<Vec<u8>> {
        let utterances = part.utterances.iter().map(PartUtterance::utterance).collect::<Result<Vec<_>>>()?;
        let mut encoder = Format::Raw(SampleFormat::Pcm16).into_pipe(Vec::new())?;
        for batch in utterances.chunks(self.batch) {
            let mut losses = 0;
            let spoken = loop {
                match block_on(self.synthesizer.synthesize_batch(batch)) {
                    Err(Error::DeviceLost { .. }) if losses < MAX_LOSSES => {
                        log::warn!("the GPU device was lost: continuing on a new one");
                        self.synthesizer = (self.open)()?;
                        losses += 1;
                    }
                    spoken => break spoken?,
                }
            };
            for speech in spoken {
                encoder.encode(&speech.samples)?;
            }
        }
        encoder.finish()
    }
}
