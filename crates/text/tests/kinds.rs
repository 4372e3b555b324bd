//! Every kind of what is not a plain word in every language: numbers, money, dates, units, addresses, Markdown, signs. Without
//! espeak-ng or the Japanese dictionary their languages are left out, unless `KOKORO_TEST_LANGUAGES=all`.
#![cfg(feature = "languages")]
#![expect(clippy::panic, reason = "tests fail by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use kokoro_text::Language;

/// A row of the table for one of its languages.
struct Row {
    kind: &'static str,
    written: &'static str,
    readings: Vec<&'static str>,
}

/// The rows of each language.
fn rows() -> BTreeMap<&'static str, Vec<Row>> {
    let mut languages: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for line in include_str!("golden/kinds.tsv").lines().filter(|line| !line.starts_with("# ")) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [codes, kind, written, readings @ ..] = &columns[..] else { panic!("{line:?}") };
        assert!(readings.iter().all(|reading| !reading.is_empty()) && !readings.is_empty(), "{line:?}");
        for code in codes.split(' ') {
            languages.entry(code).or_default().push(Row { kind, written, readings: readings.to_vec() });
        }
    }
    languages
}

#[test]
fn every_language_has_every_kind_once() {
    let languages = rows();
    assert_eq!(languages.len(), Language::ALL.len());
    let kinds: BTreeSet<&str> = languages.values().flatten().map(|row| row.kind).collect();
    for (code, rows) in languages {
        for kind in &kinds {
            assert_eq!(rows.iter().filter(|row| row.kind == *kind).count(), 1, "rows of {code} for {kind}");
        }
    }
}

#[test]
fn every_kind_is_read_as_people_say_it() {
    let mut wrong = Vec::new();
    for (code, rows) in rows() {
        let Some(reader) = common::reader(code.parse().unwrap()) else { continue };
        // Digits and words of the same number differ in stress and in spaces.
        let sounds = |text: &str| reader.phonemize(text).unwrap().replace(['ˈ', 'ˌ', ' '], "");
        let (mut right, mut all) = (0, 0);
        // A row without a text says why there is none.
        for Row { kind, written, readings } in rows.iter().filter(|row| !row.written.is_empty()) {
            let equal = readings.iter().any(|reading| sounds(written) == sounds(reading));
            (right, all) = (right + usize::from(equal), all + 1);
            if !equal {
                let spoken: Vec<String> = readings.iter().map(|reading| reader.phonemize(reading).unwrap()).collect();
                let (is, expected) = (reader.phonemize(written).unwrap(), spoken.join("\n       or "));
                wrong.push(format!("{code} {kind}: {written}\n      is {is}\n expected {expected}"));
            }
        }
        println!("{code:<5}  {right:>3} of {all}");
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn tokens_of_every_kind_are_words_of_the_text() {
    let mut wrong = Vec::new();
    for (code, rows) in rows() {
        let Some(reader) = common::reader(code.parse().unwrap()) else { continue };
        for Row { kind, written, .. } in rows.iter().filter(|row| !row.written.is_empty()) {
            let tokens = reader.tokens(written).unwrap();
            let mut rest = *written;
            let in_order = tokens.iter().all(|token| {
                let at = rest.find(&token.text);
                rest = at.map_or(rest, |at| &rest[at + token.text.len()..]);
                at.is_some()
            });
            let joined: String = tokens.iter().flat_map(|token| [token.phonemes.as_str(), &token.whitespace]).collect();
            let spoken = reader.phonemize(written).unwrap();
            if !in_order || joined.trim() != spoken || rest.contains(char::is_alphanumeric) {
                let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
                wrong.push(format!("{code} {kind}: {written}\n  {}\n  {joined}\n  {spoken}", texts.join("|")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
