//! How words are read that no dictionary has: counted on words of misaki's gold dictionary, each removed from it in turn.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use misaki_rs::lexicon::PhonemeEntry;

use super::fallback::UNKNOWN;
use super::{Accent, English};
use crate::g2p::G2p;

/// The number of words with `KOKORO_LONG_TESTS=1`, for `benches/results`.
const WORDS: usize = 500;
/// The number of words in every run of the tests.
const FEW: usize = 20;

/// What `misaki.espeak.EspeakFallback` replaces in the output of espeak-ng, longest first, and what it and its caller replace after
/// that in American English.
const FROM_ESPEAK: [(&str, &str); 29] = [
    ("ʔˌn\u{329}", "tᵊn"),
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("ə^l", "ᵊl"),
    ("ʔn", "tᵊn"),
    ("\u{303}", ""),
    ("e", "A"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɚ", "əɹ"),
    ("ɬ", "l"),
    ("ʔ", "t"),
    ("ʲ", ""),
    ("n\u{329}", "ᵊn"),
    ("l\u{329}", "ᵊl"),
    ("o^ʊ", "O"),
    ("ɜːɹ", "ɜɹ"),
    ("ɜː", "ɜɹ"),
    ("ɪə", "iə"),
    ("ː", ""),
    ("o", "ɔ"),
    ("^", ""),
    ("ɾ", "T"),
];

/// The phonemes of espeak-ng for each word, mapped as misaki does. None without espeak-ng.
fn espeak(words: &[&str]) -> Option<Vec<String>> {
    let mut command = Command::new("espeak-ng");
    command.args(["-q", "--stdin", "-b", "1", "--ipa", "--tie=^", "-v", "en-us"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(words.join("\n\n").as_bytes()).ok()?;
    let printed = String::from_utf8(child.wait_with_output().ok()?.stdout).ok()?;
    let mapped = printed
        .trim()
        .lines()
        .map(|line| FROM_ESPEAK.iter().fold(line.trim().to_owned(), |spoken, (from, to)| spoken.replace(from, to)));
    Some(mapped.collect()).filter(|lines: &Vec<String>| lines.len() == words.len())
}

fn without_stress(spoken: &str) -> Vec<char> {
    spoken.chars().filter(|symbol| !"ˈˌ".contains(*symbol)).collect()
}

/// The edit distance of two sequences.
fn distance(first: &[char], second: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=second.len()).collect();
    for (at, symbol) in first.iter().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (to, other) in second.iter().enumerate() {
            let replaced = diagonal + usize::from(symbol != other);
            diagonal = row[to + 1];
            row[to + 1] = replaced.min(diagonal + 1).min(row[to] + 1);
        }
    }
    row[second.len()]
}

/// How many words are right, how many but for stress, and the edits of phonemes, without stress.
#[derive(Default)]
struct Score {
    exact: usize,
    but_for_stress: usize,
    edits: usize,
}

impl Score {
    fn add(&mut self, spoken: &str, golden: &str) {
        let (mine, theirs) = (without_stress(spoken), without_stress(golden));
        self.exact += usize::from(spoken == golden);
        self.but_for_stress += usize::from(mine == theirs);
        self.edits += distance(&mine, &theirs);
    }
}

/// A table of readers, for all words and for those that no ending leads back to a known word.
#[test]
fn words_that_are_in_no_dictionary_are_read() {
    let mut english = English::new(Accent::American).unwrap();
    let golds: BTreeMap<String, String> = english
        .misaki
        .lexicon
        .golds
        .iter()
        .filter_map(|(word, entry)| {
            let plain = word.len() > 3 && word.bytes().all(|c| c.is_ascii_lowercase());
            match entry {
                PhonemeEntry::Simple(spoken) if plain => Some((word.clone(), spoken.clone())),
                _ => None,
            }
        })
        .collect();
    // Every so many of the alphabet, so that the choice is the same everywhere.
    let count = if std::env::var_os("KOKORO_LONG_TESTS").is_some() { WORDS } else { FEW };
    let step = golds.len() / count;
    let held_out: Vec<(&str, &str)> =
        golds.iter().step_by(step).take(count).map(|(word, spoken)| (word.as_str(), spoken.as_str())).collect();
    let words: Vec<&str> = held_out.iter().map(|(word, _)| *word).collect();
    let espeak = espeak(&words);
    if espeak.is_none() {
        assert!(
            std::env::var_os("KOKORO_TEST_LANGUAGES").is_none_or(|which| which != "all"),
            "espeak-ng is not installed"
        );
    }
    let mut scores: BTreeMap<(&str, &str), Score> = BTreeMap::new();
    let mut symbols: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, (word, golden)) in held_out.iter().enumerate() {
        let capitalized = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
        let lexicon = &mut english.misaki.lexicon;
        let removed: Vec<_> = [*word, &capitalized]
            .into_iter()
            .map(|form| (form.to_owned(), lexicon.golds.remove(form), lexicon.silvers.remove(form)))
            .collect();
        let ours = english.phonemize(word).unwrap();
        let (alone, _) = english.misaki.g2p(word).unwrap();
        let alone = alone.trim().to_owned();
        for (form, gold, silver) in removed {
            let lexicon = &mut english.misaki.lexicon;
            lexicon.golds.extend(gold.map(|gold| (form.clone(), gold)));
            lexicon.silvers.extend(silver.map(|silver| (form, silver)));
        }
        let unknown = alone.contains(UNKNOWN);
        let spoken = espeak.as_ref().map(|espeak| espeak[at].as_str());
        let mut readers = vec![("1 this program", ours.as_str()), ("4 misaki without a fallback", &alone)];
        readers.extend(spoken.map(|spoken| ("2 espeak-ng", spoken)));
        readers.extend(spoken.map(|spoken| ("3 misaki with espeak-ng", if unknown { spoken } else { &alone })));
        for set in if unknown { &["all", "no known stem"][..] } else { &["all"] } {
            let (count, length) = symbols.entry(set).or_default();
            (*count, *length) = (*count + 1, *length + without_stress(golden).len());
            for (reader, spoken) in &readers {
                scores.entry((set, reader)).or_default().add(spoken, golden);
            }
        }
    }
    println!("words          reader                        words  exact  but for stress  phoneme errors");
    for ((set, reader), Score { exact, but_for_stress, edits }) in &scores {
        let (count, length) = symbols[set];
        let share = 100.0 * *edits as f64 / length as f64;
        println!("{set:<13}  {:<28}  {count:>5}  {exact:>5}  {but_for_stress:>14}  {share:>12.1} %", &reader[2..]);
    }
    assert_eq!(symbols["all"].0, count);
    let ours = &scores[&("all", "1 this program")];
    assert!(ours.exact > 0 && ours.edits < 30 * symbols["all"].1 / 100, "{} of {count}", ours.exact);
}
