//! The vocabulary of the network: each phoneme is one code point and has one id.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fmt, fs, io};

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};

/// The most phoneme ids in one utterance, without the two boundary tokens.
pub const MAX_PHONEMES: usize = 510;

// The `vocab` of the published config.json, sorted by code point. Id 0 is the boundary token and has no symbol.
#[rustfmt::skip]
const VOCABULARY: [(char, u32); 114] = [
    (' ', 16), ('!', 5), ('"', 11), ('(', 12), (')', 13), (',', 3), ('.', 4), (':', 2), (';', 1), ('?', 6),
    ('A', 24), ('I', 25), ('O', 31), ('Q', 33), ('S', 35), ('T', 36), ('W', 39), ('Y', 41), ('a', 43),
    ('b', 44), ('c', 45), ('d', 46), ('e', 47), ('f', 48), ('h', 50), ('i', 51), ('j', 52), ('k', 53),
    ('l', 54), ('m', 55), ('n', 56), ('o', 57), ('p', 58), ('q', 59), ('r', 60), ('s', 61), ('t', 62),
    ('u', 63), ('v', 64), ('w', 65), ('x', 66), ('y', 67), ('z', 68), ('æ', 72), ('ç', 78), ('ð', 81),
    ('ø', 116), ('ŋ', 112), ('œ', 120), ('ɐ', 70), ('ɑ', 69), ('ɒ', 71), ('ɔ', 76), ('ɕ', 77), ('ɖ', 80),
    ('ə', 83), ('ɚ', 85), ('ɛ', 86), ('ɜ', 87), ('ɟ', 90), ('ɡ', 92), ('ɣ', 139), ('ɤ', 140), ('ɥ', 99),
    ('ɨ', 101), ('ɪ', 102), ('ɯ', 110), ('ɰ', 111), ('ɲ', 114), ('ɳ', 113), ('ɴ', 115), ('ɸ', 118),
    ('ɹ', 123), ('ɻ', 126), ('ɽ', 129), ('ɾ', 125), ('ʁ', 128), ('ʂ', 130), ('ʃ', 131), ('ʈ', 132),
    ('ʊ', 135), ('ʋ', 136), ('ʌ', 138), ('ʎ', 143), ('ʒ', 147), ('ʔ', 148), ('ʝ', 103), ('ʣ', 18), ('ʤ', 82),
    ('ʥ', 19), ('ʦ', 20), ('ʧ', 133), ('ʨ', 21), ('ʰ', 162), ('ʲ', 164), ('ˈ', 156), ('ˌ', 157), ('ː', 158),
    ('\u{303}', 17), ('β', 75), ('θ', 119), ('χ', 142), ('ᵊ', 42), ('ᵝ', 22), ('ᵻ', 177), ('—', 9),
    ('“', 14), ('”', 15), ('…', 10), ('→', 171), ('↓', 169), ('↗', 172), ('↘', 173), ('\u{ab67}', 23),
];

/// The code points of a model and their ids: those of v1.0, or another vocabulary such as that of v1.1-zh.
#[derive(Clone, PartialEq, Eq)]
pub struct Vocabulary {
    /// Sorted by code point.
    symbols: Cow<'static, [(char, u32)]>,
}

/// The part of a `config.json` that describes the vocabulary.
#[derive(Deserialize)]
struct Config {
    /// Ids stay JSON values, so that an error can show the entry that is wrong.
    vocab: Option<BTreeMap<String, Value>>,
    n_token: Option<u32>,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vocabulary({} symbols)", self.symbols.len())
    }
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self::published()
    }
}

impl Vocabulary {
    /// The vocabulary of Kokoro-82M v1.0.
    pub const fn published() -> Self {
        Self { symbols: Cow::Borrowed(&VOCABULARY) }
    }

    /// Reads the `vocab` of a model's `config.json`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] as for [`from_config_json`](Self::from_config_json).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_config_json(&path.display().to_string(), &read(path)?)
    }

    /// Reads the `vocab` of a `config.json` in memory. `origin` names the file in errors.
    ///
    /// # Errors
    /// [`Error::BadFile`] if there is no vocabulary, if a key is not one code point, or if an id is not in
    /// 1..`n_token`. Id 0 is the boundary token.
    pub fn from_config_json(origin: &str, json: &[u8]) -> Result<Self> {
        let bad_file = |reason, source| Error::BadFile { origin: origin.to_owned(), reason, source };
        let wrong = |reason: String| bad_file(reason, None);
        let config: Config = serde_json::from_slice(json)
            .map_err(|error| bad_file(format!("is no config.json: {error}"), Some(error)))?;
        let vocabulary = config.vocab.filter(|vocabulary| !vocabulary.is_empty());
        let vocabulary = vocabulary.ok_or_else(|| wrong("has no vocab".to_owned()))?;
        let n_token = config.n_token.ok_or_else(|| wrong("has no n_token".to_owned()))?;
        let symbol = |(key, id): (String, Value)| {
            let mut symbols = key.chars();
            let (Some(symbol), None) = (symbols.next(), symbols.next()) else {
                return Err(wrong(format!("vocab: {key:?} is not one code point")));
            };
            let valid = id.as_u64().and_then(|id| u32::try_from(id).ok()).filter(|id| (1..n_token).contains(id));
            let id = valid.ok_or_else(|| {
                wrong(format!("vocab: {key:?} has id {id}, expected 1 to {}", n_token.saturating_sub(1)))
            })?;
            Ok((symbol, id))
        };
        let mut symbols: Vec<(char, u32)> = vocabulary.into_iter().map(symbol).collect::<Result<_>>()?;
        symbols.sort_unstable();
        Ok(Self { symbols: symbols.into() })
    }

    /// The ids of a phoneme string, one per code point of the vocabulary. Other code points are dropped, as the Python
    /// package does; [`unknown`](Self::unknown) lists them. The two boundary tokens (id 0) are not included.
    pub fn ids(&self, phonemes: &str) -> Vec<u32> {
        phonemes.chars().filter_map(|symbol| self.id(symbol)).collect()
    }

    /// The code points of a phoneme string that [`ids`](Self::ids) drops, in order of appearance.
    pub fn unknown(&self, phonemes: &str) -> impl Iterator<Item = char> {
        phonemes.chars().filter(|&symbol| self.id(symbol).is_none())
    }

    /// The phoneme symbol of an id; the first if several symbols share the id.
    pub fn symbol(&self, id: u32) -> Option<char> {
        self.symbols.iter().find(|(_, other)| *other == id).map(|(symbol, _)| *symbol)
    }

    /// The id of one phoneme symbol.
    pub fn id(&self, symbol: char) -> Option<u32> {
        self.symbols.binary_search_by_key(&symbol, |(symbol, _)| *symbol).ok().map(|at| self.symbols[at].1)
    }

    /// All symbols and their ids, sorted by code point.
    pub fn symbols(&self) -> &[(char, u32)] {
        &self.symbols
    }
}

/// The bytes of a regular file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |action| move |source| Error::Io { action, path: path.to_owned(), source };
    // Check before opening: opening a named pipe would block until it has a writer.
    let found = fs::metadata(path).map_err(failed("open"))?;
    if found.is_dir() {
        return Err(failed("open")(io::ErrorKind::IsADirectory.into()));
    }
    if !found.is_file() {
        let (origin, reason) = (path.display().to_string(), "is not a regular file".to_owned());
        return Err(Error::BadFile { origin, reason, source: None });
    }
    fs::read(path).map_err(failed("read"))
}

static PUBLISHED: Vocabulary = Vocabulary::published();

/// [`Vocabulary::ids`] of the published vocabulary.
pub fn ids(phonemes: &str) -> Vec<u32> {
    PUBLISHED.ids(phonemes)
}

/// [`Vocabulary::unknown`] of the published vocabulary.
pub fn unknown(phonemes: &str) -> impl Iterator<Item = char> {
    PUBLISHED.unknown(phonemes)
}

/// [`Vocabulary::symbol`] of the published vocabulary.
pub fn symbol(id: u32) -> Option<char> {
    PUBLISHED.symbol(id)
}

/// Whether the published vocabulary has an id for a symbol.
#[cfg(feature = "languages")]
pub(crate) fn is_known(symbol: char) -> bool {
    PUBLISHED.id(symbol).is_some()
}
