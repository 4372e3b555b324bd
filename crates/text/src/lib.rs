//! Text to phonemes for Kokoro-82M: languages, vocabularies, sentences and chunks, markup, and the times of spoken words.
//! [`kokoro-wgpu`](https://docs.rs/kokoro-wgpu) is the network that speaks them; nothing here needs a GPU.
//!
//! A [`G2p`] reads a language, a [`Script`] divides text of any length into [`Passage`]s that the network takes at once,
//! and [`phonemes`] has their ids. [`timing`] places the phonemes and words of an utterance in its audio.
//!
#![cfg_attr(feature = "languages", doc = "```")]
#![cfg_attr(not(feature = "languages"), doc = "```ignore")]
//! use kokoro_text::{Chunking, Language, Script, phonemes};
//!
//! # fn main() -> kokoro_text::Result<()> {
//! let reader = Language::AmericanEnglish.reader()?;
//! for passage in Script::new(["Hello there."], &*reader, Chunking::default()) {
//!     let ids = phonemes::ids(&passage?.phonemes()); // one per phoneme
//!     assert!(!ids.is_empty());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `languages` | yes | English by misaki-rs, five languages by an installed espeak-ng, kana; pauses and SSML |
//! | `mandarin` | yes | Mandarin by jieba-rs and pinyin, whose dictionaries take 8 MB; includes `languages` |
//!
//! Without features, text is phonemes already ([`Phonemes`]) or read by a [`G2p`] of the caller's.

#![forbid(unsafe_code)]

pub mod chunks;
#[cfg(feature = "languages")]
pub mod english;
mod error;
#[cfg(feature = "languages")]
pub mod espeak;
#[cfg(feature = "languages")]
pub mod kana;
#[cfg(feature = "languages")]
mod language;
#[cfg(feature = "mandarin")]
pub mod mandarin;
#[cfg(feature = "languages")]
pub mod markup;
pub mod phonemes;
mod script;
pub mod sentences;
#[cfg(feature = "languages")]
pub mod ssml;
pub mod timing;
mod token;

pub use error::{Error, Result};
#[cfg(feature = "languages")]
pub use language::Language;
pub use script::{Chunking, Passage, Script};
pub use token::Token;

/// Text to phonemes, in one language.
pub trait G2p: Send + Sync {
    /// The text's phonemes, all of them in the vocabulary of [`phonemes`], words separated by spaces.
    ///
    /// # Errors
    /// [`Error::Unspeakable`] when nothing in the text can be spoken.
    fn phonemize(&self, text: &str) -> Result<String>;

    /// The text's words with their phonemes, for timings: joined, each with its white space, they are what
    /// [`G2p::phonemize`] returns. Text with nothing to speak has none.
    ///
    /// Unless a language knows better, the phonemes are split at spaces and paired with the text's words; where the
    /// counts differ, as when a number became words, a token's text is its phonemes.
    ///
    /// # Errors
    /// As [`G2p::phonemize`], but not for text that is only punctuation.
    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        match self.phonemize(text) {
            Ok(phonemes) => Ok(token::paired(text, &phonemes)),
            Err(Error::Unspeakable { .. }) if !text.contains(char::is_alphanumeric) => Ok(Vec::new()),
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
#[cfg(feature = "languages")]
fn nothing_in(text: &str) -> Error {
    let start: String = text.trim().chars().take(40).collect();
    Error::Unspeakable { reason: format!("nothing in {start:?} can be spoken") }
}
