//! Times of words and of the marks between them, as Kokoro-FastAPI has them.

use kokoro_wgpu::FRAME_SAMPLES;
use kokoro_wgpu::text::TextChunk;
use kokoro_wgpu::timestamps::{PhonemeTimestamp, SAMPLE_RATE, Timestamps};
use serde::Serialize;

/// Frames by which a word begins before its phonemes: the rule of the Python package kokoro, whose times Kokoro-FastAPI sends.
const LEAD: u32 = 3;

/// A word or a punctuation mark, and when it is spoken, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Caption {
    pub word: String,
    pub start_time: f64,
    pub end_time: f64,
}

/// The captions of a text chunk: one for each token, punctuation too; what is not spoken by itself, as the sign before an amount
/// of money, is part of the next one. Those beside a space share it equally.
/// `timestamps` are those of the chunk, and `durations` its frames.
pub fn captions(text_chunk: &TextChunk, timestamps: &Timestamps, durations: &[u32]) -> Vec<Caption> {
    let lead = u64::from(durations.first().copied().unwrap_or_default().min(LEAD) * FRAME_SAMPLES);
    let seconds = |sample: u64| (sample - lead.min(sample)) as f64 / f64::from(SAMPLE_RATE);
    let mut symbols = timestamps.phonemes.iter().peekable();
    // The symbols of a text that have a time: white space at the ends of the chunk has none, nor has what the model does not know.
    let mut timed = |text: &str| -> Option<(u64, u64)> {
        let known: Vec<&PhonemeTimestamp> =
            text.chars().filter_map(|symbol| symbols.next_if(|next| next.symbol == symbol)).collect();
        Some((known.first()?.span.start, known.last()?.span.end))
    };
    let (mut captions, mut word) = (Vec::<Caption>::new(), String::new());
    let (mut start, mut previous_end) = (None, timestamps.phonemes.first().map_or(0, |first| first.span.start));
    for token in &text_chunk.tokens {
        let (sounds, space) = (timed(&token.phonemes), timed(&token.whitespace));
        let middle = space.map(|(start, end)| start.midpoint(end));
        let (first, last) = sounds.unwrap_or((previous_end, previous_end));
        let (begin, end) = (start.unwrap_or(first), middle.unwrap_or(last));
        word += token.text.trim();
        if sounds.is_some() || !token.whitespace.is_empty() {
            let word = std::mem::take(&mut word);
            captions.push(Caption { word, start_time: seconds(begin), end_time: seconds(end) });
        }
        (start, previous_end) = (middle, end);
    }
    if let Some(last) = captions.last_mut() {
        last.word += &word;
    }
    captions.retain(|caption| !caption.word.is_empty());
    captions
}

#[cfg(test)]
mod tests {
    use kokoro_wgpu::text::phonemes::Vocabulary;
    use kokoro_wgpu::text::{Chunking, Language, TextStream};

    use super::*;

    /// The rule as the package has it (`join_timestamps`), in half frames: times of tokens with so many phonemes, and whether
    /// a space follows.
    fn oracle(tokens: &[(usize, bool)], durations: &[u32]) -> Vec<(f64, f64)> {
        let mut left = 2 * durations[0].saturating_sub(3);
        let (mut right, mut at) = (left, 1);
        let mut times = Vec::new();
        for (phonemes, has_space) in tokens {
            let spoken: u32 = durations[at..at + phonemes].iter().sum();
            let space = if *has_space { durations[at + phonemes] } else { 0 };
            let start = f64::from(left) / 80.0;
            left = right + 2 * spoken + space;
            times.push((start, f64::from(left) / 80.0));
            right = left + space;
            at += phonemes + usize::from(*has_space);
            left = right - space;
        }
        times
    }

    #[test]
    fn every_mark_has_a_caption_of_its_own_with_the_time_of_the_package() {
        let reader = Language::AmericanEnglish.reader().unwrap();
        let text = "Hello there, friend. How are you?";
        let text_chunk = TextStream::new([text], &*reader, Chunking::Published).next().unwrap().unwrap();
        let vocabulary = Vocabulary::published();
        let symbols = text_chunk.phonemes().chars().count();
        for boundary in [1, 8] {
            // All different, so that a wrong one is noticed.
            let durations: Vec<u32> =
                std::iter::once(boundary).chain((0..=symbols as u32).map(|at| 1 + at % 7)).collect();
            let timestamps = Timestamps::of_chunk(&vocabulary, &text_chunk, &durations, 0);
            let captions = captions(&text_chunk, &timestamps, &durations);
            let words: Vec<&str> = captions.iter().map(|caption| caption.word.as_str()).collect();
            assert_eq!(words, ["Hello", "there", ",", "friend", ".", "How", "are", "you", "?"]);
            let tokens: Vec<(usize, bool)> = text_chunk
                .tokens
                .iter()
                .map(|token| (token.phonemes.chars().count(), token.whitespace == " "))
                .collect();
            let found: Vec<(f64, f64)> =
                captions.iter().map(|caption| (caption.start_time, caption.end_time)).collect();
            assert_eq!(found, oracle(&tokens, &durations), "a boundary of {boundary} frames");
        }
    }
}
