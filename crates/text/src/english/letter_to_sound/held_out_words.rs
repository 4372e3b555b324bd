//! The words of the dictionaries that no model has seen, so that its readings of them can be counted.

use std::collections::HashMap;

use misaki_rs::lexicon::PhonemeEntry;

/// How many words, and how many names, are held out for the count in `benches/results`; as many for comparing models.
pub const COUNT: usize = 500;

/// Words in lower case, or names, with their phonemes: every so many of the alphabet, so that the choice is the same everywhere.
pub struct HeldOut {
    /// Those of the final count.
    pub counted: Vec<(String, String)>,
    /// Those that models were compared by.
    pub compared: Vec<(String, String)>,
}

impl HeldOut {
    /// Those of a dictionary.
    pub fn of(golds: &HashMap<String, PhonemeEntry>, names: bool) -> Self {
        let plain = |word: &str| {
            let first = word.bytes().next().unwrap_or_default();
            let case = if names { first.is_ascii_uppercase() } else { first.is_ascii_lowercase() };
            word.len() > 3 && case && word.bytes().skip(1).all(|letter| letter.is_ascii_lowercase())
        };
        let mut words: Vec<(String, String)> = golds
            .iter()
            .filter_map(|(word, entry)| match entry {
                PhonemeEntry::Simple(spoken) if plain(word) => Some((word.clone(), as_spoken(spoken))),
                _ => None,
            })
            .collect();
        words.sort();
        let step = words.len() / COUNT;
        let from = |first: usize| words.iter().skip(first).step_by(step).take(COUNT).cloned().collect();
        Self { counted: from(0), compared: from(step / 2) }
    }
}

/// The phonemes of a dictionary as misaki hands them on.
pub fn as_spoken(phonemes: &str) -> String {
    phonemes.replace('ɾ', "T").replace('ʔ', "t")
}

/// How many readings are right, how many but for stress, and the edits of phonemes, without stress.
#[derive(Default)]
pub struct Score {
    pub words: usize,
    pub exact: usize,
    pub but_for_stress: usize,
    pub edits: usize,
    pub phonemes: usize,
}

impl Score {
    /// Counts a reading against that of the dictionary.
    pub fn add(&mut self, spoken: &str, golden: &str) {
        let (mine, theirs) = (without_stress(spoken), without_stress(golden));
        self.words += 1;
        self.exact += usize::from(spoken == golden);
        self.but_for_stress += usize::from(mine == theirs);
        self.edits += distance(&mine, &theirs);
        self.phonemes += theirs.len();
    }

    /// Edits of all phonemes, in percent.
    pub fn errors(&self) -> f64 {
        100.0 * self.edits as f64 / self.phonemes as f64
    }
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
