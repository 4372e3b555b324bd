//! Japanese with kanji, with a dictionary of MeCab that is read from files: naist-jdic, the one of Open JTalk.
//!
//! The dictionary divides a sentence into words and has their pronunciations; the rules of Open JTalk, by
//! [jpreprocess](https://docs.rs/jpreprocess-njd), read numbers with their counters. The phonemes, and where spaces are,
//! follow misaki's `JAG2P()`, on whose phonemes the model was trained. It looks words up in UniDic and has no rules for
//! numbers: there 一本 is "ichipon", and 10月1日 is read as four words.
//!
//! Words in Latin letters that the dictionary lacks are read by [`English`], or letter by letter if all are capitals.
//! Characters without a reading are skipped with a warning.

mod align;
mod dictionary;
mod lattice;
mod quantities;
mod spelling;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::OnceLock;
use std::{fmt, fs};

use jpreprocess_core::pos::{Doushi, Joshi, Meishi, POS, Setsubi};
use jpreprocess_core::word_entry::WordEntry;
use jpreprocess_njd::currency::process_currency;
use jpreprocess_njd::digit::njd_set_digit;
use jpreprocess_njd::digit_sequence::njd_digit_sequence;
use jpreprocess_njd::pronunciation::njd_set_pronunciation;
use jpreprocess_njd::{NJD, NJDNode};

use self::align::{Source, align, narrow};
use self::lattice::{Segmenter, Word};
use crate::english::{Accent, English};
use crate::error::{Error, Result};
use crate::g2p::{G2p, nothing_to_speak};
use crate::kana;
use crate::language::Language;
use crate::links::{self, inline_phonemes};
use crate::phonemes;
use crate::token::{self, Token};
use crate::written;

/// The environment variable with the folder of the dictionary.
pub const DICTIONARY_VARIABLE: &str = "KOKORO_JAPANESE_DICTIONARY";
/// The files of a dictionary, which are in one folder.
pub const DICTIONARY_FILES: [&str; 4] = ["sys.dic", "unk.dic", "matrix.bin", "char.bin"];

/// The most characters in which words are searched at once. Memory grows with them.
const MAX_SENTENCE: usize = 1000;

/// Japanese text to phonemes.
pub struct Japanese {
    segmenter: Segmenter,
    /// Loaded at the first Latin word.
    english: OnceLock<English>,
}

impl Japanese {
    /// Uses the contents of the dictionary's files, in the order of [`DICTIONARY_FILES`].
    ///
    /// # Errors
    /// [`Error::BadFile`] if one is damaged.
    pub fn from_bytes(files: [Vec<u8>; 4]) -> Result<Self> {
        let [words, unknown, costs, characters] = files;
        let [a, b, c, d] = DICTIONARY_FILES;
        let segmenter = Segmenter::new((a, words), (b, unknown), (c, costs), (d, &characters))?;
        Ok(Self { segmenter, english: OnceLock::new() })
    }

    /// Reads the dictionary in a folder: the files of [`DICTIONARY_FILES`]. naist-jdic takes as much memory as its files
    /// have bytes: 107 MB.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be read, [`Error::BadFile`] if it is damaged.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let read = |name| {
            let path = folder.as_ref().join(name);
            fs::read(&path).map_err(|source| Error::Io { action: "read", path, source })
        };
        let [words, unknown, costs, characters] = DICTIONARY_FILES;
        Self::from_bytes([read(words)?, read(unknown)?, read(costs)?, read(characters)?]).map_err(|error| match error {
            Error::BadFile { origin, reason, source } => {
                let origin = folder.as_ref().join(origin).display().to_string();
                Error::BadFile { origin, reason, source }
            }
            error => error,
        })
    }

    /// Appends the tokens of a sentence.
    fn push_sentence(&self, sentence: &str, out: &mut Output) -> Result<()> {
        let source = Source::new(sentence);
        let words = self.segmenter.words(source.normalized())?;
        let (mut at, mut rest) = (0, words.as_slice());
        while !rest.is_empty() {
            let latin = |word: &Word<'_>| !word.is_known && word.text.contains(|c| narrow(c).is_ascii_alphabetic());
            let end = rest.iter().position(latin).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            at = push_run(&source, at, run, out);
            rest = after;
            if let Some((word, after)) = after.split_first() {
                let end = at + word.text.len();
                self.push_latin(source.written(at..end), word.text, out)?;
                (at, rest) = (end, after);
            }
        }
        Ok(())
    }

    /// Appends a word in Latin letters that the dictionary lacks; `wide` is full-width.
    fn push_latin(&self, written: &str, wide: &str, out: &mut Output) -> Result<()> {
        let word: String = wide.chars().map(narrow).collect();
        if word.chars().all(|c| c.is_ascii_uppercase()) {
            let mut kana = String::new();
            for (at, letter) in wide.char_indices() {
                let letters = self.segmenter.words(&wide[at..at + letter.len_utf8()])?;
                kana.extend(read(&letters).iter().map(pronunciation));
            }
            out.push_word(Token::new(written, kana::word(&kana, false), ""));
            return Ok(());
        }
        let english = match self.english.get() {
            Some(english) => english,
            None => {
                let loaded = English::new(Accent::American)?;
                self.english.get_or_init(|| loaded)
            }
        };
        let phonemes = token::phonemes(&english.tokens(&word)?);
        out.push_word(Token::new(written, phonemes, ""));
        Ok(())
    }
}

// Without the dictionary, which would be 107 million numbers.
impl fmt::Debug for Japanese {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Japanese").finish_non_exhaustive()
    }
}

impl G2p for Japanese {
    fn phonemize(&self, text: &str) -> Result<String> {
        let tokens = self.tokens(text)?;
        if tokens.is_empty() { Err(nothing_to_speak(text)) } else { Ok(token::phonemes(&tokens)) }
    }

    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        let mut out = Output::default();
        for line in text.lines() {
            out.push_space();
            let (line, before) = (written::read(line, Language::Japanese), out.tokens.len());
            for piece in pieces(line.text()) {
                match piece {
                    Piece::Sentence(sentence) => self.push_sentence(sentence, &mut out)?,
                    Piece::Phonemes(word, phonemes) => {
                        out.push_word(Token::new(word, links::spoken(word, phonemes, phonemes::is_known), ""));
                    }
                }
            }
            let tokens = out.tokens.split_off(before);
            out.tokens.extend(line.restore(tokens));
        }
        if !out.skipped.is_empty() {
            log::warn!("no pronunciation for {:?}, skipped", out.skipped);
        }
        let sounds = |token: &Token| token.phonemes.contains(char::is_alphabetic);
        Ok(if out.tokens.iter().any(sounds) { out.tokens } else { Vec::new() })
    }
}

/// A part of a line.
enum Piece<'a> {
    Sentence(&'a str),
    /// A word with its phonemes: `[word](/phonemes/)`.
    Phonemes(&'a str, &'a str),
}

/// Divides a line at inline phonemes and after sentences.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut start, mut at, mut count) = (Vec::new(), 0, 0, 0);
    while let Some(symbol) = line[at..].chars().next() {
        if let Some((word, phonemes, length)) = inline_phonemes(&line[at..]) {
            pieces.extend([Piece::Sentence(&line[start..at]), Piece::Phonemes(word, phonemes)]);
            at += length;
            (start, count) = (at, 0);
            continue;
        }
        at += symbol.len_utf8();
        count += 1;
        if matches!(symbol, '。' | '！' | '？' | '!' | '?') || count == MAX_SENTENCE {
            pieces.push(Piece::Sentence(&line[start..at]));
            (start, count) = (at, 0);
        }
    }
    pieces.push(Piece::Sentence(&line[start..]));
    pieces
}

/// The words as Open JTalk reads them: with the pronunciations of unknown kana, numbers and counters.
fn read(words: &[Word<'_>]) -> Vec<NJDNode> {
    let mut njd = NJD { nodes: Vec::new() };
    for word in words {
        let mut details: Vec<&str> = word.feature.split(',').collect();
        details.resize(12, "*");
        // Accents are not used, so their faults do not matter. A colon stands between those of a compound's parts.
        let accents = details[9].replace(|c| c != ':', "");
        (details[9], details[10]) = (&accents, "*");
        // A compound has the texts of its parts in the seventh field. All but the last must be in the word.
        let head = details[6].rsplit_once(':').map_or(String::new(), |(head, _)| head.replace(':', ""));
        let entry = match WordEntry::load(&details) {
            Ok(entry) if word.text.starts_with(&head) => entry,
            _ => {
                log::debug!("{}: cannot use {:?}", word.text, word.feature);
                WordEntry::default()
            }
        };
        njd.nodes.extend(NJDNode::load(word.text, &entry));
    }
    njd_set_pronunciation(&mut njd);
    process_currency(&mut njd);
    njd_digit_sequence(&mut njd);
    njd_set_digit(&mut njd);
    njd.nodes
}

/// The pronunciation in katakana, without the marks at vowels that have no voice. Punctuation has none.
fn pronunciation(node: &NJDNode) -> String {
    if node.get_pron().mora_size() == 0 {
        return String::new();
    }
    let mut kana = node.get_pron().to_pure_string().replace(['’', '、', '？'], "");
    // The model knows the end of an adjective, and 言い, as a long vowel.
    if let Some(stem) = kana.strip_suffix('イ')
        && (stem == "イ" || matches!(node.get_pos(), POS::Keiyoushi(_)))
        && stem.ends_with(['イ', 'シ', 'キ', 'チ', 'ニ', 'ミ', 'リ'])
    {
        kana = format!("{stem}ー");
    }
    kana
}

/// A word with its pronunciation. A number may become several.
struct Spoken {
    written: String,
    kana: Vec<String>,
}

impl Spoken {
    fn token(self) -> Token {
        let phonemes: Vec<String> = self.kana.iter().map(|kana| kana::word(kana, false)).collect();
        Token::new(self.written, phonemes.join(" "), "")
    }
}

/// Appends a run of words, which begins at the byte `start` of the normalized text. Returns its end.
fn push_run(source: &Source<'_>, start: usize, run: &[Word<'_>], out: &mut Output) -> usize {
    let end = start + run.iter().map(|word| word.text.len()).sum::<usize>();
    let nodes = read(run);
    let strings: Vec<&str> = nodes.iter().map(NJDNode::get_string).collect();
    let ranges = align(&source.normalized()[start..end], &strings);
    let mut spoken: Option<Spoken> = None;
    for (at, (node, range)) in nodes.iter().zip(ranges).enumerate() {
        let written = source.written(start + range.start..start + range.end);
        let kana = pronunciation(node);
        match &mut spoken {
            _ if kana.is_empty() => {
                spoken.take().into_iter().for_each(|word| out.push_word(word.token()));
                out.push_symbols(written);
            }
            Some(word) if at > 0 && is_one_word(&nodes[at - 1], node) => {
                word.written += written;
                word.kana.last_mut().into_iter().for_each(|last| *last += &kana);
            }
            Some(word) if written.is_empty() => word.kana.push(kana),
            _ => {
                let word = Spoken { written: written.trim().to_owned(), kana: vec![kana] };
                spoken.replace(word).into_iter().for_each(|word| out.push_word(word.token()));
            }
        }
    }
    spoken.into_iter().for_each(|word| out.push_word(word.token()));
    end
}

/// Whether no space is between two words, about as in misaki, which joins what a list of 147,570 words has: endings of
/// verbs, suffixes of nouns, and short numbers.
fn is_one_word(before: &NJDNode, node: &NJDNode) -> bool {
    let (last, kana) = (pronunciation(before), pronunciation(node));
    if last.ends_with('ッ') || kana.starts_with(['ッ', 'ー']) {
        return true;
    }
    let string = node.get_string();
    match (before.get_pos(), node.get_pos()) {
        // 行きます and 行かない are one word, 行き ました and 行き たい two.
        (POS::Doushi(_), POS::Jodoushi) => {
            !["まし", "ませ", "たい", "たく", "たかっ"].iter().any(|apart| string.starts_with(apart))
        }
        (POS::Doushi(_), POS::Doushi(Doushi::Setsubi)) => true,
        (POS::Jodoushi | POS::Keiyoushi(_), POS::Jodoushi) => matches!(string, "た" | "だ" | "う" | "ん"),
        (POS::Doushi(_) | POS::Jodoushi | POS::Keiyoushi(_), POS::Joshi(Joshi::SetsuzokuJoshi)) => {
            matches!(string, "て" | "で" | "ば" | "ちゃ" | "じゃ")
        }
        (POS::Meishi(_), POS::Meishi(Meishi::Setsubi(Setsubi::General | Setsubi::Special))) => true,
        (before_pos, pos) if before_pos.is_kazu() && pos.is_kazu() => {
            matches!((before.get_string(), string), ("三", "百" | "千" | "万") | ("千", "万") | (_, "十"))
                || (before.get_string() == "十" && !matches!(string, "万" | "億" | "兆"))
        }
        (before_pos, _) => before_pos.is_kazu() && string == "時",
    }
}

/// The tokens so far.
#[derive(Default)]
struct Output {
    tokens: Vec<Token>,
    skipped: String,
}

impl Output {
    /// Appends a word, with a space before it unless a bracket opens there.
    fn push_word(&mut self, token: Token) {
        if !self.tokens.last().is_some_and(|last| last.phonemes.ends_with(['(', '“', '—', '…'])) {
            self.push_space();
        }
        self.tokens.push(token);
    }

    /// Appends punctuation and white space.
    fn push_symbols(&mut self, symbols: &str) {
        for symbol in symbols.chars() {
            let Some(mark) = kana::punctuation(symbol) else {
                match symbol {
                    '・' => self.push_space(),
                    symbol if symbol.is_whitespace() => self.push_space(),
                    symbol => self.skipped.push(symbol),
                }
                continue;
            };
            if let Some(last) = self.tokens.last_mut() {
                last.whitespace = if mark.starts_with(' ') { " ".to_owned() } else { String::new() };
            }
            let after = if mark.ends_with(' ') { " " } else { "" };
            self.tokens.push(Token::new(symbol, mark.trim(), after));
        }
    }

    fn push_space(&mut self) {
        if let Some(last) = self.tokens.last_mut() {
            " ".clone_into(&mut last.whitespace);
        }
    }
}
