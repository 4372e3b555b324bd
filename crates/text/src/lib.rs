//! Text to phonemes for Kokoro-82M: languages, vocabularies, sentences, chunks, markup and word timestamps.
//! The network that speaks the phonemes is in [`kokoro-wgpu`](https://docs.rs/kokoro-wgpu); this crate needs no GPU.
//!
//! A [`G2p`] (grapheme-to-phoneme converter) turns text of one language into phonemes. A [`TextStream`] divides text of
//! any length into [`TextChunk`]s, each short enough for one run of the network. [`phonemes`] maps phonemes to ids, and
//! [`timestamps`] locates phonemes and words in the audio.
//!
#![cfg_attr(feature = "languages", doc = "```")]
#![cfg_attr(not(feature = "languages"), doc = "```ignore")]
//! use kokoro_text::{Chunking, Language, TextStream, phonemes};
//!
//! # fn main() -> kokoro_text::Result<()> {
//! let reader = Language::AmericanEnglish.reader()?;
//! for chunk in TextStream::new(["Hello there."], &*reader, Chunking::default()) {
//!     let ids = phonemes::ids(&chunk?.phonemes()); // one per phoneme
//!     assert!(!ids.is_empty());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `languages` | yes | English (misaki's dictionary and rules), five languages through an installed espeak-ng, Japanese kana; pauses and SSML |
//! | `mandarin` | yes | Mandarin (jieba-rs and pinyin, 8 MB of dictionaries); includes `languages` |
//! | `japanese` | yes | Japanese with kanji and numbers, by a dictionary in files (107 MB) and jpreprocess; includes `languages` |
//!
//! Without these features, pass phonemes ([`Phonemes`]), or implement [`G2p`] yourself.

#![forbid(unsafe_code)]

pub mod chunks;
#[cfg(feature = "languages")]
pub mod english;
mod error;
#[cfg(feature = "languages")]
pub mod espeak;
mod g2p;
#[cfg(feature = "japanese")]
pub mod japanese;
#[cfg(feature = "languages")]
pub mod kana;
#[cfg(feature = "languages")]
mod language;
#[cfg(feature = "languages")]
mod lexicon;
#[cfg(feature = "languages")]
mod links;
#[cfg(feature = "mandarin")]
pub mod mandarin;
pub mod markup;
pub mod phonemes;
#[cfg(feature = "languages")]
mod reader;
pub mod sentences;
#[cfg(feature = "languages")]
pub mod ssml;
mod text_chunk;
mod text_stream;
pub mod timestamps;
mod token;
mod utf8;
#[cfg(feature = "languages")]
mod written;

pub use error::{Error, Result};
pub use g2p::{G2p, Phonemes};
#[cfg(feature = "languages")]
pub use language::Language;
#[cfg(feature = "languages")]
pub use lexicon::Lexicon;
pub use text_chunk::TextChunk;
pub use text_stream::{Chunking, TextStream};
pub use token::Token;
pub use utf8::read_to_string;
