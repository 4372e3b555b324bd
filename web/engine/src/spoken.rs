//! Speech of a chunk, with the times of its words.

use kokoro_wgpu::text::TextChunk;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::{Chunk, Synthesizer, Utterance};
use wasm_bindgen::prelude::*;

use crate::error::Failure;
use crate::facts;

/// Speaks a chunk, divided where it is too long for the device. `start`: position of the first sample in the joined audio.
pub async fn speak(
    synthesizer: &mut Synthesizer,
    chunk: TextChunk,
    utterance: impl Fn(&str, &Vocabulary) -> Utterance,
    start: u64,
) -> Result<Spoken, Failure> {
    let vocabulary = synthesizer.model().config().vocab.clone();
    let mut spoken = Spoken { samples: Vec::new(), phonemes: chunk.phonemes(), words: Vec::new() };
    let mut rest: Vec<_> = [chunk].into_iter().filter(|chunk| chunk.is_spoken(&vocabulary)).collect();
    while let Some(chunk) = rest.pop() {
        match synthesizer.synthesize(&utterance(&chunk.phonemes(), &vocabulary)).await {
            Ok(speech) => {
                let chunk = Chunk::new(chunk, speech, &vocabulary, start + spoken.samples.len() as u64);
                spoken.samples.extend_from_slice(&chunk.speech.samples);
                spoken.words.extend(chunk.timestamps.words);
            }
            Err(error) if error.is_too_long() => {
                rest.extend(chunk.halves(&vocabulary).ok_or(error)?.into_iter().rev());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(spoken)
}

/// Spoken text.
#[wasm_bindgen]
pub struct Spoken {
    samples: Vec<f32>,
    phonemes: String,
    words: Vec<kokoro_wgpu::timestamps::WordTimestamp>,
}

#[wasm_bindgen]
impl Spoken {
    /// Samples at 24 kHz.
    pub fn samples(&self) -> Vec<f32> {
        self.samples.clone()
    }

    /// The spoken phonemes.
    pub fn phonemes(&self) -> String {
        self.phonemes.clone()
    }

    /// The words with their times in seconds of the joined audio: JSON.
    pub fn words(&self) -> String {
        facts::words(&self.words)
    }
}
