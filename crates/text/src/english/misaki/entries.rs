//! Words in misaki's dictionary.

use std::borrow::Cow;
use std::collections::HashMap;

use misaki_rs::lexicon::{Lexicon, PhonemeEntry, TokenContext};

/// Words whose reading depends on more than the dictionary, in lower case.
const SPECIAL: [&str; 8] = ["am", "an", "by", "in", "the", "to", "used", "vs"];

/// The phonemes of a word, as [`Lexicon::get_word`] has them: by its part of speech, its stress and what follows.
///
/// Ordinary words, in small letters or with one capital before them, are looked up here, without the copies and the tables
/// that misaki-rs makes for each.
pub fn word(lexicon: &Lexicon, word: &str, tag: &str, stress: Option<f64>, following: &TokenContext) -> Option<String> {
    ordinary(lexicon, word, tag, stress, following).or_else(|| by_misaki(lexicon, word, tag, stress, Some(following)))
}

/// The phonemes of a word by [`Lexicon::get_word`], which cuts the byte before "ing" off: of "sautéing" that is half a letter.
pub fn by_misaki(
    lexicon: &Lexicon,
    word: &str,
    tag: &str,
    stress: Option<f64>,
    following: Option<&TokenContext>,
) -> Option<String> {
    if word.strip_suffix("ing").is_some_and(|stem| stem.ends_with(|c: char| !c.is_ascii())) {
        return None;
    }
    lexicon.get_word(word, tag, stress, following).map(|(phonemes, _)| phonemes)
}

fn ordinary(lexicon: &Lexicon, word: &str, tag: &str, stress: Option<f64>, following: &TokenContext) -> Option<String> {
    let bytes = word.as_bytes();
    let plain = bytes.len() > 1
        && bytes[0].is_ascii_alphabetic()
        && bytes[1..].iter().all(u8::is_ascii_lowercase)
        && !SPECIAL.iter().any(|special| special.eq_ignore_ascii_case(word));
    if !plain {
        return None;
    }
    let found = [&lexicon.golds, &lexicon.silvers].into_iter().find_map(|table| {
        // "paris" is in the table as "Paris", and "Apple" as "apple".
        table.get(word).or_else(|| table.get(&other_case(word)))
    })?;
    let phonemes = match found {
        PhonemeEntry::Simple(phonemes) => phonemes,
        PhonemeEntry::Tagged(readings) => by_tag(readings, tag, following)?,
    };
    Some(if stress.is_none() { phonemes.clone() } else { lexicon.apply_stress(phonemes, stress) })
}

/// The word with its first letter, of ASCII, in the other case.
fn other_case(word: &str) -> String {
    let mut letters = word.chars();
    let first =
        letters.next().map(|c| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() });
    first.into_iter().chain(letters).collect()
}

/// The reading of a part of speech; at the end of a sentence that of "None".
fn by_tag<'a>(
    readings: &'a HashMap<String, Option<String>>,
    tag: &str,
    following: &TokenContext,
) -> Option<&'a String> {
    let last = following.future_vowel.is_none().then(|| readings.get("None")).flatten();
    let own = || readings.get(tag).or_else(|| readings.get(Lexicon::get_parent_tag(tag)));
    last.or_else(own).or_else(|| readings.get("DEFAULT"))?.as_ref()
}

/// The word as the dictionary writes it, with straight apostrophes.
pub fn key(text: &str) -> Cow<'_, str> {
    if text.contains(['™', '‘', '’']) {
        Cow::Owned(text.replace('™', "TM").replace(['‘', '’'], "'"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The stress that capitals give a word.
pub fn stress(lexicon: &Lexicon, key: &str) -> Option<f64> {
    if key.is_ascii() && !key.bytes().any(|c| c.is_ascii_uppercase()) || key == key.to_lowercase() {
        None
    } else if key == key.to_uppercase() {
        Some(lexicon.cap_stresses.1)
    } else {
        Some(lexicon.cap_stresses.0)
    }
}
