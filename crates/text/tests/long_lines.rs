//! Lines that repeat one sign are read in the stack of a small thread, and in time that grows with their length.
#![cfg(feature = "languages")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::thread;

use kokoro_text::english::{Accent, English};
use kokoro_text::sentences::{Limits, SentenceSplitter};
use kokoro_text::{G2p, Language, Lexicon, espeak, markup};

/// Bytes of the stack, less than a hundredth of the depth that the lines would ask for if each sign were a call.
const STACK: usize = 256 << 10;

fn in_a_small_stack(work: impl FnOnce() + Send) {
    thread::scope(|scope| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).unwrap().join().unwrap());
}

/// Lines of about 1 kB.
fn lines(repeated: &[&str]) -> Vec<String> {
    repeated.iter().map(|part| format!("5{}", part.repeat(1_000 / part.len()))).collect()
}

/// What lines repeat.
const REPEATED: [&str; 57] = [
    "5.30 ",
    "3-0 ",
    "[a](/b/) ",
    "a[ ",
    "[pause: ",
    "\"1 ",
    " and 6\"",
    "5 m/m ",
    "a-",
    "aB",
    "a.",
    "10 000 ",
    "5 - ",
    "7 - 4 = ",
    "1½",
    "2/5 ",
    "m/",
    "²",
    "1×",
    "[",
    "[a](/",
    "[a]([a](",
    "<",
    "<a ",
    "a--",
    "x^2)",
    "$1",
    "$1-",
    "[pause:",
    "\"1",
    "1-",
    "1好",
    "儿",
    "111 ",
    " ",
    "&",
    "#",
    "- ",
    "> ",
    "|",
    "| ",
    "*",
    "a*",
    "`",
    "![",
    "https://",
    "@",
    "1/",
    "1:",
    "1.",
    "+",
    "(",
    "1 ",
    "1~",
    "½",
    "5 m",
    "😀",
];

#[test]
fn english_needs_no_stack_for_repeated_signs() {
    let english = English::new(Accent::British).unwrap();
    let names = Lexicon::parse("names", "nginx /ˌɛnʤənˈɛks/").unwrap();
    in_a_small_stack(|| {
        for line in lines(&REPEATED) {
            let tokens = english.tokens(&names.apply(&line)).unwrap();
            assert!(tokens.iter().all(|token| !token.text.is_empty() || !token.phonemes.is_empty()));
        }
    });
}

#[test]
fn other_languages_need_no_stack_for_repeated_signs() {
    in_a_small_stack(|| {
        for line in lines(&REPEATED) {
            for language in [Language::Spanish, Language::French, Language::Hindi] {
                let written = espeak::written_out(&line, language);
                assert!(written.len() < 64 * line.len(), "{} bytes of {}", written.len(), line.len());
            }
            assert!(!markup::parse(&line).is_empty());
        }
    });
}

#[cfg(feature = "mandarin")]
#[test]
fn mandarin_needs_no_stack_for_repeated_signs() {
    use kokoro_text::mandarin::{Alphabet, Mandarin};
    let mandarin = Mandarin::new(Alphabet::Zhuyin);
    in_a_small_stack(|| {
        for line in lines(&REPEATED) {
            let tokens = mandarin.tokens(&line).unwrap();
            assert!(tokens.iter().all(|token| token.phonemes.len() <= 64 * line.len()));
        }
    });
}

#[cfg(feature = "mandarin")]
#[test]
fn mandarin_needs_no_stack_for_a_chain_of_days() {
    use kokoro_text::mandarin::{Alphabet, Mandarin};
    let mandarin = Mandarin::new(Alphabet::Zhuyin);
    in_a_small_stack(|| assert!(!mandarin.tokens(&"2024-01-01–".repeat(20_000)).unwrap().is_empty()));
}

#[test]
fn white_space_in_a_row_of_a_table_is_looked_at_once() {
    let row = format!("| a{}b | c |", " ".repeat(100_000));
    assert_eq!(espeak::written_out(&row, Language::Spanish).split_whitespace().collect::<Vec<_>>(), ["a", "b,", "c"]);
}

#[test]
fn a_book_in_one_piece_is_divided_without_moving_it_at_each_block() {
    let mut splitter = SentenceSplitter::new(Limits::default());
    let (book, mut joined) = ("word ".repeat(100_000), String::new());
    splitter.push(&book);
    while let Some(block) = splitter.next(true) {
        joined += &block;
    }
    assert_eq!(joined, book);
}

#[test]
fn a_sentence_as_long_as_a_book_is_searched_for_its_end_once() {
    let mut splitter = SentenceSplitter::new(Limits::default());
    let (book, mut joined) = (format!("{}end. Next.", "word ".repeat(800_000)), String::new());
    splitter.push(&book);
    while let Some(block) = splitter.next(true) {
        joined += &block;
    }
    assert_eq!(joined, book);
}
