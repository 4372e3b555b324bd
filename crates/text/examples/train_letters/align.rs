//! Which phonemes each letter of a word stands for, by expectation maximisation: no letter's are known at first.

use std::collections::BTreeMap;

use super::Word;

/// Phonemes of a letter at most.
const LONGEST: usize = 3;
const ROUNDS: usize = 12;
/// What a letter is expected to stand for at first, by the number of phonemes.
const EXPECTED: [f64; LONGEST + 1] = [0.3, 1.0, 0.05, 0.0005];
/// A probability that counts as none.
const LEAST: f64 = 1e-12;

/// A word, its phonemes, and where the probabilities are that each of its letters is each run of its phonemes.
struct Grid {
    letters: usize,
    phonemes: Vec<String>,
    pairs: Vec<u32>,
}

impl Grid {
    /// Where a letter ends the first phonemes.
    fn at(&self, letter: usize, phonemes: usize) -> usize {
        letter * (self.phonemes.len() + 1) + phonemes
    }

    fn cells(&self) -> usize {
        (self.letters + 1) * (self.phonemes.len() + 1)
    }

    /// The letters and the numbers of phonemes before them, in order.
    fn places(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        let phonemes = self.phonemes.len();
        (0..self.letters).flat_map(move |letter| (0..=phonemes).map(move |from| (letter, from)))
    }

    /// The lengths of a run from a phoneme, each with its pair of letter and run.
    fn runs(&self, letter: usize, from: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = self.at(letter, from) * (LONGEST + 1);
        (0..=LONGEST.min(self.phonemes.len() - from)).map(move |length| (length, self.pairs[first + length] as usize))
    }
}

/// The phonemes of each letter of each word, with stress.
pub fn align(words: &[Word]) -> Vec<Vec<String>> {
    let mut numbers: BTreeMap<(u8, String), u32> = BTreeMap::new();
    let mut probabilities = Vec::new();
    let mut letters_of = Vec::new();
    let mut grids = Vec::with_capacity(words.len());
    for word in words {
        let mut grid = Grid { letters: word.letters.len(), phonemes: phonemes(&word.phonemes), pairs: Vec::new() };
        let mut pairs = Vec::with_capacity(grid.cells() * (LONGEST + 1));
        for (letter, from) in grid.places() {
            for (length, expected) in EXPECTED.into_iter().enumerate().take(grid.phonemes.len() - from + 1) {
                let run = without_stress(&grid.phonemes[from..from + length].concat());
                let next = probabilities.len() as u32;
                let pair = *numbers.entry((word.letters[letter], run)).or_insert(next);
                if pair == next {
                    probabilities.push(expected);
                    letters_of.push(word.letters[letter]);
                }
                pairs.push(pair);
            }
            pairs.resize((grid.at(letter, from) + 1) * (LONGEST + 1), 0);
        }
        grid.pairs = pairs;
        grids.push(grid);
    }
    for _ in 1..ROUNDS {
        let mut counts = vec![0.0; probabilities.len()];
        for grid in &grids {
            expect(grid, &probabilities, &mut counts);
        }
        let mut totals = [0.0; 256];
        for (letter, count) in letters_of.iter().zip(&counts) {
            totals[usize::from(*letter)] += count;
        }
        for ((letter, count), probability) in letters_of.iter().zip(&counts).zip(&mut probabilities) {
            // What is seen less than once is an accident of few words.
            let count = if *count < 1.0 { count / 10.0 } else { *count };
            *probability = count / totals[usize::from(*letter)];
        }
    }
    grids.iter().map(|grid| best(grid, &probabilities)).collect()
}

/// Phonemes with the stress before and the length mark after them.
fn phonemes(spoken: &str) -> Vec<String> {
    let (mut phonemes, mut stress) = (Vec::<String>::new(), String::new());
    for symbol in spoken.chars() {
        match (symbol, phonemes.last_mut()) {
            ('ˈ' | 'ˌ', _) => stress.push(symbol),
            ('ː', Some(last)) => last.push(symbol),
            _ => {
                stress.push(symbol);
                phonemes.push(std::mem::take(&mut stress));
            }
        }
    }
    phonemes
}

fn without_stress(phonemes: &str) -> String {
    phonemes.replace(['ˈ', 'ˌ'], "")
}

/// Adds how often each pair is expected in a word.
fn expect(grid: &Grid, probabilities: &[f64], counts: &mut [f64]) {
    let (mut before, mut after) = (vec![0.0; grid.cells()], vec![0.0; grid.cells()]);
    let end = grid.cells() - 1;
    (before[0], after[end]) = (1.0, 1.0);
    for (letter, from) in grid.places() {
        for (length, pair) in grid.runs(letter, from) {
            before[grid.at(letter + 1, from + length)] += before[grid.at(letter, from)] * probabilities[pair];
        }
    }
    let total = before[end];
    if total <= 0.0 {
        return;
    }
    for (letter, from) in grid.places().rev() {
        for (length, pair) in grid.runs(letter, from) {
            let rest = probabilities[pair] * after[grid.at(letter + 1, from + length)];
            after[grid.at(letter, from)] += rest;
            counts[pair] += before[grid.at(letter, from)] * rest / total;
        }
    }
}

/// The most probable phonemes of each letter; none if a word cannot be divided.
fn best(grid: &Grid, probabilities: &[f64]) -> Vec<String> {
    let mut scores = vec![f64::NEG_INFINITY; grid.cells()];
    let mut lengths = vec![0; grid.cells()];
    scores[0] = 0.0;
    for (letter, from) in grid.places() {
        for (length, pair) in grid.runs(letter, from) {
            let score = scores[grid.at(letter, from)] + probabilities[pair].max(LEAST).ln();
            let to = grid.at(letter + 1, from + length);
            if score > scores[to] {
                (scores[to], lengths[to]) = (score, length);
            }
        }
    }
    let mut sounds = Vec::new();
    let mut to = grid.phonemes.len();
    if scores[grid.cells() - 1] > f64::NEG_INFINITY {
        for letter in (0..grid.letters).rev() {
            let from = to - lengths[grid.at(letter + 1, to)];
            sounds.push(grid.phonemes[from..to].concat());
            to = from;
        }
    }
    sounds.reverse();
    sounds
}
