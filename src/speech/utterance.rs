//! The input and the output of synthesis.

use std::ops::RangeInclusive;

use kokoro_text::phonemes::{self, Vocabulary};
use kokoro_text::timestamps::SAMPLE_RATE;

use crate::voice::{Style, Voice};

/// One utterance: the input of the network.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Utterance {
    /// Phoneme ids without the two boundary tokens, at most 510.
    pub ids: Vec<u32>,
    /// The voice's style for this length.
    pub style: Style,
    /// Divides the durations: 2 is twice as fast. 0.25 to 4.
    pub speed: f32,
    /// Seed of the harmonic source's noise: on one adapter the same seed gives the same samples.
    pub noise_seed: u32,
}

impl Utterance {
    /// The speeds that an utterance may have.
    pub const SPEEDS: RangeInclusive<f32> = 0.25..=4.0;

    /// Phonemes in the alphabet of Kokoro-82M v1.0, spoken by `voice` at speed 1 with noise seed 0. Code points outside the
    /// alphabet are dropped, as in the reference; [`crate::text::phonemes::unknown`] lists them. The voice's row is chosen
    /// by the number of code points before that.
    pub fn from_phonemes(phonemes: &str, voice: &Voice) -> Self {
        let style = voice.style(phonemes.chars().count());
        Self { ids: phonemes::ids(phonemes), style, speed: 1.0, noise_seed: 0 }
    }

    /// Like [`Utterance::from_phonemes`], for a model with its own vocabulary, [`Config::vocab`](crate::Config::vocab).
    pub fn in_vocabulary(vocabulary: &Vocabulary, phonemes: &str, voice: &Voice) -> Self {
        Self { ids: vocabulary.ids(phonemes), ..Self::from_phonemes(phonemes, voice) }
    }

    /// Phoneme ids, spoken by `voice` at speed 1 with noise seed 0.
    pub fn from_ids(ids: &[u32], voice: &Voice) -> Self {
        Self { ids: ids.to_vec(), style: voice.style(ids.len()), speed: 1.0, noise_seed: 0 }
    }

    /// Sets the speed, 0.25 to 4: 2 is twice as fast.
    #[must_use]
    pub fn with_speed(self, speed: f32) -> Self {
        Self { speed, ..self }
    }

    /// Sets the seed of the harmonic source's noise.
    #[must_use]
    pub fn with_noise_seed(self, noise_seed: u32) -> Self {
        Self { noise_seed, ..self }
    }
}

/// The output of the network.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Speech {
    /// 24 kHz mono, mostly within -1..1, neither clipped nor trimmed. 600 samples per frame.
    pub samples: Vec<f32>,
    /// Frames of 25 ms of every token: the start boundary, each id, the end boundary.
    pub durations: Vec<u32>,
}

impl Speech {
    /// Length of the audio in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SAMPLE_RATE)
    }
}
