//! From text to what the network reads: phonemes, their ids, and chunks of them.

pub mod chunks;
#[cfg(feature = "text")]
pub mod english;
#[cfg(feature = "text")]
pub mod espeak;
#[cfg(feature = "text")]
mod language;
#[cfg(feature = "text")]
pub mod markup;
pub mod phonemes;
#[cfg(feature = "text")]
pub mod ssml;

#[cfg(feature = "text")]
pub use language::Language;

use crate::Result;

/// Text to phonemes, in one language.
pub trait G2p: Send + Sync {
    /// The text's phonemes, all of them in the vocabulary of [`phonemes`], words separated by spaces.
    ///
    /// # Errors
    /// [`Error::Text`](crate::Error::Text) when nothing in the text can be spoken.
    fn phonemize(&self, text: &str) -> Result<String>;
}
