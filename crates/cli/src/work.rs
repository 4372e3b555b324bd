//! The utterances that are measured: the same ids and style for every program compared.

use kokoro_wgpu::checkpoint::seeded;
use kokoro_wgpu::{Checkpoint, Config, Utterance, Voice};

use crate::failure::Failure;
use crate::model::{ConfigArg, ModelArg, Source};

/// Phonemes that an utterance may have.
pub fn tokens(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| (1..=510).contains(count)).ok_or_else(|| "expected 1 to 510".to_owned())
}

/// Case 0 of the reference, `count` ids between the two boundaries, in a voice as wide as the model's.
pub fn utterance(config: &Config, count: usize) -> Utterance {
    let most = config.n_token.saturating_sub(1).max(1);
    let ids: Vec<u32> = seeded::tokens(0, count)[1..=count].iter().map(|id| 1 + (id - 1) % most).collect();
    Utterance::from_ids(&ids, &Voice::seeded_width(0, 2 * config.style_dim as usize))
}

/// The model that the user names with its dimensions, else the seeded one: time does not depend on what the weights are.
pub fn model(model: &ModelArg, config: &ConfigArg) -> Result<(Checkpoint, Config), Failure> {
    let source = model.source()?.unwrap_or(Source::Seeded(0));
    config.open(&source)
}
