//! `[word](/phonemes/)` in every language: what the model has no id for is left out and told.
#![cfg(feature = "languages")]

mod common;

use std::cell::RefCell;

use kokoro_text::kana::Kana;
use kokoro_text::{Chunking, G2p, Language, TextStream};

thread_local! {
    static WARNINGS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the warnings of each thread.
struct Kept;

impl log::Log for Kept {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            WARNINGS.with_borrow_mut(|warnings| warnings.push(record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// A reader of each language and a word that it reads; for Japanese also the one without a dictionary.
fn readers() -> Vec<(Language, Box<dyn G2p>, &'static str)> {
    let _ = log::set_logger(&Kept); // fails if another test has set it
    log::set_max_level(log::LevelFilter::Warn);
    let with_word = |language: Language| {
        let word = match language {
            Language::Mandarin => "你",
            Language::Japanese => "です",
            Language::Hindi => "है",
            _ => "no",
        };
        Some((language, common::reader(language)?, word))
    };
    let kana: (Language, Box<dyn G2p>, &str) = (Language::Japanese, Box::new(Kana), "です");
    Language::ALL.into_iter().filter_map(with_word).chain([kana]).collect()
}

fn warnings() -> Vec<String> {
    WARNINGS.take()
}

#[test]
fn symbols_without_an_id_are_left_out_and_told() {
    for (language, reader, word) in readers() {
        let plain = reader.phonemize(word).unwrap();
        warnings();
        let text = format!("[gato](/gˈ%ato_\u{34b}/) {word}");
        assert_eq!(reader.phonemize(&text).unwrap(), format!("ɡˈato {plain}"), "{language}");
        let told = "no pronunciation for \"%_\\u{34b}\" in the phonemes of \"gato\", skipped";
        assert_eq!(warnings(), [told], "{language}");
        let tokens = reader.tokens(&text).unwrap();
        let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!((words[0], tokens[0].phonemes.as_str()), ("gato", "ɡˈato"), "{language}");
        assert_eq!(words[1..].concat(), word, "{language}");
        // What can be written with symbols of the vocabulary is no reason for a warning.
        warnings();
        assert_eq!(reader.phonemize("[bom](/bˈõ/)").unwrap(), "bˈo\u{303}", "{language}");
        assert_eq!(warnings(), [""; 0], "{language}");
    }
}

#[test]
fn a_word_without_any_symbol_is_silent() {
    for (language, reader, word) in readers() {
        let plain = reader.phonemize(word).unwrap();
        for text in [format!("[x](/௵/) {word}"), format!("{word} [x](/௵/)"), format!("{word} [x](/௵/).")] {
            let spoken = reader.phonemize(&text).unwrap();
            assert_eq!(spoken.trim_end_matches('.').trim(), plain, "{language}: {text}");
            let joined: String = TextStream::new([text.as_str()], &*reader, Chunking::default())
                .map(|chunk| chunk.unwrap().text)
                .collect();
            assert_eq!(joined, text, "{language}");
        }
        assert!(reader.phonemize("[x](/௵/)").unwrap_err().to_string().contains("nothing in"), "{language}");
        assert!(reader.tokens("[x](/௵/)").unwrap().is_empty(), "{language}");
    }
}

#[test]
fn a_silent_marked_word_is_a_token_of_its_own() {
    for (language, reader, word) in readers() {
        let words = |text: &str| -> Vec<(String, String)> {
            let tokens = reader.tokens(text).unwrap();
            tokens.into_iter().map(|token| (token.text, token.phonemes)).collect()
        };
        let plain = words(word);
        let silent = [("x".to_owned(), String::new())];
        assert_eq!(words(&format!("[x](/௵/) {word}")), [&silent[..], &plain].concat(), "{language}");
        assert_eq!(words(&format!("{word} [x](/௵/)")), [&plain, &silent[..]].concat(), "{language}");
    }
}

#[test]
fn an_english_ending_belongs_to_its_marked_word() {
    let Some(reader) = common::reader(Language::AmericanEnglish) else { return };
    for (text, expected) in [
        ("[Bob](/bˈɑb/)'s hat", [("Bob's", "bˈɑbz"), ("hat", "hˈæt")]),
        ("[x](/௵/)'s hat", [("x's", ""), ("hat", "hˈæt")]),
    ] {
        let tokens = reader.tokens(text).unwrap();
        let tokens: Vec<(&str, &str)> =
            tokens.iter().map(|token| (token.text.as_str(), token.phonemes.as_str())).collect();
        assert_eq!(tokens, expected, "{text}");
    }
}

#[test]
fn the_token_of_a_version_is_as_written() {
    for language in [Language::Spanish, Language::French, Language::Portuguese] {
        let Some(reader) = common::reader(language) else { continue };
        let tokens = reader.tokens("no v2.3, no").unwrap();
        assert!(tokens.iter().any(|token| token.text == "v2.3"), "{language}: {tokens:?}");
    }
}
