//! Timestamps: when each phoneme and each word is spoken.
//!
//! Each id has a duration; symbols outside the vocabulary have no id and last no time. Phonemes follow the durations
//! exactly: the first begins where the boundary token at the start (id 0) ends. Words follow the rule of the Python package: they
//! begin and end three frames before their phonemes, or less if the boundary token is shorter than that, and adjacent words share
//! the space between them equally, to half a frame.

use serde::{Deserialize, Serialize};

use crate::phonemes::Vocabulary;
use crate::text_chunk::TextChunk;
use crate::token::Token;

/// Samples per second.
pub const SAMPLE_RATE: u32 = 24_000;
/// Samples per frame, the unit of durations: 25 ms.
pub const FRAME_SAMPLES: u32 = 600;

/// Frames by which words begin before their phonemes.
const LEAD: u32 = 3;
const HALF_FRAME: u64 = FRAME_SAMPLES as u64 / 2;

/// A range of the audio, in samples from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first sample.
    pub start: u64,
    /// The sample after the last.
    pub end: u64,
}

impl Span {
    /// The start in seconds.
    pub fn start_seconds(&self) -> f64 {
        self.start as f64 / f64::from(SAMPLE_RATE)
    }

    /// The end in seconds.
    pub fn end_seconds(&self) -> f64 {
        self.end as f64 / f64::from(SAMPLE_RATE)
    }
}

/// When one phoneme is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhonemeTimestamp {
    /// The symbol: a phoneme, punctuation or a space.
    pub symbol: char,
    /// The time, counted from the start of the audio. Its length is a multiple of [`FRAME_SAMPLES`]. The phonemes of one chunk
    /// follow each other without a gap.
    pub span: Span,
}

/// When one word is spoken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WordTimestamp {
    /// The word as written, with adjacent punctuation.
    pub text: String,
    /// Its phonemes, trimmed.
    pub phonemes: String,
    /// Whether white space follows it in the text of its chunk; without the text ([`Timestamps::new`]), whether a separator follows
    /// in its phonemes. They differ in Chinese and Japanese.
    pub spaced: bool,
    /// The time without adjacent punctuation, counted from the start of the audio. Its length is a multiple of half a frame
    /// (300 samples). Empty for a word that is not spoken.
    pub span: Span,
}

/// The timestamps of one utterance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamps {
    /// Each symbol of the utterance that the vocabulary has, in order.
    pub phonemes: Vec<PhonemeTimestamp>,
    /// Each word, in order, without overlap.
    pub words: Vec<WordTimestamp>,
}

/// Whether a symbol separates words: white space, or the slash that the Chinese model Kokoro-82M-v1.1-zh reads between words.
fn is_separator(symbol: char) -> bool {
    symbol.is_whitespace() || symbol == '/'
}

/// A symbol of the vocabulary with its time in half frames.
struct TimedSymbol {
    /// The index of its token.
    token: usize,
    symbol: char,
    start: u64,
    end: u64,
}

impl Timestamps {
    /// Timestamps of `tokens`. `durations` are in frames: that of the boundary token at the start, one for each symbol of
    /// the tokens' phonemes and separators, joined and trimmed, that the vocabulary has, that of the boundary token at the
    /// end. The audio begins at sample `start`.
    pub fn new(tokens: &[Token], durations: &[u32], start: u64) -> Self {
        Self::of_tokens(&Vocabulary::published(), tokens, durations, start)
    }

    /// The timestamps of a chunk, spoken by a model with this vocabulary. Otherwise as [`Timestamps::new`].
    pub fn of_chunk(vocabulary: &Vocabulary, chunk: &TextChunk, durations: &[u32], start: u64) -> Self {
        let mut timestamps = Self::of_tokens(vocabulary, &chunk.tokens, durations, start);
        let mut rest = chunk.text.as_str();
        for word in &mut timestamps.words {
            // A word that is not in the text literally keeps what its phonemes say.
            if let Some((_, after)) = rest.split_once(word.text.as_str()).filter(|_| !word.text.is_empty()) {
                word.spaced = after.starts_with(char::is_whitespace);
                rest = after;
            }
        }
        timestamps
    }

    fn of_tokens(vocabulary: &Vocabulary, tokens: &[Token], durations: &[u32], start: u64) -> Self {
        let symbols = timed_symbols(vocabulary, tokens, durations);
        let sample = |half_frames: u64| start + half_frames * HALF_FRAME;
        let boundary = durations.first().copied().unwrap_or_default();
        let phoneme = |symbol: &TimedSymbol| PhonemeTimestamp {
            symbol: symbol.symbol,
            span: Span { start: sample(symbol.start), end: sample(symbol.end) },
        };
        // The rule of the Python package: all words are this much earlier than their phonemes.
        let lead = 2 * u64::from(boundary.min(LEAD));
        let mut previous_end = 2 * u64::from(boundary);
        let word = |word: Word| {
            let (start, end) = word.sounds.or(word.punctuation).unwrap_or((previous_end, previous_end));
            previous_end = end;
            WordTimestamp {
                text: word.text,
                phonemes: word.phonemes.trim().to_owned(),
                spaced: word.ends_with_separator,
                span: Span { start: sample(start - lead), end: sample(end - lead) },
            }
        };
        let words = words(tokens, &symbols).into_iter().map(word).collect();
        Self { phonemes: symbols.iter().map(phoneme).collect(), words }
    }

    /// Moves all times to where the audio begins `samples` later.
    #[must_use]
    pub fn after(mut self, samples: u64) -> Self {
        let phonemes = self.phonemes.iter_mut().map(|phoneme| &mut phoneme.span);
        for span in phonemes.chain(self.words.iter_mut().map(|word| &mut word.span)) {
            span.start += samples;
            span.end += samples;
        }
        self
    }

    /// The sample at which the first word at or after byte `offset` of the text begins. `None` after the last word.
    /// `text` is the text of the words, such as [`TextChunk::text`](crate::TextChunk::text).
    pub fn sample_at(&self, text: &str, offset: usize) -> Option<u64> {
        let mut from = 0;
        for word in &self.words {
            // A word that is not in the text literally, for example because of markup, is skipped.
            let first = word.text.split_whitespace().next().unwrap_or_default();
            if let Some(found) = text[from..].find(first).filter(|_| !first.is_empty()) {
                let begin = from + found;
                if begin >= offset {
                    return Some(word.span.start);
                }
                from = begin + first.len();
            }
        }
        None
    }
}

/// The symbols of the trimmed phoneme string that the vocabulary has, with their times.
fn timed_symbols(vocabulary: &Vocabulary, tokens: &[Token], durations: &[u32]) -> Vec<TimedSymbol> {
    let symbols = tokens.iter().enumerate().flat_map(|(token, Token { phonemes, whitespace, .. })| {
        phonemes.chars().chain(whitespace.chars()).map(move |symbol| (token, symbol))
    });
    let symbols: Vec<(usize, char)> = symbols.collect();
    let spoken = |(_, symbol): &(usize, char)| !symbol.is_whitespace();
    let first = symbols.iter().position(spoken).unwrap_or(symbols.len());
    let last = symbols.iter().rposition(spoken).map_or(first, |last| last + 1);
    let mut now = 2 * u64::from(durations.first().copied().unwrap_or_default());
    let mut durations = durations.iter().skip(1);
    let known = symbols[first..last].iter().filter(|(_, symbol)| vocabulary.id(*symbol).is_some());
    let timed = |&(token, symbol): &(usize, char)| {
        let start = now;
        now += 2 * u64::from(*durations.next()?);
        Some(TimedSymbol { token, symbol, start, end: now })
    };
    known.map_while(timed).collect()
}

/// Groups tokens into words and finds the times of each word, in half frames.
fn words(tokens: &[Token], symbols: &[TimedSymbol]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = symbols;
    for (index, token) in tokens.iter().enumerate() {
        let (own, others) = rest.split_at(rest.iter().take_while(|symbol| symbol.token == index).count());
        rest = others;
        let spoken_end = own.iter().rposition(|symbol| !is_separator(symbol.symbol)).map_or(0, |last| last + 1);
        let (spoken, separator) = own.split_at(spoken_end);
        // Adjacent words share the separator between them.
        let middle = separator.first().zip(separator.last()).map(|(first, last)| first.start.midpoint(last.end));
        let start = words.last().and_then(|word| word.next_start);
        let span = spoken
            .first()
            .zip(spoken.last())
            .map(|(first, last)| (start.unwrap_or(first.start), middle.unwrap_or(last.end)));
        match words.last_mut() {
            Some(word) if word.continues_with(token) => word.add(token, span, middle),
            _ => {
                let mut word = Word::default();
                word.add(token, span, middle);
                words.push(word);
            }
        }
    }
    words
}

/// Tokens without a space between them.
#[derive(Default)]
struct Word {
    text: String,
    phonemes: String,
    /// The time of the tokens with phonemes.
    sounds: Option<(u64, u64)>,
    /// The time of the tokens with punctuation only.
    punctuation: Option<(u64, u64)>,
    /// The start of the next word, if a separator follows.
    next_start: Option<u64>,
    ends_with_separator: bool,
}

impl Word {
    /// Whether a token continues this word. In scripts without spaces every token is a word.
    fn continues_with(&self, token: &Token) -> bool {
        let unspaced = self.text.ends_with(is_unspaced_script) && token.text.starts_with(is_unspaced_script);
        !(self.ends_with_separator || unspaced)
    }

    fn add(&mut self, token: &Token, span: Option<(u64, u64)>, next_start: Option<u64>) {
        self.text += &token.text;
        self.phonemes += &token.phonemes;
        let extend =
            |before: Option<(u64, u64)>, span: (u64, u64)| Some((before.map_or(span.0, |(start, _)| start), span.1));
        match span {
            Some(span) if token.phonemes.contains(char::is_alphabetic) => self.sounds = extend(self.sounds, span),
            Some(span) => self.punctuation = extend(self.punctuation, span),
            None => {}
        }
        self.next_start = next_start;
        self.ends_with_separator = !token.whitespace.is_empty();
    }
}

/// Thai, kana and Chinese characters.
fn is_unspaced_script(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests;
