//! Text with markup as what is spoken and what is silent.

use kokoro_wgpu::text::markup::Segment;
use kokoro_wgpu::text::{G2p, Language};
use kokoro_wgpu::{Error, Result};

use crate::failure::note;

/// A part of what is to be heard.
pub enum Piece {
    Spoken {
        phonemes: String,
        /// Times the speed of everything.
        rate: f32,
        /// Another voice than that of everything.
        voice: Option<String>,
    },
    /// Silence, in seconds.
    Silence(f32),
}

/// The segments of a text with their phonemes, each in the language that `language` names for its voice.
///
/// # Errors
/// What a reader fails with; [`Error::Text`] only if none of the segments can be spoken.
pub fn read(segments: Vec<Segment>, language: impl Fn(Option<&str>) -> Result<Language>) -> Result<Vec<Piece>> {
    let mut readers: Vec<(Language, Box<dyn G2p>)> = Vec::new();
    let (mut pieces, mut unspoken) = (Vec::new(), None);
    for segment in segments {
        let (text, manner) = match segment {
            Segment::Silence { seconds } => {
                pieces.push(Piece::Silence(seconds));
                continue;
            }
            Segment::Text { text, manner, .. } => (text, manner),
            _ => continue,
        };
        let language = language(manner.voice.as_deref())?;
        let at = match readers.iter().position(|(known, _)| *known == language) {
            Some(at) => at,
            None => {
                readers.push((language, language.reader()?));
                readers.len() - 1
            }
        };
        match readers[at].1.phonemize(&text) {
            Ok(phonemes) => pieces.push(Piece::Spoken { phonemes, rate: manner.rate, voice: manner.voice }),
            Err(error @ Error::Text { .. }) => {
                unspoken.get_or_insert((error, text.chars().any(char::is_alphanumeric)));
            }
            Err(error) => return Err(error),
        }
    }
    match (pieces.iter().any(|piece| matches!(piece, Piece::Spoken { .. })), unspoken) {
        (true, Some((error, true))) => note(format_args!("warning: {error}")),
        (true, _) => {}
        (false, Some((error, _))) => return Err(error),
        (false, None) => return Err(Error::Text { reason: "there is nothing to speak in it".to_owned() }),
    }
    Ok(pieces)
}
