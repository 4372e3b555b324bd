//! A book divided into parts, each of which can be spoken anywhere by whoever has the model.

use std::collections::BTreeMap;

use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{self, Chunking, G2p, TextChunk, TextStream};
use serde::{Deserialize, Serialize};

use super::{Book, ModelIdentity, VoiceIdentity};
use crate::failure::Failure;
use crate::sha256::sha256;

/// Chunks of a part: about a minute of speech, which is what a crash costs.
const PART: usize = 8;

/// How a book is read.
pub struct Reading<'a> {
    pub model: &'a ModelIdentity,
    pub vocabulary: &'a Vocabulary,
    pub g2p: &'a dyn G2p,
    pub chunking: Chunking,
    pub voice: &'a VoiceIdentity,
    pub speed: f32,
    pub noise_seed: u32,
}

/// The chapters of a book, whose parts are known by their hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub title: String,
    pub author: Option<String>,
    pub chapters: Vec<Chapter>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chapter {
    pub title: String,
    /// In order. A part that is spoken twice is there twice.
    pub parts: Vec<String>,
    pub marks: Vec<Mark>,
}

/// A section's beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    pub title: String,
    /// The number of the part that begins there.
    pub part: usize,
}

/// All that a part's samples and timings depend on, except the adapter.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub model: ModelIdentity,
    pub voice: VoiceIdentity,
    /// The bits of the speed, which JSON would round.
    speed: u32,
    pub noise_seed: u32,
    pub chunks: Vec<TextChunk>,
}

impl Plan {
    /// Divides a book. Also returns the parts, as JSON by their hashes.
    ///
    /// # Errors
    /// If the text cannot be read, or there is nothing to speak in it.
    pub fn new(book: &Book, reading: &Reading<'_>) -> Result<(Self, BTreeMap<String, Vec<u8>>), Failure> {
        let mut parts = BTreeMap::new();
        let mut chapters = Vec::new();
        for chapter in &book.chapters {
            let mut planned = Chapter { title: chapter.title.clone(), parts: Vec::new(), marks: Vec::new() };
            for section in &chapter.sections {
                if let Some(title) = &section.title {
                    planned.marks.push(Mark { title: title.clone(), part: planned.parts.len() });
                }
                let mut chunks = reading.chunks(&section.text)?.into_iter().peekable();
                while chunks.peek().is_some() {
                    let part = Part {
                        model: reading.model.clone(),
                        voice: reading.voice.clone(),
                        speed: reading.speed.to_bits(),
                        noise_seed: reading.noise_seed,
                        chunks: chunks.by_ref().take(PART).collect(),
                    };
                    // Maps with string keys and numbers can always be written.
                    let json = serde_json::to_vec(&part).unwrap_or_default();
                    let hash = sha256(&json);
                    planned.parts.push(hash.clone());
                    parts.insert(hash, json);
                }
            }
            planned.marks.retain(|mark| mark.part < planned.parts.len());
            if !planned.parts.is_empty() {
                chapters.push(planned);
            }
        }
        if chapters.is_empty() {
            return Err(text::Error::Unspeakable { reason: "there is nothing to speak in it".to_owned() }.into());
        }
        let (title, author) = (book.title.clone(), book.author.clone());
        Ok((Self { title, author, chapters }, parts))
    }

    /// Names the plan by its content.
    #[cfg(feature = "nats")]
    pub fn id(&self) -> String {
        sha256(&self.to_json())[..16].to_owned()
    }

    #[cfg(feature = "nats")]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default() // as for a part
    }
}

impl Reading<'_> {
    /// The chunks of a text that have something to speak.
    fn chunks(&self, text: &str) -> Result<Vec<TextChunk>, Failure> {
        let chunks = TextStream::new([text], self.g2p, self.chunking);
        let spoken = |chunk: &text::Result<TextChunk>| chunk.as_ref().map_or(true, |c| c.is_spoken(self.vocabulary));
        Ok(chunks.filter(spoken).collect::<text::Result<_>>()?)
    }
}

impl Part {
    /// Reads what [`Plan::new`] has written.
    pub fn from_json(json: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(json).map_err(|error| Failure::with_help(format!("a part is invalid: {error}"), ""))
    }

    pub fn speed(&self) -> f32 {
        f32::from_bits(self.speed)
    }

    /// The text of the chunk in which this byte of all text is.
    pub fn text_at(&self, byte: usize) -> &str {
        let mut end = 0;
        let chunk = self.chunks.iter().find(|chunk| {
            end += chunk.text.len();
            byte < end
        });
        chunk.map_or("", |chunk| &chunk.text)
    }
}
