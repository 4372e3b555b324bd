//! How words are read that no dictionary has: counted on words of misaki's gold dictionaries, each removed from it in turn. The
//! letter-to-sound models have not seen them.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use super::letter_to_sound::held_out_words::{COUNT, HeldOut, Score};
use super::misaki::UNKNOWN;
use super::{Accent, English};
use crate::g2p::G2p;

/// The number of words of a kind in every run of the tests; all with `KOKORO_LONG_TESTS=1`, for `benches/results`.
const FEW: usize = 20;

/// What `misaki.espeak.EspeakFallback` replaces in the output of espeak-ng, longest first; and `e^ə`, which it means to replace in
/// British English, but after `e`.
const FROM_ESPEAK: [(&str, &str); 20] = [
    ("ʔˌn\u{329}", "tᵊn"),
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("e^ə", "ɛː"),
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
];
/// What it and its caller replace after that.
const AMERICAN: [(&str, &str); 10] = [
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
const BRITISH: [(&str, &str); 6] =
    [("n\u{329}", "ᵊn"), ("l\u{329}", "ᵊl"), ("iə", "ɪə"), ("ə^ʊ", "Q"), ("o", "ɔ"), ("^", "")];

/// The phonemes of espeak-ng for each word, mapped as misaki does. None without espeak-ng.
fn espeak(words: &[&str], accent: Accent) -> Option<Vec<String>> {
    let (voice, replaced) = match accent {
        Accent::American => ("en-us", AMERICAN.as_slice()),
        Accent::British => ("en-gb", BRITISH.as_slice()),
    };
    let mut command = Command::new("espeak-ng");
    command.args(["-q", "--stdin", "-b", "1", "--ipa", "--tie=^", "-v", voice]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(words.join("\n\n").as_bytes()).ok()?;
    let printed = String::from_utf8(child.wait_with_output().ok()?.stdout).ok()?;
    let mapped = printed.trim().lines().map(|line| {
        FROM_ESPEAK.iter().chain(replaced).fold(line.trim().to_owned(), |spoken, (from, to)| spoken.replace(from, to))
    });
    Some(mapped.collect()).filter(|lines: &Vec<String>| lines.len() == words.len())
}

/// Reads words that are removed from the dictionaries, and counts what each reader has right of all of them, and of those that
/// no ending leads back to a known word.
fn read(english: &mut English, held_out: &[(String, String)]) -> BTreeMap<(&'static str, &'static str), Score> {
    let words: Vec<&str> = held_out.iter().map(|(word, _)| word.as_str()).collect();
    let espeak = espeak(&words, english.accent);
    if espeak.is_none() {
        assert!(
            std::env::var_os("KOKORO_TEST_LANGUAGES").is_none_or(|which| which != "all"),
            "espeak-ng is not installed"
        );
    }
    let mut scores: BTreeMap<(&str, &str), Score> = BTreeMap::new();
    for (at, (word, golden)) in held_out.iter().enumerate() {
        let lower = word.to_lowercase();
        let capitalized = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
        let lexicon = &mut english.misaki.lexicon;
        let removed = [lower, capitalized].map(|form| {
            let entries = (lexicon.golds.remove(&form), lexicon.silvers.remove(&form));
            (form, entries)
        });
        let ours = english.phonemize(word).unwrap();
        let alone = english.misaki.phonemes(word);
        let alone = alone.trim().to_owned();
        for (form, (gold, silver)) in removed {
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
            for (reader, spoken) in &readers {
                scores.entry((set, reader)).or_default().add(spoken, golden);
            }
        }
    }
    scores
}

#[test]
fn words_that_are_in_no_dictionary_are_read() {
    let step = if std::env::var_os("KOKORO_LONG_TESTS").is_some() { 1 } else { COUNT / FEW };
    println!(
        "accent    kind   words          reader                        words  exact  but for stress  phoneme errors"
    );
    for accent in [Accent::American, Accent::British] {
        let mut english = English::new(accent).unwrap();
        // At most so many percent of the phonemes may be wrong: names come from every language.
        for (kind, names, most) in [("words", false, 12.0), ("names", true, 25.0)] {
            let HeldOut { counted, compared } = HeldOut::of(&english.misaki.lexicon.golds, names);
            assert!(counted.iter().all(|word| !compared.contains(word)), "the models were chosen by other words");
            let held_out: Vec<_> = counted.into_iter().step_by(step).collect();
            let scores = read(&mut english, &held_out);
            for ((set, reader), score) in &scores {
                let Score { words, exact, but_for_stress, .. } = score;
                println!(
                    "{:<8}  {kind}  {set:<13}  {:<28}  {words:>5}  {exact:>5}  {but_for_stress:>14}  {:>12.1} %",
                    format!("{accent:?}"),
                    &reader[2..],
                    score.errors()
                );
            }
            let ours = &scores[&("all", "1 this program")];
            assert_eq!(ours.words, held_out.len());
            assert!(ours.errors() < most, "{accent:?} {kind}: {:.1} %", ours.errors());
        }
    }
}
