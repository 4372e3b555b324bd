//! When each phoneme and each word is spoken.
//!
//! A duration belongs to an id, and symbols outside the vocabulary have none, so they last no time. Phonemes follow the
//! durations exactly: the first begins where the start boundary ends. Words follow the published rule, in half-frames:
//! they begin up to three frames before their phonemes, as much as the start boundary leaves, and share the space
//! between them equally.

use crate::Token;
use crate::phonemes::Vocabulary;

/// Samples a second.
pub const SAMPLE_RATE: u32 = 24_000;
/// Samples in a frame, the unit of durations: 25 ms.
pub const FRAME_SAMPLES: u32 = 600;

/// Frames that the published rule takes off the start boundary.
const LEAD: u32 = 3;
const HALF_FRAME: u64 = FRAME_SAMPLES as u64 / 2;

/// A stretch of the audio, in samples from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first sample.
    pub start: u64,
    /// The sample after the last.
    pub end: u64,
}

impl Span {
    /// Start in seconds.
    pub fn start_seconds(&self) -> f64 {
        self.start as f64 / f64::from(SAMPLE_RATE)
    }

    /// End in seconds.
    pub fn end_seconds(&self) -> f64 {
        self.end as f64 / f64::from(SAMPLE_RATE)
    }
}

/// When a phoneme is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhonemeTiming {
    /// The symbol; marks and spaces are symbols too.
    pub symbol: char,
    /// Multiples of [`FRAME_SAMPLES`]. Those of one chunk follow each other without a gap.
    pub span: Span,
}

/// When a word is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordTiming {
    /// As written, with the marks that touch it.
    pub text: String,
    /// As spoken, without spaces at its ends.
    pub phonemes: String,
    /// Whether white space follows it in its chunk.
    pub spaced: bool,
    /// Multiples of half a frame (300 samples). It excludes the marks around the word, and is empty for a word that is
    /// not spoken.
    pub span: Span,
}

/// Phonemes and words of one utterance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Each phoneme of the vocabulary, in order.
    pub phonemes: Vec<PhonemeTiming>,
    /// Each word, in order. None overlaps another.
    pub words: Vec<WordTiming>,
}

/// Spaces, and the mark between words of v1.1-zh.
fn divides(symbol: char) -> bool {
    symbol.is_whitespace() || symbol == '/'
}

/// One symbol's place, in half-frames.
struct Place {
    token: usize,
    symbol: char,
    start: u64,
    end: u64,
}

impl Timings {
    /// Timings of `tokens`, spoken with these durations (the start boundary, one per phoneme of the vocabulary, the end
    /// boundary), in audio that begins at sample `start`.
    pub fn new(tokens: &[Token], durations: &[u32], start: u64) -> Self {
        Self::in_vocabulary(&Vocabulary::published(), tokens, durations, start)
    }

    /// [`Timings::new`] for a model with a vocabulary of its own, its `config.json`'s.
    pub fn in_vocabulary(vocabulary: &Vocabulary, tokens: &[Token], durations: &[u32], start: u64) -> Self {
        let places = places(vocabulary, tokens, durations);
        let at = |half_frames: u64| start + half_frames * HALF_FRAME;
        let lead = durations.first().copied().unwrap_or_default();
        // The published rule: everything a little earlier.
        let early = 2 * u64::from(lead.min(LEAD));
        let mut words: Vec<Word> = Vec::new();
        let mut before = 0; // index of the first place that is not of a token before this
        for (index, token) in tokens.iter().enumerate() {
            let count = places[before..].iter().take_while(|place| place.token == index).count();
            let own = &places[before..before + count];
            before += count;
            let written = own.iter().rposition(|place| !divides(place.symbol)).map_or(0, |last| last + 1);
            let (spoken, space) = own.split_at(written);
            let end = match (spoken.last(), space.first(), space.last()) {
                (Some(_), Some(first), Some(last)) => Some(first.start.midpoint(last.end)),
                (Some(last), ..) => Some(last.end),
                (None, ..) => None,
            };
            let begun = words.last().and_then(|word| word.next);
            let next = match (space.first(), space.last()) {
                (Some(first), Some(last)) => Some(first.start.midpoint(last.end)),
                _ => None,
            };
            let span = spoken.first().zip(end).map(|(first, end)| (begun.unwrap_or(first.start), end));
            let glued = words.last().is_some_and(|word| word.joins(token));
            if !glued {
                words.push(Word::default());
            }
            if let Some(word) = words.last_mut() {
                word.add(token, span, next);
            }
        }
        let mut now = 2 * u64::from(lead);
        let words = words.into_iter().map(|word| {
            let (from, to) = word.span.or(word.marks).unwrap_or((now, now));
            now = to;
            let (start, end) = (at(from - early), at(to - early));
            WordTiming {
                text: word.text,
                phonemes: word.phonemes.trim().to_owned(),
                spaced: word.apart,
                span: Span { start, end },
            }
        });
        let words = words.collect();
        let phoneme = |place: &Place| PhonemeTiming {
            symbol: place.symbol,
            span: Span { start: at(place.start), end: at(place.end) },
        };
        Self { phonemes: places.iter().map(phoneme).collect(), words }
    }

    /// Where a place in the text is heard: the sample at which the first word after its first `at` bytes begins. `None`
    /// after the last word. `text` is what the words are of, such as a passage's [`text`](crate::Passage::text).
    pub fn sample_at(&self, text: &str, at: usize) -> Option<u64> {
        let mut from = 0;
        for word in &self.words {
            // What is written otherwise than it is shown, as by markup, is passed over with the word after it.
            let first = word.text.split_whitespace().next().unwrap_or_default();
            if let Some(found) = text[from..].find(first).filter(|_| !first.is_empty()) {
                let begin = from + found;
                if begin >= at {
                    return Some(word.span.start);
                }
                from = begin + first.len();
            }
        }
        None
    }
}

/// Where each known symbol of the trimmed phoneme string lies.
fn places(vocabulary: &Vocabulary, tokens: &[Token], durations: &[u32]) -> Vec<Place> {
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
    let place = |&(token, symbol): &(usize, char)| {
        let start = now;
        now += 2 * u64::from(*durations.next()?);
        Some(Place { token, symbol, start, end: now })
    };
    known.map_while(place).collect()
}

/// Tokens that are written together.
#[derive(Default)]
struct Word {
    text: String,
    phonemes: String,
    /// Of what has sounds.
    span: Option<(u64, u64)>,
    /// Of marks, as long as nothing has sounds.
    marks: Option<(u64, u64)>,
    /// Where the next word begins, if a space follows that they share.
    next: Option<u64>,
    apart: bool,
}

impl Word {
    /// Whether a token is written together with this word. Scripts without spaces have words all the same.
    fn joins(&self, token: &Token) -> bool {
        let sounds = self.text.chars().next_back().zip(token.text.chars().next());
        !self.apart && !sounds.is_some_and(|(last, first)| unspaced(last) && unspaced(first))
    }

    fn add(&mut self, token: &Token, span: Option<(u64, u64)>, next: Option<u64>) {
        self.text += &token.text;
        self.phonemes += &token.phonemes;
        let both =
            |before: Option<(u64, u64)>, span: (u64, u64)| Some((before.map_or(span.0, |(start, _)| start), span.1));
        match span {
            Some(span) if token.phonemes.contains(char::is_alphabetic) => self.span = both(self.span, span),
            Some(span) => self.marks = both(self.marks, span),
            None => {}
        }
        self.next = next;
        self.apart = !token.whitespace.is_empty();
    }
}

/// Letters of Chinese, Japanese and Thai.
fn unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, phonemes: &str, whitespace: &str) -> Token {
        Token::new(text, phonemes, whitespace)
    }

    fn words(timings: &Timings) -> Vec<(&str, u64, u64)> {
        let half_frames = |word: &WordTiming| (word.span.start / 300, word.span.end / 300);
        timings.words.iter().map(|word| (word.text.as_str(), half_frames(word).0, half_frames(word).1)).collect()
    }

    #[test]
    fn words_are_timed_by_the_published_rule() {
        // The published code, on these durations: left = right = 2 max(0, 5 - 3) = 4;
        // "ab": left = 4 + 2 (3 + 4) + 5 = 23, right = 28; "cd": left = 28 + 2 (2 + 6) = 44.
        let tokens = [token("Ab", "ab", " "), token("cd", "cd", ""), token(".", ".", "")];
        let durations = [5, 3, 4, 5, 2, 6, 7, 9];
        let timings = Timings::new(&tokens, &durations, 0);
        assert_eq!(words(&timings), [("Ab", 4, 23), ("cd.", 23, 44)]);
        // Phonemes are where they sound.
        let spans: Vec<(char, u64, u64)> =
            timings.phonemes.iter().map(|p| (p.symbol, p.span.start / 600, p.span.end / 600)).collect();
        let expected = [('a', 5, 8), ('b', 8, 12), (' ', 12, 17), ('c', 17, 19), ('d', 19, 25), ('.', 25, 32)];
        assert_eq!(spans, expected);
        // A boundary shorter than three frames gives all it has.
        let timings = Timings::new(&tokens, &[2, 3, 4, 5, 2, 6, 7, 9], 1200);
        assert_eq!(words(&timings)[0], ("Ab", 4, 23), "1200 samples are 4 half-frames");
    }

    #[test]
    fn a_place_in_the_text_is_heard_when_the_word_after_it_begins() {
        let tokens = [token("“Ab", "ab", " "), token("cd", "cd", ""), token(".", ".", " "), token("ef", "f", "")];
        let timings = Timings::new(&tokens, &[4; 10], 1000);
        let text = " “Ab cd. [ef](/f/)";
        let starts: Vec<u64> = timings.words.iter().map(|word| word.span.start).collect();
        for (at, word) in [
            (0, Some(0)),
            (1, Some(0)),
            (4, Some(1)),
            (6, Some(1)),
            (7, Some(1)),
            (8, Some(2)),
            (12, Some(2)),
            (13, None),
        ] {
            assert_eq!(timings.sample_at(text, at), word.map(|word| starts[word]), "after {at} bytes");
        }
        assert_eq!(Timings::default().sample_at(text, 0), None);
    }

    #[test]
    fn a_models_own_vocabulary_says_what_lasts() {
        let config = r#"{"n_token": 9, "vocab": {"ㄋ": 1, "ㄧ": 2, "3": 3, "/": 4}}"#;
        let vocabulary = Vocabulary::from_config_json("c", config.as_bytes()).unwrap();
        let tokens = [token("你", "ㄋㄧ3", "/"), token("你", "ㄋa", "")];
        let timings = Timings::in_vocabulary(&vocabulary, &tokens, &[3, 1, 1, 1, 2, 1, 3], 0);
        assert_eq!(timings.phonemes.iter().map(|phoneme| phoneme.symbol).collect::<String>(), "ㄋㄧ3/ㄋ");
        assert_eq!(words(&timings), [("你", 0, 8), ("你", 8, 12)], "half of the mark between belongs to each");
    }

    #[test]
    fn what_has_no_id_shifts_nothing() {
        let plain = Timings::new(&[token("ab", "ab", " "), token("c", "c", "")], &[1, 2, 3, 4, 5, 6], 0);
        let unknown = Timings::new(&[token("ab", "a@b", " "), token("c", "#c", " ")], &[1, 2, 3, 4, 5, 6], 0);
        assert_eq!(unknown.phonemes, plain.phonemes);
        assert_eq!(words(&unknown), words(&plain));
    }

    #[test]
    fn what_is_written_together_is_a_word() {
        let tokens = [
            token("“", "“", ""),
            token("well", "wˈɛl", ""),
            token("-", "", ""),
            token("known", "nˈOn", ""),
            token(",", ",", " "),
            token("$", "", ""),
            token("5", "fˈIv", " "),
            token("*", "", " "),
            token("你", "ni", ""),
            token("好", "xau", ""),
            token("。", ".", ""),
        ];
        let known = Vocabulary::published();
        let ids: usize = tokens.iter().map(|t| known.ids(&(t.phonemes.clone() + &t.whitespace)).len()).sum();
        let timings = Timings::new(&tokens, &vec![4; ids + 2], 0);
        let texts: Vec<&str> = timings.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["“well-known,", "$5", "*", "你", "好。"]);
        let spans: Vec<Span> = timings.words.iter().map(|word| word.span).collect();
        assert!(spans.iter().all(|span| span.start <= span.end), "{spans:?}");
        assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{spans:?}");
        // The quotation mark takes 4 frames and the boundary leaves 1: the word begins after both.
        assert_eq!(spans[0].start, 5 * 600);
    }
}
