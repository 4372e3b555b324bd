//! English, American and British: [misaki-rs](https://docs.rs/misaki-rs), the Rust twin of the G2P that Kokoro was
//! trained with, and around it what it leaves unspoken.
//!
//! misaki resolves words by dictionary and marks what it does not know. Here such a word is looked up again without its
//! accents, by its parts and by a short list of abbreviations, then read by rules from letters to sounds; acronyms and what
//! nobody could say are spelt. Symbols are read by name. Scripts without a reading and emoji are skipped with a warning. `[word](/phonemes/)` gives a word's
//! phonemes, `[word](+1)` or `(-1)` moves its stress.

mod figures;
mod names;
mod prepare;
mod read;
mod sounds;

use std::str::FromStr;

use misaki_rs::g2p::LinkFeature;
use misaki_rs::lexicon::TokenContext;
use misaki_rs::{G2P, Language, MToken};
use unicode_normalization::UnicodeNormalization;

use super::token::{self, Token};
use super::{G2p, nothing_in, phonemes};
use crate::{Error, Result};
use read::{Around, Reading};

/// misaki's phonemes for what it does not know.
const UNKNOWN: char = '❓';

/// Which English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Accent {
    /// en-us, the voices whose names begin with `a`.
    #[default]
    American,
    /// en-gb, the voices whose names begin with `b`.
    British,
}

impl FromStr for Accent {
    type Err = Error;

    /// `en-us` or `a`, `en-gb` or `b`, in any case.
    fn from_str(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "en-us" | "a" => Ok(Self::American),
            "en-gb" | "b" => Ok(Self::British),
            _ => Err(Error::Language { reason: format!("{name:?} is not known, expected en-us (a) or en-gb (b)") }),
        }
    }
}

/// English text to phonemes.
pub struct English {
    engine: G2P,
    accent: Accent,
}

impl std::fmt::Debug for English {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("English").field("accent", &self.accent).finish_non_exhaustive()
    }
}

impl English {
    /// Loads the dictionaries, which are compiled in: some 0.2 s and 90 MB an accent, so keep the value.
    ///
    /// # Errors
    /// None today; a G2P that reads its dictionaries from files will have some.
    pub fn new(accent: Accent) -> Result<Self> {
        let language = match accent {
            Accent::American => Language::EnglishUS,
            Accent::British => Language::EnglishGB,
        };
        // misaki-rs asks a fallback before its own number rules, and one failed word fails the sentence: none is given,
        // and the words it leaves are read here.
        Ok(Self { engine: G2P::with_fallback(language, None), accent })
    }

    /// The accent spoken.
    pub fn accent(&self) -> Accent {
        self.accent
    }

    /// One line's tokens; characters without a reading are added to `skipped`.
    fn line(&self, line: &str, skipped: &mut Vec<char>) -> Result<Vec<Token>> {
        let (_, mut tokens) =
            self.engine.g2p(line).map_err(|error| Error::Unspeakable { reason: format!("{line:?}: {error}") })?;
        let (plain, markers) = self.engine.preprocess_links(line);
        let mut start = 0;
        for at in 0..tokens.len() {
            let end = start + tokens[at].text.len();
            let given = markers.iter().find(|marker| marker.byte_start <= start && end <= marker.byte_end);
            let around = Around {
                previous: at.checked_sub(1).map_or("", |previous| tokens[previous].text.as_str()),
                next: tokens[at + 1..].iter().map(|token| token.text.as_str()).find(|text| *text != ".").unwrap_or(""),
                before: plain.get(..start).and_then(|text| text.chars().next_back()).filter(|c| !c.is_whitespace()),
                after: plain.get(end..).and_then(|text| text.chars().next()).filter(|c| !c.is_whitespace()),
                first: at == 0,
            };
            if let Some(LinkFeature::Phonemes(phonemes)) = given.map(|marker| &marker.feature) {
                // misaki prefers its dictionary to phonemes given for a word it knows.
                let head = given.is_some_and(|marker| marker.byte_start == start);
                tokens[at].phonemes = Some(if head { phonemes.replace('g', "ɡ") } else { String::new() });
            } else if let Some(mut reading) = self.reread(&tokens[at], around) {
                skipped.append(&mut reading.skipped);
                tokens[at].phonemes = Some(apart(reading.phonemes, around));
                self.before_patched(&mut tokens, at);
            }
            start = end + tokens[at].whitespace.len();
        }
        drop_stops(&mut tokens);
        let token = |token: MToken| Token::new(token.text, token.phonemes.unwrap_or_default(), token.whitespace);
        Ok(tokens.into_iter().map(token).collect())
    }

    /// The reading of a token that misaki does not speak, or speaks badly.
    fn reread(&self, token: &MToken, around: Around<'_>) -> Option<Reading> {
        let text = token.text.as_str();
        // misaki reads "1990s" as "nineteen ninety S".
        let (head, decade) = text.rsplit_once('-').unwrap_or(("", text));
        let years = decade.trim_start_matches(['\'', '’']).strip_suffix('s').unwrap_or_default();
        if !years.is_empty() && years.bytes().all(|c| c.is_ascii_digit()) {
            let mut reading = if head.is_empty() { Reading::default() } else { self.read(head, around) };
            reading.word(&self.engine.lexicon.append_s(&self.figures(years)));
            return Some(reading);
        }
        let read = || Some(self.read(text, around));
        match token.phonemes.as_deref() {
            None => read(),
            Some(phonemes) if phonemes.contains(UNKNOWN) || read::is_address(text) => read(),
            Some("") if text == "/" && !(around.before.is_none() && around.after.is_some()) => None,
            // The number after it says the currency.
            Some("") if "$£€".contains(text) && around.next.starts_with(|c: char| c.is_ascii_digit()) => None,
            Some("") => read(),
            Some(_) => None,
        }
    }

    /// `the`, `to` and the like depend on the sound that follows, which misaki did not know.
    fn before_patched(&self, tokens: &mut [MToken], patched: usize) {
        const VOWELS: &str = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ";
        let Some(at) = patched.checked_sub(1) else { return };
        let sound =
            tokens[patched].phonemes.iter().flat_map(|phonemes| phonemes.chars()).find(|c| !"ˈˌ“”(".contains(*c));
        let context = TokenContext {
            future_vowel: sound.filter(|c| c.is_alphabetic()).map(|c| VOWELS.contains(c)),
            future_to: false,
        };
        let token = &mut tokens[at];
        let word = ["the", "to", "in", "am"].iter().any(|word| token.text.eq_ignore_ascii_case(word));
        if word
            && sound.is_some()
            && let Some((phonemes, _)) = self.engine.lexicon.get_word(&token.text, &token.tag, None, Some(&context))
        {
            token.phonemes = Some(phonemes);
        }
    }
}

/// Words read for a symbol that touches its neighbours ("a_b") are spoken apart from them.
fn apart(phonemes: String, around: Around<'_>) -> String {
    if !phonemes.chars().any(char::is_alphabetic) {
        return phonemes;
    }
    let gap = |side: Option<char>, marks: &str| side.is_some_and(|c| !marks.contains(c) && !names::silent(c));
    let (before, after) = (gap(around.before, "([{“"), gap(around.after, ".,!?;:…—)]}”"));
    [if before { " " } else { "" }, &phonemes, if after { " " } else { "" }].concat()
}

/// A full stop that belongs to an abbreviation is no pause, unless it ends the line or the sentence too.
fn drop_stops(tokens: &mut [MToken]) {
    for at in 1..tokens.len().saturating_sub(1) {
        let (abbreviation, next) = (&tokens[at - 1], tokens[at + 1].text.as_str());
        let goes_on = if names::title(&abbreviation.text).is_some() {
            true
        } else {
            names::words(&abbreviation.text).is_some() && !next.starts_with(|c: char| c.is_uppercase())
        };
        if tokens[at].text == "." && abbreviation.whitespace.is_empty() && goes_on {
            tokens[at].phonemes = None;
        }
    }
}

impl G2p for English {
    fn phonemize(&self, text: &str) -> Result<String> {
        let tokens = self.tokens(text)?;
        if tokens.is_empty() { Err(nothing_in(text)) } else { Ok(token::phonemes(&tokens)) }
    }

    /// Line by line, so that memory stays bounded and an error shows its line.
    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        let (mut spoken, mut skipped) = (Vec::new(), Vec::new());
        for written in text.nfc().collect::<String>().lines() {
            let line = prepare::prepare(written);
            if line.is_empty() || is_rule(written) {
                continue;
            }
            let tokens = self.line(&line, &mut skipped)?;
            let before = spoken.len();
            join(&tokens, &mut spoken, &mut skipped);
            let tokens = spoken.split_off(before);
            // Markup is not what is to be shown.
            let marked = written.contains("](");
            spoken.extend(if marked { tokens } else { token::as_written(tokens, written) });
        }
        if !skipped.is_empty() {
            log::warn!("no reading for {:?}: skipped", skipped.iter().collect::<String>());
        }
        // Stress marks are letters to Unicode.
        let letter = |c: char| c.is_alphabetic() && !"ˈˌː".contains(c);
        Ok(if spoken.iter().any(|token| token.phonemes.contains(letter)) { spoken } else { Vec::new() })
    }
}

/// A line that only divides, as "* * *" does.
fn is_rule(line: &str) -> bool {
    let symbols = || line.chars().filter(|symbol| !symbol.is_whitespace());
    symbols().all(|symbol| "*-_=~#·•".contains(symbol)) && symbols().count() > 2
}

/// Appends a line's tokens: one space between words, nothing but the vocabulary in them.
fn join(line: &[Token], spoken: &mut Vec<Token>, skipped: &mut Vec<char>) {
    let symbols = line
        .iter()
        .enumerate()
        .flat_map(|(at, token)| token.phonemes.chars().chain(token.whitespace.chars()).map(move |symbol| (at, symbol)));
    let symbols: Vec<(usize, char)> = symbols.collect();
    // A space stands between words only: after the last token that was spoken, or inside it.
    let mut last = spoken.iter().rposition(|token| !token.phonemes.is_empty());
    let base = spoken.len();
    spoken.extend(line.iter().map(|token| Token::new(token.text.as_str(), "", "")));
    for word in symbols.split(|(_, symbol)| symbol.is_whitespace()).filter(|word| !word.is_empty()) {
        // A mark whose word was skipped belongs to the word before.
        let orphan = !skipped.is_empty() && word.iter().all(|(_, symbol)| ".,!?;:…".contains(*symbol));
        if let (Some(last), false) = (last, orphan) {
            let inside = last == base + word[0].0;
            let space = if inside { &mut spoken[last].phonemes } else { &mut spoken[last].whitespace };
            if !space.ends_with(' ') {
                space.push(' ');
            }
        }
        for &(at, symbol) in word {
            in_vocabulary(symbol, &mut spoken[base + at].phonemes, skipped);
            if !spoken[base + at].phonemes.is_empty() {
                last = Some(base + at);
            }
        }
    }
}

/// Appends a symbol that the vocabulary has; one it lacks is tried in its parts (`ã` is `a` and a tilde).
fn in_vocabulary(symbol: char, spoken: &mut String, skipped: &mut Vec<char>) {
    if phonemes::id(symbol).is_some() {
        spoken.push(symbol);
    } else if symbol.nfd().all(|part| phonemes::id(part).is_some()) {
        spoken.extend(symbol.nfd());
    } else {
        skipped.push(symbol);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dictionaries_know_every_word_of_the_tables() {
        let symbols = (' '..='⏿').filter_map(names::symbol).chain(('Α'..='ω').filter_map(names::greek));
        let titles = names::TITLES.iter().chain(names::WORDS).map(|(_, words)| *words);
        let units = names::UNITS.iter().flat_map(|(_, one, many)| [*one, *many]);
        let words: Vec<_> = symbols.chain(titles).chain(units).collect();
        for accent in [Accent::American, Accent::British] {
            let english = English::new(accent).unwrap();
            let missing: Vec<_> = words.iter().filter(|words| english.known(words).is_none()).collect();
            assert!(missing.is_empty(), "{accent:?}: {missing:?}");
        }
    }
}
