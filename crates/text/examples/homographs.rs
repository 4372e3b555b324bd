//! Counts how many homographs of a labelled set are read as they should be, in American English.
//!
//! ```text
//! KOKORO_HOMOGRAPHS=FOLDER cargo run -p kokoro-text --example homographs [train]
//! ```
//!
//! FOLDER is the `data` folder of WikipediaHomographData (Gorman and others, 2018): `wordids.tsv` with the readings of each word,
//! and `eval` and `train` with a table of sentences for each word. A word is right if, of the readings that the set names, the
//! nearest to the phonemes spoken is the one expected. Secondary stress, length marks and the kind of a reduced vowel do not
//! count; the place of the primary stress does.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use kokoro_text::Language;
use kokoro_text::Token;

const VARIABLE: &str = "KOKORO_HOMOGRAPHS";

/// The commonest by the package wordfreq, of those whose rarer reading has at least one sentence in twenty.
const COMMONEST: &str = "use read live close record perfect lead present reading lives august increase minute uses learned wind \
    separate progress produce transport abuse upset affect excuse contest conduct suspect graduate document protest sake refuse \
    associate tear invite bow estimate bass frequent wound";

/// Symbols of the set and of Kokoro's alphabet, and what they are compared as.
const FOLDED: [(&str, &str); 19] = [
    ("eɪ", "A"),
    ("aɪ", "I"),
    ("oʊ", "O"),
    ("aʊ", "W"),
    ("ɔɪ", "Y"),
    ("dʒ", "ʤ"),
    ("tʃ", "ʧ"),
    ("ɝ", "ɜɹ"),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("ɫ", "l"),
    ("g", "ɡ"),
    ("T", "t"),
    ("ᵊ", "ə"),
    ("ᵻ", "ə"),
    ("'", "ˈ"),
    ("ˌ", ""),
    ("ː", ""),
    ("1", ""),
];

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
        eprintln!("skipped: {VARIABLE} is not set; it names the data folder of WikipediaHomographData");
        return Ok(());
    };
    let part = std::env::args().nth(1).unwrap_or_else(|| "eval".to_owned());
    let mut readings: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in rows(&folder.join("wordids.tsv"))? {
        if let [word, id, _, pronunciation, ..] = &row[..] {
            readings.entry(word.clone()).or_default().push((id.clone(), folded(pronunciation)));
        }
    }
    let reader = Language::AmericanEnglish.reader()?;
    let mut score: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for file in fs::read_dir(folder.join(&part))? {
        for row in rows(&file?.path())? {
            let [word, id, sentence, start, ..] = &row[..] else { continue };
            let spoken =
                token_at(&reader.tokens(sentence)?, sentence, start.parse()?).map(|token| folded(&token.phonemes));
            let known = readings.get(word).ok_or_else(|| format!("{word} is not in wordids.tsv"))?;
            let nearest = spoken.and_then(|spoken| known.iter().min_by_key(|(_, reading)| distance(&spoken, reading)));
            let [right, all] = score.entry(word.clone()).or_default();
            *right += usize::from(nearest.is_some_and(|(nearest, _)| nearest == id));
            *all += 1;
        }
    }
    let common = |word: &str| COMMONEST.split_whitespace().any(|other| other == word);
    let total = |wanted: &dyn Fn(&str) -> bool| {
        let chosen = score.iter().filter(|(word, _)| wanted(word)).map(|(_, count)| *count);
        chosen.fold([0, 0, 0], |[words, right, all], [one, of]| [words + 1, right + one, all + of])
    };
    for (name, [words, right, all]) in [("all", total(&|_| true)), ("the commonest", total(&common))] {
        println!(
            "{name}: {words} words, {right} of {all} sentences, {:.1} %",
            100.0 * right as f64 / all.max(1) as f64
        );
    }
    let weak = score.values().filter(|[right, all]| right * 10 < all * 9).count();
    println!("under 90 %: {weak} words");
    for (word, [right, all]) in &score {
        println!("{}{word} {right}/{all}", if common(word) { "* " } else { "  " });
    }
    Ok(())
}

/// The rows of a table without its head. Fields are in quotation marks, which are doubled inside.
fn rows(path: &std::path::Path) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let field = |field: &str| {
        let inner = field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(field);
        inner.replace("\"\"", "\"")
    };
    Ok(text.lines().skip(1).map(|line| line.split('\t').map(field).collect()).collect())
}

/// The token that has the character at `start`, of the sentence or, where the table counts so, of its bytes.
fn token_at<'a>(tokens: &'a [Token], sentence: &str, start: usize) -> Option<&'a Token> {
    let mut end = 0;
    tokens.iter().find(|token| {
        let first = token.text.chars().next();
        let at = sentence[end..].char_indices().find(|(_, c)| Some(*c) == first).map_or(end, |(at, _)| end + at);
        let length = sentence[at..].chars().zip(token.text.chars()).take_while(|(a, b)| a == b);
        end = at + length.map(|(c, _)| c.len_utf8()).sum::<usize>();
        (at..end).contains(&start)
    })
}

/// The phonemes as they are compared. The stress stands before its vowel, not before its syllable.
fn folded(phonemes: &str) -> String {
    let plain = FOLDED.iter().fold(phonemes.to_owned(), |phonemes, (symbol, plain)| phonemes.replace(symbol, plain));
    let (mut out, mut stressed) = (String::new(), false);
    for symbol in plain.chars().filter(|c| c.is_alphabetic()) {
        if symbol == 'ˈ' {
            stressed = true;
            continue;
        }
        if stressed && "AIOQWYaeiouæɑɒɔəɛɜɪʊʌ".contains(symbol) {
            out.push('ˈ');
            stressed = false;
        }
        out.push(symbol);
    }
    out
}

/// The edit distance, in which reduced vowels are near each other.
fn distance(a: &str, b: &str) -> usize {
    const REDUCED: &str = "əɪɛʌuʊ";
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).map(|at| 2 * at).collect();
    for &symbol in &a {
        let mut diagonal = row[0];
        row[0] += 2;
        for (at, &other) in b.iter().enumerate() {
            let change = match symbol == other {
                true => 0,
                false if REDUCED.contains(symbol) && REDUCED.contains(other) => 1,
                false => 2,
            };
            let best = (diagonal + change).min(row[at] + 2).min(row[at + 1] + 2);
            diagonal = row[at + 1];
            row[at + 1] = best;
        }
    }
    row[b.len()]
}
