//! The chunk to speak, as the text reader hands it over.

use kokoro_wgpu::text::{TextChunk, Token};
use serde::Deserialize;

use crate::error::Failure;

#[derive(Deserialize)]
struct Parts {
    text: String,
    /// Text, phonemes and following white space of each.
    tokens: Vec<[String; 3]>,
}

/// Reads a chunk from JSON of its text and tokens.
pub fn parse(json: &str) -> Result<TextChunk, Failure> {
    let failed = |error| Failure::new("Argument", &format!("chunk: {error}"));
    let Parts { text, tokens } = serde_json::from_str(json).map_err(failed)?;
    let token = |[text, phonemes, whitespace]: [String; 3]| Token::new(text, phonemes, whitespace);
    Ok(TextChunk { text, tokens: tokens.into_iter().map(token).collect() })
}
