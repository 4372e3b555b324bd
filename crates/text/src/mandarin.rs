//! Mandarin, with word segmentation by [jieba-rs](https://docs.rs/jieba-rs) and readings from
//! [pinyin](https://docs.rs/pinyin) and a table of phrases.
//!
//! Numbers, dates, times, amounts and signs are read in Chinese, Latin words by [`English`]. Characters without a reading
//! are skipped with a warning.

mod clock;
mod codes;
mod numerals;
mod pieces;
mod quantities;
mod readings;
mod sandhi;
mod syllable;
mod units;

use std::sync::{LazyLock, OnceLock};

use jieba_rs::Jieba;

use crate::english::{Accent, English};
use crate::error::Result;
use crate::g2p::{G2p, nothing_to_speak};
use crate::language::Language;
use crate::links;
use crate::phonemes::{self, Vocabulary};
use crate::token::{self, Token};
use crate::written;
use pieces::{Piece, pieces};
use sandhi::Word;
use syllable::Syllable;

/// Words with their frequencies and parts of speech. jieba-rs can embed them itself, but then it compresses them with
/// zstd's C library, which takes a tenth of the whole build.
const DICTIONARY: &str = include_str!("mandarin/jieba.txt");

static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    // Fails only on a malformed line, and the tests load this file.
    Jieba::with_dict(&mut DICTIONARY.as_bytes()).unwrap_or_else(|_| Jieba::empty())
});

/// How a model spells syllables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alphabet {
    /// IPA with arrows for tones, for Kokoro-82M v1.0: as misaki's `ZHG2P()`.
    #[default]
    Ipa,
    /// Zhuyin letters with digits for tones, for v1.1-zh: as misaki's `ZHG2P(version="1.1")`.
    Zhuyin,
}

impl Alphabet {
    /// The alphabet of the model with this vocabulary.
    pub fn for_vocabulary(vocabulary: &Vocabulary) -> Self {
        if vocabulary.id('ㄅ').is_some() { Self::Zhuyin } else { Self::Ipa }
    }
}

/// Mandarin text to phonemes.
#[derive(Debug, Default)]
pub struct Mandarin {
    alphabet: Alphabet,
    /// The model's, if it is known.
    vocabulary: Option<Vocabulary>,
    /// Loaded at the first Latin word.
    english: OnceLock<English>,
}

impl Mandarin {
    /// A reader that uses this alphabet. The dictionary is loaded at the first text, which takes about 0.1 s.
    pub fn new(alphabet: Alphabet) -> Self {
        Self { alphabet, vocabulary: None, english: OnceLock::new() }
    }

    /// A reader for the model with this vocabulary.
    pub fn for_vocabulary(vocabulary: &Vocabulary) -> Self {
        Self { vocabulary: Some(vocabulary.clone()), ..Self::new(Alphabet::for_vocabulary(vocabulary)) }
    }

    /// Whether the model has an id for a symbol; if the model is not known, whether one with this alphabet may have it.
    fn has(&self, symbol: char) -> bool {
        match &self.vocabulary {
            Some(vocabulary) => vocabulary.id(symbol).is_some(),
            None => phonemes::is_known(symbol) || self.alphabet == Alphabet::Zhuyin && syllable::is_zhuyin(symbol),
        }
    }

    /// Appends the tokens of a line.
    fn push_line(&self, line: &str, out: &mut Output) -> Result<()> {
        let mut run = Run::default();
        for piece in pieces(line) {
            if let Piece::Chinese { written, spoken } = &piece {
                run.push(written, spoken);
                continue;
            }
            self.push_run(&std::mem::take(&mut run), out);
            match piece {
                Piece::Chinese { .. } => {}
                Piece::Latin(words) => self.push_latin(words, out)?,
                Piece::Phonemes { word, phonemes } => {
                    let spoken = links::spoken(word, phonemes, |symbol| self.has(symbol));
                    out.push_word(Token::new(word, spoken, ""));
                }
                Piece::Punctuation { written, mark } => out.push_punctuation(written, mark),
                Piece::Space => out.push_space(),
                Piece::Skipped(symbol) => out.skipped.push(symbol),
            }
        }
        self.push_run(&run, out);
        Ok(())
    }

    /// Appends the words of a run of Chinese characters.
    fn push_run(&self, run: &Run<'_>, out: &mut Output) {
        if run.spoken.is_empty() {
            return;
        }
        let mut at = 0;
        let mut tokens: Vec<Token> = Vec::new();
        let words = words(&run.spoken, self.alphabet, &mut out.skipped);
        let words = if self.alphabet == Alphabet::Zhuyin { sandhi::apply(words) } else { words };
        for word in words {
            let phonemes = word.syllables.iter().map(|syllable| match self.alphabet {
                Alphabet::Ipa => syllable.ipa(),
                Alphabet::Zhuyin => syllable.zhuyin(),
            });
            let phonemes: String = phonemes.collect();
            let text = run.written(at, at + word.text.len());
            at += word.text.len();
            let gap = if self.alphabet == Alphabet::Ipa { " " } else { "/" };
            match tokens.last_mut() {
                // A number that became several words is one token.
                Some(last) if text.is_empty() || last.phonemes.is_empty() => {
                    last.text += &text;
                    if !last.phonemes.is_empty() && !phonemes.is_empty() {
                        last.phonemes += gap;
                    }
                    last.phonemes += &phonemes;
                }
                last => {
                    if let Some(last) = last {
                        gap.clone_into(&mut last.whitespace);
                    }
                    tokens.push(Token::new(text, phonemes, ""));
                }
            }
        }
        tokens
            .into_iter()
            .enumerate()
            .for_each(|(at, token)| if at == 0 { out.push_word(token) } else { out.tokens.push(token) });
    }

    /// Appends Latin words.
    fn push_latin(&self, words: &str, out: &mut Output) -> Result<()> {
        let english = match self.english.get() {
            Some(english) => english,
            None => {
                let loaded = English::new(Accent::American)?;
                self.english.get_or_init(|| loaded)
            }
        };
        // A plain "A" would be the article.
        let letter = ["a", "A"].contains(&words);
        let tokens = english.tokens(if letter { "[A](/ˈA/)" } else { words })?;
        for (at, mut token) in tokens.into_iter().enumerate() {
            if letter {
                words.clone_into(&mut token.text);
            }
            if at == 0 { out.push_word(token) } else { out.tokens.push(token) }
        }
        Ok(())
    }
}

/// The words of a run of Chinese characters, with a syllable for each character that has a reading.
fn words(spoken: &str, alphabet: Alphabet, skipped: &mut Vec<char>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for tag in JIEBA.tag(spoken, true) {
        let parts = if alphabet == Alphabet::Zhuyin { known_parts(tag.word) } else { None };
        for (text, tag) in parts.unwrap_or_else(|| vec![(tag.word, tag.tag)]) {
            let read = particle(text, tag, words.last())
                .map_or_else(|| readings::read(text), |pinyin| vec![Syllable::parse(pinyin)]);
            skipped
                .extend(text.chars().zip(&read).filter(|(_, syllable)| syllable.is_none()).map(|(symbol, _)| symbol));
            let third = text.char_indices().nth(2).map(|(at, _)| JIEBA.has_word(&text[..at]));
            let head = third.map_or(0, |two| if two { 2 } else { 1 });
            let syllables = read.into_iter().flatten().collect();
            words.push(Word { text: text.to_owned(), tag: tag.to_owned(), syllables, head });
        }
    }
    words
}

/// The reading of 地 and 得 as particles. The default readings are those of the noun and of the verb "to get".
fn particle(text: &str, tag: &str, before: Option<&Word>) -> Option<&'static str> {
    let verb = before.is_some_and(|before| before.tag.starts_with(['v', 'a']));
    match (text, tag) {
        ("地", "uv") => Some("de"),
        ("得", "ud") if verb => Some("de"),
        // "must"
        ("得", "ud") if before.is_some_and(|before| before.tag.starts_with('r')) => Some("dei3"),
        _ => None,
    }
}

/// The characters of a word that jieba guessed, if one of them is a verb, a pronoun or the like. v1.1-zh was trained with
/// a segmentation by parts of speech, which divides such words.
fn known_parts(word: &str) -> Option<Vec<(&str, &str)>> {
    if word.chars().nth(1).is_none() || JIEBA.has_word(word) {
        return None;
    }
    let ends = word.char_indices().map(|(at, symbol)| &word[at..at + symbol.len_utf8()]);
    let parts: Vec<(&str, &str)> =
        ends.map(|part| (part, JIEBA.tag(part, false).first().map_or("x", |tag| tag.tag))).collect();
    let common = parts.iter().any(|(_, tag)| tag.starts_with(['r', 'v', 'd', 'p', 'm', 'a', 'u', 'c']));
    let number = parts.iter().all(|(_, tag)| *tag == "m");
    (common && !number).then_some(parts)
}

/// A run of Chinese characters, and the text that they stand for.
#[derive(Default)]
struct Run<'a> {
    spoken: String,
    /// Ranges of `spoken`, in bytes, and the text they stand for, if it differs.
    rewritten: Vec<(std::ops::Range<usize>, &'a str)>,
}

impl<'a> Run<'a> {
    fn push(&mut self, written: &'a str, spoken: &str) {
        let start = self.spoken.len();
        self.spoken += spoken;
        if written != spoken {
            self.rewritten.push((start..self.spoken.len(), written));
        }
    }

    /// The text for a range of `spoken`, in bytes. Rewritten text belongs to the word with its first character.
    fn written(&self, from: usize, to: usize) -> String {
        let (mut text, mut at) = (String::new(), from);
        let first = self.rewritten.partition_point(|(range, _)| range.end < from);
        for (range, written) in &self.rewritten[first..] {
            if range.start >= to {
                break;
            }
            if range.end <= from && !(range.is_empty() && range.start == from) {
                continue;
            }
            text += &self.spoken[at..range.start.max(at)];
            if range.start >= from {
                text += written;
            }
            at = range.end.min(to).max(at);
        }
        text + &self.spoken[at..to]
    }
}

/// The tokens so far.
#[derive(Default)]
struct Output {
    tokens: Vec<Token>,
    skipped: Vec<char>,
}

impl Output {
    /// Appends a word, with a space before it unless punctuation is there.
    fn push_word(&mut self, token: Token) {
        if self
            .tokens
            .last()
            .is_some_and(|last| last.phonemes.ends_with(|c: char| !"—(“\"".contains(c) && !".,!?;:…”)".contains(c)))
        {
            self.push_space();
        }
        self.tokens.push(token);
    }

    fn push_punctuation(&mut self, written: &str, mark: &str) {
        if mark.starts_with(' ') {
            self.push_space();
        }
        let after = if mark.ends_with(' ') { " " } else { "" };
        self.tokens.push(Token::new(written, mark.trim(), after));
    }

    fn push_space(&mut self) {
        if let Some(last) = self.tokens.last_mut() {
            " ".clone_into(&mut last.whitespace);
        }
    }
}

impl G2p for Mandarin {
    fn phonemize(&self, text: &str) -> Result<String> {
        let tokens = self.tokens(text)?;
        if tokens.is_empty() { Err(nothing_to_speak(text)) } else { Ok(token::phonemes(&tokens)) }
    }

    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        let mut out = Output::default();
        for line in text.lines() {
            out.push_space();
            let (line, before) = (written::read(line, Language::Mandarin), out.tokens.len());
            self.push_line(line.text(), &mut out)?;
            let tokens = out.tokens.split_off(before);
            out.tokens.extend(line.restore(tokens));
        }
        if !out.skipped.is_empty() {
            log::warn!("no pronunciation for {:?}, skipped", out.skipped.iter().collect::<String>());
        }
        let sounds = |token: &Token| token.phonemes.contains(char::is_alphabetic);
        Ok(if out.tokens.iter().any(sounds) { out.tokens } else { Vec::new() })
    }
}
