//! Mandarin: words by [jieba-rs](https://docs.rs/jieba-rs), readings by [pinyin](https://docs.rs/pinyin) and a table of
//! phrases, in the alphabet of the model that speaks.
//!
//! Figures, dates, times, sums and signs are read in Chinese, Latin words by [`English`]. Characters without a reading
//! are skipped with a warning.

mod numerals;
mod prepare;
mod readings;
mod sandhi;
mod syllable;

use std::sync::{LazyLock, OnceLock};

use jieba_rs::Jieba;

use super::english::{Accent, English};
use super::phonemes::Vocabulary;
use super::token::{self, Token};
use super::{G2p, nothing_in};
use crate::Result;
use prepare::Piece;
use sandhi::Word;
use syllable::Syllable;

/// Words with their frequencies and parts of speech. jieba-rs can embed them itself, but then builds zstd's C library to
/// compress them first: a tenth of the whole build.
const DICTIONARY: &str = include_str!("mandarin/jieba.txt");

static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    // Reading from memory fails only on a malformed line, and a test reads the file.
    Jieba::with_dict(&mut DICTIONARY.as_bytes()).unwrap_or_else(|_| Jieba::empty())
});

/// How syllables are written, which depends on the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alphabet {
    /// IPA with arrows for tones, of Kokoro-82M v1.0: as misaki's `ZHG2P()` writes them.
    #[default]
    Ipa,
    /// Zhuyin letters with figures for tones, of v1.1-zh: as misaki's `ZHG2P(version="1.1")` writes them.
    Zhuyin,
}

impl Alphabet {
    /// The one of the model that has this vocabulary.
    pub fn of(vocabulary: &Vocabulary) -> Self {
        if vocabulary.id('ㄅ').is_some() { Self::Zhuyin } else { Self::Ipa }
    }
}

/// Mandarin text to phonemes.
#[derive(Debug, Default)]
pub struct Mandarin {
    alphabet: Alphabet,
    /// Loaded with the first Latin word.
    english: OnceLock<English>,
}

impl Mandarin {
    /// A reader that writes the alphabet of a model. The dictionary is loaded with the first text: some 0.1 s.
    pub fn new(alphabet: Alphabet) -> Self {
        Self { alphabet, english: OnceLock::new() }
    }

    fn line(&self, line: &str, out: &mut Line) -> Result<()> {
        let mut run = Run::default();
        for piece in prepare::pieces(line) {
            if let Piece::Chinese { written, spoken } = &piece {
                run.push(written, spoken);
                continue;
            }
            self.run(&std::mem::take(&mut run), out);
            match piece {
                Piece::Chinese { .. } => {}
                Piece::Latin(words) => self.latin(words, out)?,
                Piece::Given { word, phonemes } => out.word(Token::new(word, phonemes.replace('g', "ɡ"), "")),
                Piece::Mark { written, mark } => out.mark(written, mark),
                Piece::Space => out.space(),
                Piece::Skipped(symbol) => out.skipped.push(symbol),
            }
        }
        self.run(&run, out);
        Ok(())
    }

    /// Chinese characters without anything between them.
    fn run(&self, run: &Run<'_>, out: &mut Line) {
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
                // A number that became several words is one.
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
            .for_each(|(at, token)| if at == 0 { out.word(token) } else { out.tokens.push(token) });
    }

    fn latin(&self, words: &str, out: &mut Line) -> Result<()> {
        let english = match self.english.get() {
            Some(english) => english,
            None => {
                let loaded = English::new(Accent::American)?;
                self.english.get_or_init(|| loaded)
            }
        };
        // Else it is the article.
        let letter = ["a", "A"].contains(&words);
        let tokens = english.tokens(if letter { "[A](/ˈA/)" } else { words })?;
        for (at, mut token) in tokens.into_iter().enumerate() {
            if letter {
                words.clone_into(&mut token.text);
            }
            if at == 0 { out.word(token) } else { out.tokens.push(token) }
        }
        Ok(())
    }
}

/// Words with a syllable for each character that has one.
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

/// How 地 and 得 are read that are neither the noun nor "to get", which the table has.
fn particle(text: &str, tag: &str, before: Option<&Word>) -> Option<&'static str> {
    let verb = before.is_some_and(|before| before.tag.starts_with(['v', 'a']));
    match (text, tag) {
        ("地", "uv") => Some("de"),
        ("得", "ud") if verb => Some("de"),
        // "Must"
        ("得", "ud") if before.is_some_and(|before| before.tag.starts_with('r')) => Some("dei3"),
        _ => None,
    }
}

/// The characters of what jieba took for a word that its dictionary lacks, if one of them is a verb, a pronoun or the
/// like: v1.1-zh was given such runs in parts, by a segmentation that knows parts of speech.
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

/// Chinese characters in a row, and what they were written as.
#[derive(Default)]
struct Run<'a> {
    spoken: String,
    /// Bytes of `spoken`, and what is written for them, where that is something else.
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

    /// What is written for these bytes; what was rewritten stands where it begins.
    fn written(&self, from: usize, to: usize) -> String {
        let (mut text, mut at) = (String::new(), from);
        for (range, written) in &self.rewritten {
            if range.end <= from && !(range.is_empty() && range.start == from) || range.start >= to {
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

/// Tokens so far.
#[derive(Default)]
struct Line {
    tokens: Vec<Token>,
    skipped: Vec<char>,
}

impl Line {
    /// A word that stands apart from the word before.
    fn word(&mut self, token: Token) {
        if self
            .tokens
            .last()
            .is_some_and(|last| last.phonemes.ends_with(|c: char| !"—(“\"".contains(c) && !".,!?;:…”)".contains(c)))
        {
            self.space();
        }
        self.tokens.push(token);
    }

    fn mark(&mut self, written: &str, mark: &str) {
        if mark.starts_with(' ') {
            self.space();
        }
        let after = if mark.ends_with(' ') { " " } else { "" };
        self.tokens.push(Token::new(written, mark.trim(), after));
    }

    fn space(&mut self) {
        if let Some(last) = self.tokens.last_mut() {
            " ".clone_into(&mut last.whitespace);
        }
    }
}

impl G2p for Mandarin {
    fn phonemize(&self, text: &str) -> Result<String> {
        let tokens = self.tokens(text)?;
        if tokens.is_empty() { Err(nothing_in(text)) } else { Ok(token::phonemes(&tokens)) }
    }

    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        let mut out = Line::default();
        // Full-width letters and figures are the narrow ones.
        let narrow = |c: char| match c {
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        };
        for line in text.lines() {
            out.space();
            self.line(&line.chars().map(narrow).collect::<String>(), &mut out)?;
        }
        if !out.skipped.is_empty() {
            log::warn!("no reading for {:?}: skipped", out.skipped.iter().collect::<String>());
        }
        let sounds = |token: &Token| token.phonemes.contains(char::is_alphabetic);
        Ok(if out.tokens.iter().any(sounds) { out.tokens } else { Vec::new() })
    }
}
