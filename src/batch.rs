//! The utterances of one replay: their lengths, their parameters and their places in shared tensors.

/// Maximum number of utterances in one replay: `BATCH` in lib/batch.wgsl.
pub(crate) const MAX_BATCH: usize = 16;

/// Lengths of one utterance, or the sums over several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extents {
    /// Token ids, with the two boundary tokens of each utterance.
    pub tokens: u32,
    /// Frames of 25 ms: the sum of the durations.
    pub frames: u32,
    pub utterances: u32,
}

/// One utterance of a batch: all that changes from one replay of a plan to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BatchEntry {
    /// Token ids, with the two boundary tokens.
    pub tokens: u32,
    /// Frames of 25 ms: the sum of the durations.
    pub frames: u32,
    /// Divides the durations.
    pub speed: f32,
    /// Seed of the harmonic source's noise.
    pub noise_seed: u32,
    /// Summed extents of the entries before this one: its offset in every tensor.
    pub before: Extents,
    pub batch_index: u32,
    pub batch_size: u32,
}

impl Default for BatchEntry {
    fn default() -> Self {
        Self::single()
    }
}

impl BatchEntry {
    /// An empty utterance in a batch of one.
    pub const fn single() -> Self {
        let before = Extents { tokens: 0, frames: 0, utterances: 0 };
        Self { tokens: 0, frames: 0, speed: 1.0, noise_seed: 0, before, batch_index: 0, batch_size: 1 }
    }

    /// Summed extents up to and including this entry.
    pub fn end(&self) -> Extents {
        let Extents { tokens, frames, utterances } = self.before;
        Extents { tokens: tokens + self.tokens, frames: frames + self.frames, utterances: utterances + 1 }
    }
}
