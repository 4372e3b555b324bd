//! What a part needs to be spoken: models and voices, known by their hashes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use kokoro_wgpu::{Config, Voice};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::model::ModelSource;
use crate::sha256::{Hasher, sha256};
use crate::text_input::cannot_read;

/// Which model has to speak a part: its weights, their precision and its configuration, hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelIdentity(String);

impl ModelIdentity {
    pub fn new(source: &ModelSource, precision: &str, config: &Config) -> Result<Self, Failure> {
        let weights = match source {
            ModelSource::Seeded(seed) => format!("seeded:{seed}"),
            ModelSource::File(path) => hash_of(path)?,
        };
        // A vocabulary prints its size only.
        let all = format!("{weights} {precision} {config:?} {:?}", config.vocab.symbols());
        Ok(Self(sha256(all.as_bytes())[..16].to_owned()))
    }

    #[cfg(feature = "nats")]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which voice has to speak a part: its values, hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VoiceIdentity(String);

impl VoiceIdentity {
    pub fn new(voice: &Voice) -> Self {
        Self(sha256(&voice_bytes(voice)))
    }
}

/// A voice as others can store it: the width of its rows and then its values, little-endian.
pub fn voice_bytes(voice: &Voice) -> Vec<u8> {
    let width = (voice.width() as u32).to_le_bytes();
    width.into_iter().chain(voice.rows().iter().flat_map(|value| value.to_le_bytes())).collect()
}

/// Reads what [`voice_bytes`] has made.
#[cfg(feature = "nats")]
pub fn voice_from_bytes(bytes: &[u8]) -> kokoro_wgpu::Result<Voice> {
    let mut words = bytes.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
    let width = words.next().map_or(0, u32::from_le_bytes);
    Voice::from_rows("of the book", words.map(f32::from_le_bytes).collect(), width as usize)
}

/// The hash of a file, or of the files in a folder in the order of their names.
fn hash_of(path: &Path) -> Result<String, Failure> {
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

#[cfg(all(test, feature = "nats"))]
mod tests {
    use super::*;

    #[test]
    fn a_stored_voice_is_the_same() {
        let voice = Voice::from_rows("a", (0..24).map(|value| value as f32 / 7.0).collect(), 8).unwrap();
        let read = voice_from_bytes(&voice_bytes(&voice)).unwrap();
        assert_eq!((read.rows(), read.width()), (voice.rows(), 8));
        assert_eq!(VoiceIdentity::new(&read), VoiceIdentity::new(&voice));
        assert!(voice_from_bytes(&[]).is_err());
    }
}
