//! Golden lines for the languages that use espeak-ng, and quantities in all languages but English. Without espeak-ng these tests
//! print a note and pass, unless `KOKORO_TEST_LANGUAGES=all`.
#![cfg(feature = "languages")]

mod common;

use std::collections::BTreeMap;

use kokoro_text::{G2p, Language, phonemes};

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
        let Some(espeak) = common::espeak(language.parse().unwrap()) else { return };
        let ours = espeak.phonemize(text).unwrap();
        let [lines, exact, equal, all] = score.entry(language).or_default();
        (*lines, *exact) = (*lines + 1, *exact + usize::from(ours == golden));
        let (mine, words): (Vec<_>, Vec<_>) = (ours.split(' ').collect(), golden.split(' ').collect());
        *equal += common::matched(&mine, &words, |word, other| word == other);
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
    let Some(espeak) = common::espeak(Language::Spanish) else { return };
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
    let Some(espeak) = common::espeak(Language::Italian) else { return };
    let spoken = espeak.phonemize(&"casa ".repeat(500)).unwrap();
    assert_eq!(spoken.split(' ').count(), 500, "cut into five pieces, no word lost");
}

#[test]
fn quantities_are_said_as_people_say_them() {
    let lines = include_str!("golden/quantities.tsv").lines().filter(|line| !line.starts_with("# "));
    let mut languages: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
    for line in lines {
        let known_failure = line.starts_with('!');
        let line = line.trim_start_matches('!');
        languages.entry(line.split('\t').next().unwrap_or_default()).or_default().push((line, known_failure));
    }
    assert_eq!(languages.len(), 7);
    let mut wrong = Vec::new();
    for (code, lines) in languages {
        let Some(reader) = common::reader(code.parse().unwrap()) else { continue };
        // Digits and words of the same number differ in stress and in spaces, and what espeak-ng has more is not heard.
        let sounds = |text: &str| -> String {
            let heard =
                |symbol: &char| phonemes::unknown(&symbol.to_string()).next().is_none() && !"ˈˌ ".contains(*symbol);
            reader.phonemize(text).unwrap().chars().filter(heard).collect()
        };
        let mut right = 0;
        for (line, known_failure) in &lines {
            let columns: Vec<&str> = line.split('\t').collect();
            let [_, written, readings @ ..] = &columns[..] else { panic!("{line:?}") };
            let equal = readings.iter().any(|reading| sounds(written) == sounds(reading));
            right += usize::from(equal);
            if equal == *known_failure {
                let spoken: Vec<String> = readings.iter().map(|reading| reader.phonemize(reading).unwrap()).collect();
                let (is, expected) = (reader.phonemize(written).unwrap(), spoken.join("\n       or "));
                wrong.push(format!("{code} {written}\n      is {is}\n expected {expected}"));
            }
        }
        println!("{code:<5}  {right:>3} of {}", lines.len());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tokens_have_the_text_as_written() {
    for (language, written, words) in [
        (Language::Spanish, "Cuesta 1.234,56 € hoy, 3/5/2024.", "Cuesta|1.234,56 €|hoy|,|3/5/2024|."),
        (Language::French, "Tout le monde, à 9h30 : 21 % !", "Tout le monde|,|à|9h30|:|21|%|!"),
        (Language::Italian, "Il 25/04/1945 con -2 °C (circa).", "Il|25/04/1945|con|-2 °C|(|circa|)|."),
        (Language::Portuguese, "[Oi](/ˈoj/) custa R$ 7,50.", "Oi|custa|R$ 7,50|."),
        (
            Language::Spanish,
            "Lee [la guía](https://a.com/b) con **calma** hoy mismo 😀, amigo.",
            "Lee|[la|guía](https://a.com/b)|con|**calma**|hoy|mismo 😀|,|amigo|.",
        ),
        (Language::Spanish, "A las 17:30 y luego de 5-10 a 20.", "A|las|17:30|y|luego|de|5-10|a|20|."),
        (Language::Hindi, "दूरी 12 किमी है।", "दूरी|12|किमी|है।"),
    ] {
        let Some(espeak) = common::espeak(language) else { return };
        let tokens = espeak.tokens(written).unwrap();
        let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts.join("|"), words, "{tokens:?}");
        let joined: String = tokens.iter().flat_map(|token| [token.phonemes.as_str(), &token.whitespace]).collect();
        assert_eq!(joined.trim(), espeak.phonemize(written).unwrap());
    }
    let Some(espeak) = common::espeak(Language::Spanish) else { return };
    for text in ["", "...", "¿?", " \n "] {
        assert!(espeak.tokens(text).unwrap().is_empty(), "{text:?}");
    }
}
