//! The pronunciation of words: the default reading of each character, and phrases with other readings.

use std::collections::HashMap;
use std::sync::LazyLock;

use pinyin::ToPinyin;

use super::syllable::Syllable;

/// Phrases in which a character does not have its default reading, as `银行<TAB>yin2 hang2`.
const PHRASES: &str = include_str!("phrases.tsv");

static READINGS: LazyLock<Readings> = LazyLock::new(Readings::new);

struct Readings {
    phrases: HashMap<&'static str, &'static str>,
    /// The length of the longest phrase in characters.
    max_phrase: usize,
}

impl Readings {
    fn new() -> Self {
        let phrases: HashMap<_, _> = PHRASES.lines().filter_map(|line| line.split_once('\t')).collect();
        let max_phrase = phrases.keys().map(|phrase| phrase.chars().count()).max().unwrap_or_default();
        Self { phrases, max_phrase }
    }
}

/// The syllable of each character of a word: from the longest phrase that begins there, else the default reading of the
/// character. `None` for a character without a reading.
pub fn read(word: &str) -> Vec<Option<Syllable>> {
    let mut syllables = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let ends = rest.char_indices().map(|(at, symbol)| at + symbol.len_utf8()).take(READINGS.max_phrase);
        let phrases = ends.filter_map(|end| Some((end, *READINGS.phrases.get(&rest[..end])?)));
        match phrases.last() {
            Some((end, reading)) => {
                syllables.extend(reading.split(' ').map(Syllable::parse));
                rest = &rest[end..];
            }
            None => {
                syllables.push(default_reading(first));
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    syllables
}

fn default_reading(character: char) -> Option<Syllable> {
    match character {
        '〇' => Syllable::parse("ling2"),
        character => Syllable::parse(character.to_pinyin()?.with_tone_num_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_has_one_syllable_per_character() {
        assert!(PHRASES.lines().count() > 7000);
        for line in PHRASES.lines() {
            let (phrase, reading) = line.split_once('\t').unwrap();
            let syllables: Vec<_> = reading.split(' ').map(Syllable::parse).collect();
            assert_eq!(syllables.len(), phrase.chars().count(), "{line}");
            assert!(syllables.iter().all(Option::is_some), "{line}");
        }
    }

    #[test]
    fn every_default_reading_is_a_syllable() {
        let unread: String =
            ('\u{4e00}'..='\u{9fa5}').filter(|c| c.to_pinyin().is_some() && default_reading(*c).is_none()).collect();
        assert_eq!(unread, "");
    }

    #[test]
    fn a_phrase_overrides_the_default_reading() {
        let tones = |word| read(word).into_iter().map(|syllable| syllable.unwrap().ipa()).collect::<Vec<_>>().join(" ");
        assert_eq!(tones("银行"), "i↗n xa↗ŋ");
        assert_eq!(tones("行走"), "ɕi↗ŋ ʦou↓");
        assert_eq!(tones("着急"), "\u{ab67}au↗ ʨi↗");
        assert_eq!(tones("一个"), "i↗ kɤ↘");
    }
}
