//! A book divided into parts, each of which can be spoken anywhere by whoever has the model.

use std::collections::BTreeMap;

use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{self, Chunking, G2p, TextStream};
use kokoro_wgpu::{Utterance, Voice};
use serde::{Deserialize, Serialize};

use super::{Book, ModelIdentity};
use crate::failure::Failure;
use crate::sha256::sha256;

/// Utterances of a part: about a minute of speech, which is what a crash costs.
const PART: usize = 8;

/// How a book is read.
pub struct Reading<'a> {
    pub model: &'a ModelIdentity,
    pub vocabulary: &'a Vocabulary,
    pub g2p: &'a dyn G2p,
    pub chunking: Chunking,
    pub voice: &'a Voice,
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

/// All that a part's samples depend on, except the adapter.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub model: ModelIdentity,
    pub utterances: Vec<PartUtterance>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct PartUtterance {
    ids: Vec<u32>,
    /// The bits of a voice's row, which JSON would round.
    style: Vec<u32>,
    speed: u32,
    noise_seed: u32,
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
                let mut utterances = reading.utterances(&section.text)?.into_iter().peekable();
                while utterances.peek().is_some() {
                    let part =
                        Part { model: reading.model.clone(), utterances: utterances.by_ref().take(PART).collect() };
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
    fn utterances(&self, text: &str) -> Result<Vec<PartUtterance>, Failure> {
        let mut utterances = Vec::new();
        for text_chunk in TextStream::new([text], self.g2p, self.chunking) {
            let text_chunk = text_chunk?;
            if !text_chunk.is_spoken(self.vocabulary) {
                continue;
            }
            let phonemes = text_chunk.phonemes();
            let style = self.voice.row(phonemes.chars().count());
            utterances.push(PartUtterance {
                ids: self.vocabulary.ids(&phonemes),
                style: style.iter().map(|value| value.to_bits()).collect(),
                speed: self.speed.to_bits(),
                noise_seed: self.noise_seed,
            });
        }
        Ok(utterances)
    }
}

impl Part {
    /// Reads what [`Plan::new`] has written.
    pub fn from_json(json: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(json).map_err(|error| Failure::with_help(format!("a part is invalid: {error}"), ""))
    }
}

impl PartUtterance {
    /// The utterance, for a model whose voices have rows of this width.
    pub fn utterance(&self) -> kokoro_wgpu::Result<Utterance> {
        let style: Vec<f32> = self.style.iter().map(|bits| f32::from_bits(*bits)).collect();
        let width = style.len();
        let voice = Voice::from_rows("part", style, width)?;
        let speed = f32::from_bits(self.speed);
        Ok(Utterance::from_ids(&self.ids, &voice).with_speed(speed).with_noise_seed(self.noise_seed))
    }
}
