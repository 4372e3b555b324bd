//! Golden lines for the languages that use espeak-ng. Without the program these tests print a note and pass.
#![cfg(feature = "languages")]
#![expect(clippy::panic, clippy::print_stdout, reason = "tests fail by panicking and print a score")]

use std::collections::BTreeMap;

use kokoro_text::espeak::Espeak;
use kokoro_text::{Error, G2p, Language};

fn espeak(language: Language) -> Option<Espeak> {
    match Espeak::new(language) {
        Ok(espeak) => Some(espeak),
        Err(error @ Error::Program { .. }) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Golden lines that differ on purpose: misaki loses the decimal separator and says the letter h in times.
const ON_PURPOSE: [&str; 3] = [
    "Cuesta 25,50 euros; ¿lo quieres o no?",
    "Le train part à 18h30 et coûte 45 euros.",
    "L'acqua costa 2 euro, ma lo sciroppo ne costa 3,50.",
];

#[test]
fn golden_lines_match() {
    let mut score: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in include_str!("golden/g2p-espeak.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [text, golden, language] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
        let Some(espeak) = espeak(language.parse().unwrap()) else { return };
        let ours = espeak.phonemize(text).unwrap();
        let [lines, exact, equal, all] = score.entry(language).or_default();
        (*lines, *exact) = (*lines + 1, *exact + usize::from(ours == golden));
        let words: Vec<_> = golden.split(' ').collect();
        *equal += ours.split(' ').zip(&words).filter(|(word, other)| word == *other).count();
        *all += words.len();
        if ours != golden && !ON_PURPOSE.contains(&text) {
            wrong.push(format!("{text}\n   ours {ours}\n golden {golden}"));
        }
    }
    println!("language  lines  exact  words  matched");
    for (language, [lines, exact, equal, all]) in &score {
        println!("{language:<8}  {lines:>5}  {exact:>5}  {all:>5}  {equal:>7}");
    }
    assert_eq!(score.len(), 5);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn text_is_never_a_command_for_espeak() {
    let Some(espeak) = espeak(Language::Spanish) else { return };
    let hello = espeak.phonemize("hola").unwrap();
    // An option, phoneme brackets, the command character of espeak-ng, a NUL, SSML.
    for text in ["--version hola", "[[hola]]", "\u{1}20S hola", "\0hola", "-f /etc/passwd hola", "<break/> hola"] {
        let spoken = espeak.phonemize(text).unwrap();
        assert!(spoken.ends_with(&hello), "{text:?} is {spoken}");
    }
    assert_eq!(espeak.phonemize("[hola](/ˈola/) hola").unwrap(), format!("ˈola {hello}"));
    assert_eq!(espeak.phonemize("(hola) [hola]").unwrap(), format!("({hello}) {hello}"));
    for text in ["", " \n ", "...", "¿?"] {
        assert!(espeak.phonemize(text).unwrap_err().to_string().contains("nothing in"), "{text:?}");
    }
}

#[test]
fn long_text_is_complete() {
    let Some(espeak) = espeak(Language::Italian) else { return };
    let spoken = espeak.phonemize(&"casa ".repeat(500)).unwrap();
    assert_eq!(spoken.split(' ').count(), 500, "cut into five pieces, no word lost");
}
