//! A compiled dictionary of MeCab (`mecab-dict-index`): four files of little-endian numbers.
//!
//! ```text
//! sys.dic, unk.dic  u32 magic, version, kind, words, left ids, right ids, bytes of the three parts, 0; char charset[32]
//!                   double array   { i32 base, u32 check }[]   text -> number of words << 0 | first word << 8
//!                   words          { u16 left id, u16 right id, u16, i16 cost, u32 offset of the feature, u32 }[]
//!                   features       strings that end with NUL
//! matrix.bin        u16 right ids, u16 left ids, i16 cost[left id][right id]
//! char.bin          u32 categories, char name[32][], u32 class[0xffff]
//! ```
//!
//! Sizes and ids are checked when a file is opened, positions when they are followed, so that a damaged file is an error.

use std::fmt::Display;

use crate::error::{Error, Result};

/// `magic` is the size of the file, mixed with this number.
const MAGIC: u32 = 0xef71_8f77;
const VERSION: u32 = 102;
const HEADER: usize = 72;
/// The most bytes that a word of the dictionary may have.
const MAX_WORD: usize = 512;

/// A word of the dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub left: u16,
    pub right: u16,
    pub cost: i16,
    /// Where its feature is.
    feature: u32,
}

/// A `sys.dic` or `unk.dic`.
pub struct Lexicon {
    origin: String,
    bytes: Vec<u8>,
    /// Where the words begin, and after them the features.
    words: usize,
    features: usize,
}

impl Lexicon {
    /// Checks the sizes in the header, and that the ids of all words are in the matrix.
    pub fn new(origin: &str, bytes: Vec<u8>, costs: &Costs) -> Result<Self> {
        let bad = |reason: &str| Err(bad_file(origin, reason));
        let Some(header) = bytes.get(..HEADER) else { return bad("it is shorter than its header") };
        let number = |at: usize| u32_at(header, at * 4).unwrap_or_default();
        if number(0) ^ MAGIC != bytes.len() as u32 || number(1) != VERSION {
            return bad("it is not a dictionary of MeCab, version 102, or is not complete");
        }
        let charset = header[40..].split(|byte| *byte == 0).next().unwrap_or_default();
        if !charset.eq_ignore_ascii_case(b"utf-8") && !charset.eq_ignore_ascii_case(b"utf8") {
            return bad("its text is not UTF-8");
        }
        let (array, words, features) = (number(6) as usize, number(7) as usize, number(8) as usize);
        let parts = array.checked_add(words).and_then(|size| size.checked_add(features));
        if parts != Some(bytes.len() - HEADER) || array % 8 != 0 || words % 16 != 0 || bytes.last() != Some(&0) {
            return bad("the sizes of its parts do not fit the file");
        }
        let this = Self { origin: origin.to_owned(), words: HEADER + array, features: HEADER + array + words, bytes };
        let beyond = |word: usize| {
            this.entry(word).is_none_or(|Entry { left, right, .. }| left >= costs.left || right >= costs.right)
        };
        if (0..words / 16).any(beyond) {
            return bad("a word has an id that is not in matrix.bin");
        }
        Ok(this)
    }

    /// The words that `text` begins with, each with its length in bytes, shorter ones first.
    pub fn prefixes(&self, text: &[u8], found: &mut Vec<(usize, Entry)>) -> Result<()> {
        let Some((mut base, _)) = self.unit(0) else { return Ok(()) };
        for length in 0..=text.len().min(MAX_WORD) {
            if let Some((value, check)) = self.unit(base)
                && check == base
                && (value as i32) < 0
            {
                self.push_words(!value, length, found)?;
            }
            let Some(next) = text.get(length).map(|byte| base.wrapping_add(u32::from(*byte) + 1)) else { break };
            match self.unit(next) {
                Some((after, check)) if check == base => base = after,
                _ => break,
            }
        }
        Ok(())
    }

    /// The words with exactly this text.
    pub fn words(&self, text: &[u8]) -> Result<Vec<Entry>> {
        let mut found = Vec::new();
        self.prefixes(text, &mut found)?;
        Ok(found.into_iter().filter(|(length, _)| *length == text.len()).map(|(_, entry)| entry).collect())
    }

    /// Parts of speech and pronunciation, separated by commas.
    pub fn feature(&self, entry: Entry) -> Result<&str> {
        let from = self.features + entry.feature as usize;
        let bytes = self.bytes.get(from..).and_then(|bytes| bytes.split(|byte| *byte == 0).next());
        bytes
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .ok_or_else(|| bad_file(&self.origin, "the feature of a word is not in it, or not UTF-8"))
    }

    fn push_words(&self, value: u32, length: usize, found: &mut Vec<(usize, Entry)>) -> Result<()> {
        let (first, count) = ((value >> 8) as usize, (value & 0xff) as usize);
        for word in first..first + count {
            let entry = self.entry(word);
            found.push((length, entry.ok_or_else(|| bad_file(&self.origin, "its index names a word that it lacks"))?));
        }
        Ok(())
    }

    /// Base and check of a unit of the double array.
    fn unit(&self, at: u32) -> Option<(u32, u32)> {
        let from = HEADER + at as usize * 8;
        let array = self.bytes.get(..self.words)?;
        Some((u32_at(array, from)?, u32_at(array, from + 4)?))
    }

    fn entry(&self, word: usize) -> Option<Entry> {
        let bytes = self.bytes.get(..self.features)?.get(self.words + word * 16..)?;
        let (left, right, cost) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?, u16_at(bytes, 6)? as i16);
        Some(Entry { left, right, cost, feature: u32_at(bytes, 8)? })
    }
}

/// `matrix.bin`: the costs of one word after another.
pub struct Costs {
    bytes: Vec<u8>,
    /// How many ids a word can have for the word before it, and for the word after it.
    left: u16,
    right: u16,
}

impl Costs {
    pub fn new(origin: &str, bytes: Vec<u8>) -> Result<Self> {
        let (right, left) = (u16_at(&bytes, 0).unwrap_or_default(), u16_at(&bytes, 2).unwrap_or_default());
        if left == 0 || right == 0 || bytes.len() != 4 + 2 * usize::from(left) * usize::from(right) {
            return Err(bad_file(origin, "its size is not that of a matrix of costs"));
        }
        Ok(Self { bytes, left, right })
    }

    /// The cost of a word with this left id after a word with this right id.
    pub fn between(&self, right: u16, left: u16) -> i16 {
        let at = usize::from(right) + usize::from(self.right) * usize::from(left);
        u16_at(&self.bytes, 4 + 2 * at).unwrap_or_default() as i16 // `Lexicon::new` has checked the ids
    }
}

/// `char.bin`: how unknown words are found.
pub struct Characters {
    categories: Vec<String>,
    classes: Vec<u32>,
}

/// The class of a character.
#[derive(Clone, Copy, Debug)]
pub struct Class(u32);

impl Characters {
    pub fn new(origin: &str, bytes: &[u8]) -> Result<Self> {
        let bad = |reason: &str| Err(bad_file(origin, reason));
        // A class has a bit for each of 18 categories.
        let count = u32_at(bytes, 0).unwrap_or_default() as usize;
        if !(1..=18).contains(&count) || bytes.len() != 4 + 32 * count + 4 * 0xffff {
            return bad("its size is not that of a table of characters");
        }
        let (names, classes) = bytes[4..].split_at(32 * count);
        let mut categories = Vec::new();
        for name in names.chunks_exact(32) {
            match str::from_utf8(name.split(|byte| *byte == 0).next().unwrap_or_default()) {
                Ok(name) => categories.push(name.to_owned()),
                Err(_) => return bad("the name of a category is not UTF-8"),
            }
        }
        let classes: Vec<u32> = classes.chunks_exact(4).filter_map(|class| u32_at(class, 0)).collect();
        if classes.iter().any(|class| Class(*class).category() >= count) {
            return bad("a character has a category that it lacks");
        }
        Ok(Self { categories, classes })
    }

    pub fn class(&self, symbol: char) -> Class {
        // The table ends with the characters of 16 bits; others are like the first.
        let class = self.classes.get(symbol as usize).or_else(|| self.classes.first());
        Class(class.copied().unwrap_or_default())
    }

    pub fn categories(&self) -> &[String] {
        &self.categories
    }
}

impl Class {
    /// Whether both have a category in common.
    pub fn is_like(self, other: Self) -> bool {
        self.0 & other.0 & 0x3_ffff != 0
    }

    /// The category that unknown words of this character have.
    pub fn category(self) -> usize {
        (self.0 >> 18 & 0xff) as usize
    }

    /// An unknown word may have up to this many characters.
    pub fn length(self) -> usize {
        (self.0 >> 26 & 0xf) as usize
    }

    /// All characters in a row that are alike may be an unknown word.
    pub fn groups(self) -> bool {
        self.0 >> 30 & 1 == 1
    }

    /// Unknown words are considered where the dictionary has words, too.
    pub fn always(self) -> bool {
        self.0 >> 31 == 1
    }
}

/// The error for a damaged file.
pub fn bad_file(origin: &str, reason: impl Display) -> Error {
    let reason = format!("{reason}; get the dictionary anew");
    Error::BadFile { origin: origin.to_owned(), reason, source: None }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
