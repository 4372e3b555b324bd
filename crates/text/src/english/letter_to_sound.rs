//! Letter-to-sound rules: plausible phonemes for a word that no dictionary has.
//!
//! The rules are our own, in the form of the Naval Research Laboratory's rules of 1976. They give unstressed phonemes; then
//! one syllable is stressed and others are reduced.

mod rules;

use rules::{NAMES, RULES};

const VOWEL_LETTERS: &str = "aeiouy";
const VOWELS: &str = "AIOQWYaiuæɑɒɔəɛɜɪʊʌ";

/// The American phonemes of a word of ASCII letters, with stress. `None` if it cannot be pronounced and must be spelled.
pub fn american(word: &str) -> Option<String> {
    let letters: Vec<char> = word.to_lowercase().chars().filter(char::is_ascii_lowercase).collect();
    if letters.len() < 2
        || !letters.iter().any(|letter| VOWEL_LETTERS.contains(*letter))
        || is_unpronounceable(&letters)
    {
        return None;
    }
    let spelling: String = letters.iter().collect();
    if let Some((_, phonemes)) = NAMES.iter().find(|(name, _)| *name == spelling) {
        return Some((*phonemes).to_owned());
    }
    let (mut at, mut phonemes) = (0, String::new());
    while at < letters.len() {
        let found = RULES.iter().find_map(|rule| apply(rule, &letters, at));
        let (sound, length) = found.unwrap_or(("", 1));
        phonemes.push_str(sound);
        at += length;
    }
    phonemes.chars().any(|c| VOWELS.contains(c)).then(|| add_stress(&merge_doubled(&phonemes), &letters))
}

/// Whether a word is in the table of names.
pub fn is_name(word: &str) -> bool {
    NAMES.iter().any(|(name, _)| word.eq_ignore_ascii_case(name))
}

/// Converts American phonemes to British ones.
pub fn british(american: &str) -> String {
    let symbols: Vec<char> = american.chars().collect();
    let vowel_at = |at: usize| symbols.get(at).is_some_and(|c| VOWELS.contains(*c) || "ˈˌ".contains(*c));
    let mut spoken = String::new();
    let mut at = 0;
    while at < symbols.len() {
        let (symbol, next) = (symbols[at], symbols.get(at + 1));
        // r is spoken only before a vowel.
        if next == Some(&'ɹ') && !vowel_at(at + 2) {
            let long = match symbol {
                'ɑ' => "ɑː",
                'ɔ' => "ɔː",
                'ɜ' => "ɜː",
                'ɛ' => "ɛː",
                'ɪ' => "ɪə",
                'ʊ' => "ʊə",
                'ə' => "ə",
                _ => "",
            };
            if !long.is_empty() {
                spoken.push_str(long);
                at += 2;
                continue;
            }
        }
        let stressed = at > 0 && "ˈˌ".contains(symbols[at - 1]);
        match symbol {
            'O' => spoken.push('Q'),
            'æ' => spoken.push('a'),
            'ᵻ' => spoken.push('ɪ'),
            'T' => spoken.push('t'),
            'ɑ' | 'ɔ' | 'ɜ' => spoken.extend([symbol, 'ː']),
            'i' | 'u' if stressed => spoken.extend([symbol, 'ː']),
            symbol => spoken.push(symbol),
        }
        at += 1;
    }
    spoken
}

/// Whether a word begins or ends with more than four consonant letters, as no English or borrowed word does.
fn is_unpronounceable(letters: &[char]) -> bool {
    let consonants = |letters: &mut dyn Iterator<Item = &char>| {
        letters.take_while(|letter| !VOWEL_LETTERS.contains(**letter)).count()
    };
    consonants(&mut letters.iter()) > 4 || consonants(&mut letters.iter().rev()) > 4
}

/// Applies a rule at a position of the word. Returns the phonemes and the number of letters if it matches.
fn apply(rule: &'static str, letters: &[char], at: usize) -> Option<(&'static str, usize)> {
    let (pattern, phonemes) = rule.split_once('=')?;
    let (left, rest) = pattern.split_once('[')?;
    let (own, right) = rest.split_once(']')?;
    let length = own.len();
    let taken = own.chars().enumerate().all(|(offset, letter)| letters.get(at + offset) == Some(&letter));
    let place = |position: Option<usize>| position.and_then(|position| letters.get(position)).copied();
    let matches = |pattern: char, letter: Option<char>| match (pattern, letter) {
        (' ', letter) => letter.is_none(),
        (_, None) => false,
        ('#', Some(letter)) => VOWEL_LETTERS.contains(letter),
        ('^', Some(letter)) => !VOWEL_LETTERS.contains(letter),
        ('+', Some(letter)) => "eiy".contains(letter),
        (pattern, Some(letter)) => pattern == letter,
    };
    let holds = taken
        && left.chars().rev().enumerate().all(|(back, pattern)| matches(pattern, place(at.checked_sub(back + 1))))
        && right.chars().enumerate().all(|(offset, pattern)| matches(pattern, place(Some(at + length + offset))));
    holds.then_some((phonemes, length))
}

/// Merges doubled consonants.
fn merge_doubled(phonemes: &str) -> String {
    let mut spoken = String::new();
    for symbol in phonemes.chars() {
        if !spoken.ends_with(symbol) || VOWELS.contains(symbol) {
            spoken.push(symbol);
        }
    }
    spoken
}

/// Adds the stress: on an ending that attracts it, else on the penultimate syllable of a word that ends like Romance and
/// Japanese names, else on the first of two syllables, else on the third from the end. Other short vowels become ə.
fn add_stress(phonemes: &str, letters: &[char]) -> String {
    let mut symbols: Vec<char> = phonemes.chars().collect();
    let nuclei: Vec<usize> = (0..symbols.len()).filter(|at| VOWELS.contains(symbols[*at])).collect();
    let strong: Vec<usize> = nuclei.iter().copied().filter(|at| symbols[*at] != 'ə').collect();
    let word: String = letters.iter().collect();
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    let count = nuclei.len();
    let last_but = |back: usize| nuclei.get(count.saturating_sub(back + 1)).copied();
    let wanted = if ends(&["ee", "eer", "ette", "elle", "ique", "esque", "eau", "enne", "eh"]) {
        last_but(0)
    } else if ends(&["tion", "sion", "cian", "ic", "ics", "ian", "ia", "io"]) && count > 2 {
        last_but(if ends(&["ian", "ia", "io"]) { 2 } else { 1 })
    } else if count > 2 && ends(&["a", "o", "i", "u", "ez", "es", "is", "os"]) {
        last_but(1)
    } else if count > 2 {
        last_but(2)
    } else {
        last_but(count.saturating_sub(1))
    };
    let primary = match wanted.filter(|at| symbols[*at] != 'ə') {
        Some(at) => at,
        None => strong.first().or(nuclei.first()).copied().unwrap_or(0),
    };
    // A stressed vowel is never ə.
    if symbols[primary] == 'ə' {
        let letter = letters.iter().find(|letter| VOWEL_LETTERS.contains(**letter));
        symbols[primary] = match (symbols.get(primary + 1), letter) {
            (Some('ɹ'), _) => 'ɜ',
            (_, Some('e')) => 'ɛ',
            (_, Some('o')) => 'ɒ',
            (_, Some('u')) => 'ʌ',
            (_, Some('i' | 'y')) => 'ɪ',
            _ => 'æ',
        };
    }
    for &at in &nuclei {
        if at != primary && symbols[at] == 'ɜ' {
            symbols[at] = 'ə';
        }
        let inner = at != primary && at != nuclei[0];
        if inner && "æɒʌ".contains(symbols[at]) || inner && symbols[at] == 'ɑ' && symbols.get(at + 1) != Some(&'ɹ')
        {
            symbols[at] = 'ə';
        }
    }
    symbols.insert(primary, 'ˈ');
    // A first vowel two or more syllables before the stress gets a secondary stress.
    let first = nuclei.first().copied().unwrap_or(primary);
    if nuclei.iter().filter(|at| **at < primary).count() > 1 && symbols[first] != 'ə' {
        symbols.insert(first, 'ˌ');
    }
    symbols.iter().map(|symbol| if *symbol == 'ɒ' { 'ɑ' } else { *symbol }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes;

    #[test]
    fn names_and_new_words_are_plausible() {
        #[rustfmt::skip]
        let readings = [
            ("Neil", "nˈil"), ("Beyonce", "biˈɑnsA"), ("Timotheh", "tˌiməθˈA"), ("Chalamet", "ʃˈæləmA"),
            ("Nguyen", "nwˈɪn"), ("Siobhan", "ʃəvˈɔn"), ("Xiomara", "zˌiOmˈɑɹə"), ("Zendaya", "zɛndˈIə"),
            ("Dothraki", "dɑθɹˈɑki"), ("Kokoro", "kOkˈɔɹO"), ("Priya", "pɹˈijə"), ("Arjun", "ˈɑɹʤən"),
            ("Rajesh", "ɹˈɑʤɛʃ"), ("Vikram", "vˈɪkɹəm"), ("Kaito", "kˈItO"), ("Hiroshi", "hɪɹˈɑʃi"),
            ("Sakura", "sɑkˈʊɹə"), ("Nakamura", "nˌɑkəmˈʊɹə"), ("Takahashi", "tˌɑkəhˈæʃi"),
            ("Ronaldinho", "ɹˌOnəldˈɪnhO"), ("Rodriguez", "ɹɑdɹˈɪɡɛz"), ("Gonzalez", "ɡənzˈɑlɛz"),
            ("Fernandez", "fəɹnˈændɛz"), ("Schmidt", "ʃmˈɪt"), ("Dvorak", "dvˈɔɹək"), ("Kowalski", "kOwˈɑlski"),
            ("Ivanov", "ˈɪvənəv"), ("Dmitri", "dmˈɪtɹi"), ("Svetlana", "svɛtlˈɑnə"), ("Mohammed", "mˈOhəməd"),
            ("Ahmed", "ˈɑməd"), ("Fatima", "fɑtˈɪmə"), ("Yusuf", "jˈuzəf"), ("Singh", "sˈɪŋ"), ("Khan", "kˈæn"),
            ("Gupta", "ɡˈʌptə"), ("Deepika", "dipˈɪkə"), ("Oluwaseun", "Olˈuwəzun"), ("Okonkwo", "OkˈɑŋkwO"),
            ("Nkrumah", "ŋkɹˈumə"), ("Zola", "zˈOlə"), ("Kenji", "kˈɛnʤi"), ("Akira", "ɑkˈɪɹə"),
            ("Miyazaki", "mˌijəzˈɑki"), ("Khaleesi", "kɑlˈizi"), ("Tyrion", "tˈɪɹiOn"), ("Gandalf", "ɡˈændəlf"),
            ("Frodo", "fɹˈOdO"), ("Aragorn", "ˈɑɹəɡɔɹn"), ("Legolas", "lˈɛɡOləs"), ("Voldemort", "vˈOldɛmɔɹt"),
            ("Zuckerberg", "zˈʌkəɹbəɹɡ"), ("Skywalker", "skˈIwɔkəɹ"), ("Xerxes", "zˈɜɹksɛz"), ("Ingrid", "ˈɪŋɡɹɪd"),
            ("Bjork", "bjˈɔɹk"), ("Brienne", "bɹiˈɛn"), ("Galadriel", "ɡɑlˈædɹiəl"), ("Ozempic", "Ozˈɛmpɪk"),
            ("Wegovy", "wˈɛɡOvi"), ("Trello", "tɹˈɛlO"), ("Figma", "fˈɪɡmə"), ("Lyft", "lˈɪft"),
            ("vlogger", "vlˈɑɡəɹ"), ("blorptastic", "blɔɹptˈæstɪk"), ("wibble", "wˈɪbᵊl"), ("quux", "kwˈʌks"),
            ("googled", "ɡˈuɡld"), ("frobnicate", "fɹˈɑbnɪkAt"), ("Thunberg", "θˈʌnbəɹɡ"), ("Morales", "mɔɹˈɑlɛz"),
            ("Beckham", "bˈɛkəm"),
        ];
        for (word, reading) in readings {
            assert_eq!(american(word).as_deref(), Some(reading), "{word}");
        }
        assert!(readings.len() > 60);
    }

    #[test]
    fn british_vowels_differ() {
        for (word, reading) in [
            ("Neil", "nˈiːl"),
            ("Bjork", "bjˈɔːk"),
            ("Kokoro", "kQkˈɔːɹQ"),
            ("Voldemort", "vˈQldɛmɔːt"),
            ("Xerxes", "zˈɜːksɛz"),
        ] {
            assert_eq!(british(&american(word).unwrap()), reading, "{word}");
        }
    }

    #[test]
    fn words_that_cannot_be_pronounced_are_left_to_be_spelled() {
        for word in ["", "a", "x", "xqzzt", "zxcvb", "hmm", "apstrngth", "1", "--"] {
            assert_eq!(american(word), None, "{word}");
        }
    }

    #[test]
    fn every_letter_has_a_rule_that_needs_no_context() {
        for letter in 'a'..='z' {
            assert!(RULES.iter().any(|rule| rule.starts_with(&format!("[{letter}]="))), "{letter}");
        }
        for rule in RULES {
            let (pattern, sound) = rule.split_once('=').unwrap();
            assert!(pattern.contains('[') && pattern.contains(']'), "{rule}");
            assert_eq!(phonemes::unknown(sound).collect::<String>(), "", "{rule}");
        }
    }

    #[test]
    fn any_word_has_one_primary_stress() {
        let mut state = 82_u64;
        for length in (1..13).cycle().take(20_000) {
            let mut word = String::new();
            for _ in 0..length {
                // The high bits of Knuth's generator are random enough.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                word.push(char::from(b'a' + ((state >> 40) % 26) as u8));
            }
            for reading in american(&word).into_iter().flat_map(|american| [british(&american), american]) {
                assert_eq!(reading.matches('ˈ').count(), 1, "{word}: {reading}");
                assert_eq!(phonemes::unknown(&reading).collect::<String>(), "", "{word}: {reading}");
            }
        }
    }
}
