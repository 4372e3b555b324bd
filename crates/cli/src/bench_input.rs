//! Input of `bench` and `profile`: the same ids and style for every program compared.

use kokoro_wgpu::checkpoint::seeded;
use kokoro_wgpu::{Checkpoint, Config, Utterance, Voice};

use crate::failure::Failure;
use crate::model::{ConfigArg, ModelArg, ModelSource};

/// Parses the number of phonemes of an utterance.
pub fn tokens(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| (1..=510).contains(count)).ok_or_else(|| "expected 1 to 510".to_owned())
}

/// The first `count` ids of the reference's case 0 between the two boundary tokens, in a seeded voice.
pub fn utterance(config: &Config, count: usize) -> Utterance {
    let max_id = config.n_token.saturating_sub(1).max(1);
    let ids: Vec<u32> = seeded::tokens(0, count)[1..=count].iter().map(|id| 1 + (id - 1) % max_id).collect();
    Utterance::from_ids(&ids, &Voice::seeded_width(0, 2 * config.style_dim as usize))
}

/// The model given by the user, or seeded weights: the time does not depend on their values.
pub fn model(model: &ModelArg, config: &ConfigArg) -> Result<(Checkpoint, Config), Failure> {
    let source = model.source()?.unwrap_or(ModelSource::Seeded(0));
    config.open(&source)
}
