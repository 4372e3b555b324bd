//! What [misaki](https://github.com/hexgrad/misaki), the G2P that Kokoro was trained with, does with a line of English.
//!
//! The line is divided as spaCy does and tagged; each piece is looked up from the last to the first, because "the", "to" and
//! the like depend on the sound after them; and pieces without white space between them are joined to words. The dictionary is
//! that of misaki-rs, whose own G2P is what the tests of this module compare it with: it gives the same phonemes, and its
//! network for the tags takes half a millisecond a word.

pub mod entries;
mod groups;
mod markers;
mod numerals;
mod pieces;
mod spans;
mod subtokens;
mod tagger;
#[cfg(test)]
mod tests;

use misaki_rs::Language;
use misaki_rs::lexicon::{Lexicon, TokenContext};

pub use markers::{Feature, Marker, marker_at, markers};
use pieces::{Piece, Pieces};
use spans::Heads;
use tagger::Tagger;

/// What stands for the phonemes of an unknown word.
pub const UNKNOWN: char = '❓';

/// The marks of a pause, after which nothing follows as far as "the" and "to" are concerned.
const PAUSES: &str = "!,.:;?—…";
/// The vowels that can be stressed.
pub const VOWELS: &str = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ";
const CONSONANTS: &str = "bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ";

/// Finds the tag of each piece of a line.
type Tags = Box<dyn Fn(&[Piece<'_>]) -> Vec<&'static str> + Send + Sync>;

/// misaki's dictionary and rules.
pub struct Misaki {
    /// The dictionary.
    pub lexicon: Lexicon,
    heads: Heads,
    pieces: Pieces,
    tags: Tags,
}

/// A word of a line.
#[derive(Clone, Debug)]
pub struct Word {
    /// As it is written.
    pub text: String,
    /// Its part of speech, as the Penn Treebank and spaCy call them.
    pub tag: &'static str,
    /// The white space after it.
    pub whitespace: String,
    /// Its phonemes; `None` if it is unknown.
    pub phonemes: Option<String>,
    /// The stress that a marker sets.
    stress: Option<f64>,
    /// What is looked up in its place: "to" for the 2 of "B2B".
    spoken_as: Option<&'static str>,
}

impl Misaki {
    /// Loads the dictionary and the weights of the tagger, which are part of the program.
    pub fn new(language: Language) -> Self {
        let tagger = Tagger::new();
        Self::with_tags(language, Box::new(move |pieces| tagger.tags(pieces)))
    }

    /// With another tagger.
    pub fn with_tags(language: Language, tags: Tags) -> Self {
        let lexicon = Lexicon::new(language);
        Self { heads: Heads::of(&lexicon), lexicon, pieces: Pieces::new(), tags }
    }

    /// The phonemes of a text, with those of unknown words as [`UNKNOWN`].
    pub fn phonemes(&self, text: &str) -> String {
        let mut out = String::new();
        for word in self.words(text) {
            match &word.phonemes {
                Some(phonemes) => out.push_str(phonemes),
                None => out.push(UNKNOWN),
            }
            out.push_str(&word.whitespace);
        }
        out
    }

    /// The words of a line.
    pub fn words(&self, line: &str) -> Vec<Word> {
        let (plain, markers) = markers(line);
        self.marked_words(&plain, &markers)
    }

    /// The words of a line that [`markers`] has divided.
    pub fn marked_words(&self, plain: &str, markers: &[Marker]) -> Vec<Word> {
        let mut words = self.subtokens(plain, markers);
        let groups = groups::groups(&words);
        let amounts = silence_currencies(&mut words);
        for word in words.iter_mut().filter(|word| word.phonemes.is_none()) {
            if groups::is_punctuation(word) {
                word.phonemes = Some(groups::punctuation(word));
            }
        }
        // From the last to the first: what a word has after it is known from the phonemes there.
        let mut contexts = vec![TokenContext::default(); words.len()];
        for group in groups.iter().rev() {
            for at in group.clone().rev() {
                if words[at].phonemes.is_none() {
                    words[at].phonemes = self.resolve(&words[at], &contexts[at], at == group.start, amounts[at]);
                }
                if at > 0 {
                    contexts[at - 1] = before(&contexts[at], &words[at]);
                }
            }
        }
        let mut looked_up_before = Vec::with_capacity(groups.len());
        let mut joined = Vec::with_capacity(groups.len());
        for group in groups {
            let parts = &words[group.clone()];
            let (word, context) = match parts {
                [word] => (word.clone(), Some(contexts[group.start].clone())),
                _ => (self.join(parts, &contexts[group.clone()], amounts[group.start]), None),
            };
            joined.push(word);
            looked_up_before.push(context);
        }
        self.resolve_again(&mut joined, &looked_up_before);
        for phonemes in joined.iter_mut().filter_map(|word| word.phonemes.as_mut()) {
            // Kokoro writes these otherwise, but what is above needs them as they are.
            if phonemes.contains(['ɾ', 'ʔ']) {
                *phonemes = phonemes.replace('ɾ', "T").replace('ʔ', "t");
            }
        }
        joined
    }

    /// The parts of a line that are looked up, with their tags and what markers set.
    fn subtokens(&self, plain: &str, markers: &[Marker]) -> Vec<Word> {
        let pieces = self.pieces.of(plain);
        let tags = (self.tags)(&pieces);
        let mut words = Vec::with_capacity(pieces.len());
        let mut start = 0;
        for (piece, tag) in pieces.iter().zip(tags) {
            let parts = subtokens::subtokens(piece.text);
            for (at, part) in parts.iter().enumerate() {
                let letters = |part: Option<&&str>, last: bool| {
                    let symbol =
                        part.and_then(|part| if last { part.chars().next_back() } else { part.chars().next() });
                    symbol.is_some_and(char::is_alphabetic)
                };
                let between =
                    *part == "2" && at > 0 && letters(parts.get(at - 1), true) && letters(parts.get(at + 1), false);
                let last = at + 1 == parts.len();
                let mut word = Word {
                    text: (*part).to_owned(),
                    tag,
                    whitespace: if last { piece.whitespace.to_owned() } else { String::new() },
                    phonemes: None,
                    stress: None,
                    spoken_as: between.then_some("to"),
                };
                start += gap(&plain[start..], part);
                let end = start + part.len();
                match marker_at(markers, start, end).map(|marker| &marker.feature) {
                    Some(Feature::Stress(stress)) => word.stress = Some(*stress),
                    Some(Feature::Phonemes(phonemes)) => word.phonemes = Some(phonemes.clone()),
                    // The piece "x." of `[x](/phonemes/).`
                    None if *part == "."
                        && at > 0
                        && words.last().is_some_and(|word: &Word| word.phonemes.is_some()) =>
                    {
                        word.tag = ".";
                    }
                    None => {}
                }
                words.push(word);
                start = if last { end + piece.whitespace.len() } else { end };
            }
        }
        words
    }

    /// The phonemes of one part of a line. `head` tells whether it is the first of its word.
    fn resolve(&self, word: &Word, following: &TokenContext, head: bool, currency: Option<char>) -> Option<String> {
        let key = word.spoken_as.map_or_else(|| entries::key(&word.text), Into::into);
        let found = self.lookup(&key, word.tag, word.stress, following);
        if found.is_some() {
            return found;
        }
        if let Some(spoken) = numerals::words(&key).filter(|_| key.starts_with('-')) {
            return Some(self.number(&spoken));
        }
        if key.contains('-') && key.len() > 1 {
            let parts = key.split('-').filter(|part| !part.is_empty());
            return Some(parts.map(|part| self.phonemes(part)).collect::<Vec<_>>().join(" "));
        }
        let spoken = currency
            .and_then(|symbol| numerals::amount(symbol, &key))
            .or_else(|| numerals::inner(&key).filter(|_| !head))
            .or_else(|| numerals::words(&key));
        match spoken {
            Some(spoken) => Some(self.number(&spoken)),
            None => without_accent(&key).map(|letter| self.phonemes(letter)),
        }
    }

    fn lookup(&self, key: &str, tag: &str, stress: Option<f64>, following: &TokenContext) -> Option<String> {
        let stress = stress.or_else(|| entries::stress(&self.lexicon, key));
        entries::word(&self.lexicon, key, tag, stress, following)
    }

    /// The phonemes of the words of a number.
    fn number(&self, spoken: &str) -> String {
        let words = spoken.split(' ').map(|word| {
            let stress = ["point", "O"].contains(&word).then_some(-2.0);
            entries::by_misaki(&self.lexicon, word, "NN", stress, None)
        });
        let known = words.collect::<Option<Vec<_>>>().map(|words| words.join(" "));
        known.unwrap_or_else(|| self.phonemes(spoken).trim_end().to_owned())
    }

    /// The word of several parts.
    fn join(&self, parts: &[Word], following: &[TokenContext], currency: Option<char>) -> Word {
        let (text, tag) = groups::joined(parts);
        let amount = currency.and_then(|symbol| numerals::amount(symbol, &text)).map(|spoken| self.phonemes(&spoken));
        let number = || numerals::words(&text).map(|spoken| self.number(&spoken));
        let phonemes = amount.or_else(number).unwrap_or_else(|| {
            let spoken = self.spans(parts, following);
            groups::phonemes(&self.lexicon, &text, parts, spoken)
        });
        let last = parts.last().map_or("", |part| &part.whitespace);
        Word { text, tag, whitespace: last.to_owned(), phonemes: Some(phonemes), ..parts[0].clone() }
    }

    /// Looks words up again whose reading may depend on that of a word which has several parts. `known` is what was known to
    /// follow each when it was looked up; nothing for those that have several parts.
    fn resolve_again(&self, words: &mut [Word], known: &[Option<TokenContext>]) {
        let mut following = TokenContext::default();
        for (at, word) in words.iter_mut().enumerate().rev() {
            let own = following.clone();
            following = before(&following, word);
            let found = word.phonemes.as_deref().is_some_and(|phonemes| !phonemes.is_empty());
            let letters = word.spoken_as.is_none() && word.text.chars().all(char::is_alphabetic);
            let same =
                |known: &TokenContext| known.future_vowel == own.future_vowel && known.future_to == own.future_to;
            let changed = !known[at].as_ref().is_some_and(same);
            if changed && found && letters {
                let again = self.lookup(&entries::key(&word.text), word.tag, word.stress, &own);
                word.phonemes = again.or(word.phonemes.take());
            }
        }
    }
}

/// The bytes before `part` at the start of `rest`: white space and stray apostrophes, which no part has. 0 if it is not there.
pub fn gap(rest: &str, part: &str) -> usize {
    rest.char_indices().take(9).find(|(at, _)| rest[*at..].starts_with(part)).map_or(0, |(at, _)| at)
}

/// Makes the signs of currencies silent. Returns for each word the sign before it.
fn silence_currencies(words: &mut [Word]) -> Vec<Option<char>> {
    let mut last = None;
    let signs = words.iter_mut().map(|word| {
        let mut symbols = word.text.chars();
        let sign =
            symbols.next().filter(|sign| word.tag == "$" && symbols.next().is_none() && numerals::is_currency(*sign));
        if sign.is_some() {
            word.phonemes = Some(String::new());
            last = sign;
            return None;
        }
        last.take()
    });
    signs.collect()
}

/// What the word before `word` has after it.
fn before(following: &TokenContext, word: &Word) -> TokenContext {
    let sounds = word.phonemes.iter().flat_map(|phonemes| phonemes.chars());
    let sound = sounds.into_iter().find_map(|symbol| match symbol {
        symbol if PAUSES.contains(symbol) => Some(None),
        symbol if VOWELS.contains(symbol) => Some(Some(true)),
        symbol if CONSONANTS.contains(symbol) => Some(Some(false)),
        _ => None,
    });
    let future_to = match word.text.as_str() {
        "to" | "To" => true,
        "TO" => matches!(word.tag, "TO" | "IN"),
        _ => false,
    };
    TokenContext { future_vowel: sound.unwrap_or(following.future_vowel), future_to }
}

/// The plain letter of a single letter with an accent.
fn without_accent(letter: &str) -> Option<&'static str> {
    Some(match letter {
        "é" | "è" | "ê" | "ë" => "e",
        "á" | "à" | "â" | "ä" | "ã" | "å" => "a",
        "í" | "ì" | "î" | "ï" => "i",
        "ó" | "ò" | "ô" | "ö" | "õ" => "o",
        "ú" | "ù" | "û" | "ü" => "u",
        "ñ" => "n",
        "ç" => "c",
        _ => return None,
    })
}
