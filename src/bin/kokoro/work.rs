//! The utterances that are measured: the same ids and style for every program compared.

use kokoro_wgpu::checkpoint::seeded;
use kokoro_wgpu::{Checkpoint, Utterance, Voice};

use crate::failure::Failure;
use crate::model::{ModelArg, Source};

/// Phonemes that an utterance may have.
pub fn tokens(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| (1..=510).contains(count)).ok_or_else(|| "expected 1 to 510".to_owned())
}

/// Case 0 of the reference, `count` ids between the two boundaries.
pub fn utterance(count: usize) -> Utterance {
    let ids = seeded::tokens(0, count);
    Utterance::from_ids(&ids[1..=count], &Voice::seeded(0))
}

/// The model that the user names, else the seeded one: time does not depend on what the weights are.
pub fn checkpoint(model: &ModelArg) -> Result<Checkpoint, Failure> {
    Ok(model.source()?.unwrap_or(Source::Seeded(0)).open()?)
}
