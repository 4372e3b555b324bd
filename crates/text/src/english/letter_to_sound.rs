//! Plausible phonemes for a word that no dictionary has, by a model of how letters sound.
//!
//! Each letter has one of a few sounds: none, or one to three phonemes with their stress. Their weights in the contexts of
//! the letter were learnt from misaki's dictionaries, by `examples/train_letters`.

mod contexts;
#[cfg(test)]
pub(super) mod held_out_words;
mod model;
mod names;

use std::sync::LazyLock;

use super::accent::Accent;
use super::misaki::VOWELS;
use model::Model;
use names::NAMES;

static AMERICAN: LazyLock<Option<Model<'_>>> =
    LazyLock::new(|| Model::new(include_bytes!("letter_to_sound/american.bin")));
static BRITISH: LazyLock<Option<Model<'_>>> =
    LazyLock::new(|| Model::new(include_bytes!("letter_to_sound/british.bin")));

const VOWEL_LETTERS: &str = "aeiouy";

/// The phonemes of a word of ASCII letters, with stress. `None` if it cannot be pronounced and must be spelled.
pub fn phonemes(word: &str, accent: Accent) -> Option<String> {
    let letters: Vec<u8> =
        word.bytes().filter(u8::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect();
    if letters.len() < 2 || is_unpronounceable(&letters) {
        return None;
    }
    if let Some((_, american, british)) = NAMES.iter().find(|(name, _, _)| name.as_bytes() == letters) {
        return Some(if accent == Accent::American { *american } else { *british }.to_owned());
    }
    let model = if accent == Accent::American { &AMERICAN } else { &BRITISH };
    let capital = word.starts_with(|letter: char| letter.is_ascii_uppercase());
    let spoken = model.as_ref()?.read(&letters, capital);
    if spoken.contains('ˈ') { Some(spoken) } else { with_stress(&spoken) }
}

/// Whether a word is in the table of names.
pub fn is_name(word: &str) -> bool {
    NAMES.iter().any(|(name, _, _)| word.eq_ignore_ascii_case(name))
}

/// Whether a word has no vowel letter, or begins or ends with more than four consonant letters, as no English or borrowed word
/// does.
fn is_unpronounceable(letters: &[u8]) -> bool {
    let vowel = |letter: &u8| VOWEL_LETTERS.as_bytes().contains(letter);
    let (first, last) = (letters.iter().position(vowel), letters.iter().rev().position(vowel));
    first.zip(last).is_none_or(|(before, after)| before > 4 || after > 4)
}

/// Stresses the first vowel of phonemes without primary stress. `None` without a vowel.
fn with_stress(spoken: &str) -> Option<String> {
    let (head, tail) = spoken.split_at(spoken.find(|symbol| VOWELS.contains(symbol))?);
    Some([head.trim_end_matches('ˌ'), "ˈ", tail].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes;

    #[test]
    fn names_and_new_words_are_plausible() {
        #[rustfmt::skip]
        let american = [
            ("Neil", "nˈil"), ("Beyonce", "biˈɑnsA"), ("Chalamet", "ʃˈæləmA"), ("Nguyen", "nwˈɪn"), ("Siobhan", "ʃəvˈɔn"),
            ("Zendaya", "zˈɛndˌAə"), ("Dothraki", "dˌOθɹˈɑki"), ("Kokoro", "kOkˈɔɹO"), ("Arjun", "ˈɑɹʤən"),
            ("Rajesh", "ɹəʤˈɛʃ"), ("Vikram", "vˈɪkɹəm"), ("Kaito", "kˈITO"), ("Hiroshi", "hɪɹˈOʃi"),
            ("Nakamura", "nˌɑkəmˈʊɹə"), ("Takahashi", "tˌɑkəhˈɑʃi"), ("Ronaldinho", "ɹˌɑnəldˈinjO"),
            ("Dvorak", "dvˈɔɹək"), ("Dmitri", "dmˈɪtɹi"), ("Svetlana", "svɛtlˈɑnə"), ("Yusuf", "jˈusəf"),
            ("Okonkwo", "OkˈɑŋkwO"), ("Nkrumah", "nkɹˈumə"), ("Zola", "zˈOlə"), ("Kenji", "kˈɛnʤi"),
            ("Miyazaki", "mˌɪjəzˈɑki"), ("Khaleesi", "kəlˈisi"), ("Tyrion", "tˈɪɹiən"), ("Gandalf", "ɡˈændᵊlf"),
            ("Frodo", "fɹˈOdˌO"), ("Aragorn", "ˈɛɹəɡˌɔɹn"), ("Legolas", "lˈɛɡələs"), ("Voldemort", "vˈOldəmˌɔɹt"),
            ("Zuckerberg", "zˈʌkəɹbˌɜɹɡ"), ("Skywalker", "skˈIwˌɔkəɹ"), ("Ingrid", "ˈɪnɡɹɪd"),
            ("Galadriel", "ɡəlˈædɹiəl"), ("Hogwarts", "hˈɔɡwˌɑɹts"), ("Ozempic", "Ozˈɛmpɪk"), ("Wegovy", "wˈɛɡəvi"),
            ("Trello", "tɹˈɛlO"), ("Figma", "fˈɪɡmə"), ("Lyft", "lˈɪft"), ("Spotify", "spˈɑTəfˌI"),
            ("blorptastic", "blˌɔɹptˈæstɪk"), ("quux", "kwˈʌks"), ("googled", "ɡˈuɡᵊld"), ("frobnicate", "fɹˈɑbnəkˌAt"),
            ("Thunberg", "θˈʌnbəɹɡ"), ("Beckham", "bˈɛkəm"), ("Jupyter", "ʤˈupəTəɹ"), ("Lewandowski", "ljˌuəndˈWski"),
        ];
        #[rustfmt::skip]
        let british = [
            ("Neil", "nˈiːl"), ("Kaito", "kˈItQ"), ("Kokoro", "kˈɒkəɹQ"), ("Takahashi", "tˌakəhˈaʃi"),
            ("Svetlana", "svɛtlˈɑːnə"), ("Voldemort", "vˈɒldəmɔːt"), ("Xerxes", "zˈɜːksiːz"), ("Aragorn", "ˈaɹəɡɔːn"),
            ("Zuckerberg", "zˈʌkəbəːɡ"), ("Hogwarts", "hˈɒɡwɔːts"), ("Spotify", "spˈɒtɪfI"), ("Lyft", "lˈɪft"),
            ("blorptastic", "blɔːptˈastɪk"), ("googled", "ɡˈuːɡld"), ("Thunberg", "θˈʌnbəːɡ"),
        ];
        for (accent, readings) in [(Accent::American, &american[..]), (Accent::British, &british[..])] {
            for (word, reading) in readings {
                assert_eq!(phonemes(word, accent).as_deref(), Some(*reading), "{word}");
            }
        }
    }

    /// A name with a reading of its own would otherwise outlive the model that got it wrong.
    #[test]
    fn the_models_get_every_name_wrong() {
        for (name, american, british) in NAMES {
            let read = |model: &Option<Model<'_>>| model.as_ref().unwrap().read(name.as_bytes(), true);
            assert!(read(&AMERICAN) != *american || read(&BRITISH) != *british, "{name}");
        }
    }

    #[test]
    fn words_that_cannot_be_pronounced_are_left_to_be_spelled() {
        for word in ["", "a", "x", "xqzzt", "zxcvb", "hmm", "apstrngth", "1", "--"] {
            for accent in [Accent::American, Accent::British] {
                assert_eq!(phonemes(word, accent), None, "{word}");
            }
        }
    }

    #[test]
    fn every_sound_and_name_is_of_the_vocabulary() {
        for model in [&AMERICAN, &BRITISH] {
            for sound in model.as_ref().unwrap().sounds.iter().flatten() {
                assert_eq!(phonemes::unknown(sound.phonemes).collect::<String>(), "", "{}", sound.phonemes);
            }
        }
        for (name, american, british) in NAMES {
            for spoken in [american, british] {
                assert_eq!(phonemes::unknown(spoken).collect::<String>(), "", "{name}");
                assert_eq!(spoken.matches('ˈ').count(), 1, "{name}");
            }
        }
    }

    #[test]
    fn any_word_has_one_primary_stress() {
        let mut state = 82_u64;
        // Both accents have words of every length, since 13 is odd.
        let accents = [Accent::American, Accent::British].into_iter().cycle();
        for (length, accent) in (1..14).cycle().zip(accents).take(20_000) {
            let mut word = String::new();
            for _ in 0..length {
                // The high bits of Knuth's generator are random enough.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                word.push(char::from(b'a' + ((state >> 40) % 26) as u8));
            }
            if let Some(reading) = phonemes(&word, accent) {
                assert_eq!(reading.matches('ˈ').count(), 1, "{word}: {reading}");
                assert_eq!(phonemes::unknown(&reading).collect::<String>(), "", "{word}: {reading}");
            }
        }
    }
}
