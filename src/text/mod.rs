//! Text to phonemes to ids.

pub mod phonemes;
