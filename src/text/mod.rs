//! From text to what the network reads: phonemes, their ids, and chunks of them.

pub mod chunks;
pub mod phonemes;
