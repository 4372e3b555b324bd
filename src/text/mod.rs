//! From text to what the network reads: phonemes, their ids, and chunks of them.

pub mod chunks;
#[cfg(feature = "text")]
pub mod english;
#[cfg(feature = "text")]
pub mod espeak;
#[cfg(feature = "text")]
pub mod kana;
#[cfg(feature = "text")]
mod language;
#[cfg(feature = "mandarin")]
pub mod mandarin;
#[cfg(feature = "text")]
pub mod markup;
pub mod phonemes;
mod script;
pub mod sentences;
#[cfg(feature = "text")]
pub mod ssml;
mod token;

#[cfg(feature = "text")]
pub use language::Language;

pub use script::{Chunking, Passage, Script};
pub use token::Token;

use crate::{Error, Result};

/// Text to phonemes, in one language.
pub trait G2p: Send + Sync {
    /// The text's phonemes, all of them in the vocabulary of [`phonemes`], words separated by spaces.
    ///
    /// # Errors
    /// [`Error::Text`] when nothing in the text can be spoken.
    fn phonemize(&self, text: &str) -> Result<String>;

    /// The text's words with their phonemes, for timings: joined, each with its white space, they are what
    /// [`G2p::phonemize`] returns. Text without anything to speak has none.
    ///
    /// Unless a language knows better, the phonemes are split at spaces and paired with the text's words; where the
    /// counts differ, as when a number became words, a token's text is its phonemes.
    ///
    /// # Errors
    /// As [`G2p::phonemize`], but not for text that is only punctuation.
    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        match self.phonemize(text) {
            Ok(phonemes) => Ok(token::paired(text, &phonemes)),
            Err(Error::Text { .. }) if !text.contains(char::is_alphanumeric) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// Text that is phonemes already, spoken as it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phonemes;

impl G2p for Phonemes {
    fn phonemize(&self, text: &str) -> Result<String> {
        Ok(text.trim().to_owned())
    }

    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        Ok(token::paired(text, text))
    }
}

/// The error of a text in which a reader found nothing, which shows how the text begins.
#[cfg(feature = "text")]
fn nothing_in(text: &str) -> Error {
    let start: String = text.trim().chars().take(40).collect();
    Error::Text { reason: format!("nothing in {start:?} can be spoken") }
}
