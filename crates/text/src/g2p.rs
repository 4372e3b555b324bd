//! The interface of all text readers: grapheme-to-phoneme conversion.

use crate::error::{Error, Result};
use crate::markup;
use crate::token::{self, Token};

/// Text to phonemes, in one language.
pub trait G2p: Send + Sync {
    /// The phonemes of a text, words separated by spaces. Every symbol is in the vocabulary of
    /// [`phonemes`](crate::phonemes).
    ///
    /// # Errors
    /// [`Error::Unspeakable`] if nothing in the text can be spoken.
    fn phonemize(&self, text: &str) -> Result<String>;

    /// The words of a text with their phonemes, for timestamps. Joined with their white space they are the result of
    /// [`G2p::phonemize`]. Text with nothing to speak has no tokens.
    ///
    /// The default splits the phonemes at spaces and pairs them with the words of the text. If the counts differ, for
    /// example because a number became several words, a token's text is its phonemes.
    ///
    /// # Errors
    /// As [`G2p::phonemize`], except that text without letters or digits is no error.
    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        match self.phonemize(text) {
            Ok(phonemes) => Ok(token::pair_words(&markup::words_only(text), &phonemes)),
            Err(Error::Unspeakable { .. }) if !text.contains(char::is_alphanumeric) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// The reader of text that is phonemes already. It changes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phonemes;

impl G2p for Phonemes {
    fn phonemize(&self, text: &str) -> Result<String> {
        Ok(text.trim().to_owned())
    }

    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        Ok(token::pair_words(text, text))
    }
}

/// The error for a text without anything to speak; it quotes the beginning of the text.
#[cfg(feature = "languages")]
pub(crate) fn nothing_to_speak(text: &str) -> Error {
    let start: String = text.trim().chars().take(40).collect();
    Error::Unspeakable { reason: format!("nothing in {start:?} can be spoken") }
}
