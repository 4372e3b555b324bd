//! How words are read: the usual reading of each character, and the phrases in which some are read otherwise.

use std::collections::HashMap;
use std::sync::LazyLock;

use pinyin::ToPinyin;

use super::syllable::Syllable;

/// Phrases whose characters are not all read the usual way, with their readings: `银行<TAB>yin2 hang2`.
const PHRASES: &str = include_str!("phrases.tsv");

static READINGS: LazyLock<Readings> = LazyLock::new(Readings::new);

struct Readings {
    phrases: HashMap<&'static str, &'static str>,
    /// Characters of the longest phrase.
    longest: usize,
}

impl Readings {
    fn new() -> Self {
        let phrases: HashMap<_, _> = PHRASES.lines().filter_map(|line| line.split_once('\t')).collect();
        let longest = phrases.keys().map(|phrase| phrase.chars().count()).max().unwrap_or_default();
        Self { phrases, longest }
    }
}

/// A syllable for each character of a word: by the longest phrase that begins there, else by the character's usual
/// reading; `None` for a character that has none.
pub fn read(word: &str) -> Vec<Option<Syllable>> {
    let mut syllables = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let ends = rest.char_indices().map(|(at, symbol)| at + symbol.len_utf8()).take(READINGS.longest);
        let phrases = ends.filter_map(|end| Some((end, *READINGS.phrases.get(&rest[..end])?)));
        match phrases.last() {
            Some((end, reading)) => {
                syllables.extend(reading.split(' ').map(Syllable::parse));
                rest = &rest[end..];
            }
            None => {
                syllables.push(usual(first));
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    syllables
}

fn usual(character: char) -> Option<Syllable> {
    match character {
        '〇' => Syllable::parse("ling2"),
        character => Syllable::parse(character.to_pinyin()?.with_tone_num_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_has_a_reading_of_its_length() {
        assert!(PHRASES.lines().count() > 7000);
        for line in PHRASES.lines() {
            let (phrase, reading) = line.split_once('\t').unwrap();
            let syllables: Vec<_> = reading.split(' ').map(Syllable::parse).collect();
            assert_eq!(syllables.len(), phrase.chars().count(), "{line}");
            assert!(syllables.iter().all(Option::is_some), "{line}");
        }
    }

    #[test]
    fn every_usual_reading_is_a_syllable() {
        let unread: String =
            ('\u{4e00}'..='\u{9fa5}').filter(|c| c.to_pinyin().is_some() && usual(*c).is_none()).collect();
        assert_eq!(unread, "");
    }

    #[test]
    fn characters_are_read_by_their_phrase() {
        let tones = |word| read(word).into_iter().map(|syllable| syllable.unwrap().ipa()).collect::<Vec<_>>().join(" ");
        assert_eq!(tones("银行"), "i↗n xa↗ŋ");
        assert_eq!(tones("行走"), "ɕi↗ŋ ʦou↓");
        assert_eq!(tones("着急"), "\u{ab67}au↗ ʨi↗");
        assert_eq!(tones("一个"), "i↗ kɤ↘");
    }
}
