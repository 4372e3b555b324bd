//! Learns the weights of sounds in contexts: multinomial logistic regression by stochastic gradients (AdaGrad with an L1 penalty).
//! First all weights are learnt, then those that find a place in the table, once more.

use super::Word;
use super::contexts::{STRESSES, Sound, Spelling, State};
use super::model::{SCALE, WAYS, place};

/// The size of the model: each bucket has 16 bytes.
pub const BUCKETS: usize = 40_000;
/// Passes over the words with all weights.
const FIRST: usize = 3;
/// Passes with those that are kept.
const SECOND: usize = 2;
const RATE: f32 = 0.08;
const PENALTY: f32 = 0.003;
/// A gradient that is not worth a step.
const SMALL: f32 = 1e-3;
/// A weight needs this many examples of its sound in its context.
const EXAMPLES: u8 = 2;

/// Weights by place: 256 for each bucket, of which eight are kept.
struct Weights {
    weights: Vec<f32>,
    squares: Vec<f32>,
    used: Vec<bool>,
}

/// A word with the number of the sound of each letter among the letter's.
struct Example {
    spelling: Spelling,
    letters: Vec<usize>,
    sounds: Vec<usize>,
}

/// The contexts of a letter and of the sounds before it.
fn contexts(example: &Example, at: usize, state: State) -> (Vec<u64>, Vec<u64>) {
    let mut contexts = example.spelling.contexts(at);
    let (sound, stress) = state.contexts(&contexts);
    contexts.sound.extend(sound);
    contexts.stress.extend(stress);
    (contexts.sound, contexts.stress)
}

fn index(context: u64, id: u64) -> usize {
    let (bucket, mark) = place(context, id, BUCKETS);
    bucket << 8 | usize::from(mark)
}

/// The table of the model.
pub fn learn(words: &[Word], sounds: &[Vec<String>], inventory: &[Vec<Sound<'_>>]) -> Vec<u8> {
    let examples: Vec<Example> =
        words.iter().zip(sounds).filter_map(|(word, sounds)| example(word, sounds, inventory)).collect();
    let mut weights = Weights {
        weights: vec![0.0; BUCKETS << 8],
        squares: vec![0.0; BUCKETS << 8],
        used: with_examples(&examples, inventory),
    };
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = 1_u64;
    for pass in 0..FIRST + SECOND {
        if pass == FIRST {
            weights.keep_heaviest();
        }
        for last in (1..order.len()).rev() {
            // The high bits of Knuth's generator are random enough.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(last, (random >> 33) as usize % (last + 1));
        }
        for &number in &order {
            weights.learn_from(&examples[number], inventory);
        }
    }
    weights.table()
}

/// None if the word has a rare sound.
fn example(word: &Word, sounds: &[String], inventory: &[Vec<Sound<'_>>]) -> Option<Example> {
    let letters: Vec<usize> = word.letters.iter().map(|letter| usize::from(letter - b'a')).collect();
    let number =
        |(letter, phonemes): (&usize, &String)| inventory[*letter].iter().position(|sound| sound.phonemes == phonemes);
    let numbers = letters.iter().zip(sounds).map(number).collect::<Option<Vec<_>>>()?;
    let whole = numbers.len() == letters.len();
    whole.then(|| Example { spelling: Spelling::new(&word.letters, word.capital), letters, sounds: numbers })
}

/// Which weights have enough examples.
fn with_examples(examples: &[Example], inventory: &[Vec<Sound<'_>>]) -> Vec<bool> {
    let mut counts = vec![0_u8; BUCKETS << 8];
    for example in examples {
        let mut state = State::default();
        for (at, (letter, number)) in example.letters.iter().zip(&example.sounds).enumerate() {
            let right = &inventory[*letter][*number];
            let (sound, stress) = contexts(example, at, state);
            let places = sound.iter().map(|context| index(*context, right.id));
            for place in places.chain(stress.iter().map(|context| index(*context, right.stress as u64))) {
                counts[place] = counts[place].saturating_add(1);
            }
            state = state.after(right);
        }
    }
    counts.into_iter().map(|count| count >= EXAMPLES).collect()
}

impl Weights {
    fn score(&self, contexts: &[u64], id: u64) -> f32 {
        contexts.iter().map(|context| self.weights[index(*context, id)]).sum()
    }

    fn learn_from(&mut self, example: &Example, inventory: &[Vec<Sound<'_>>]) {
        let mut state = State::default();
        for (at, (letter, number)) in example.letters.iter().zip(&example.sounds).enumerate() {
            let sounds = &inventory[*letter];
            let (sound, stress) = contexts(example, at, state);
            let stresses: [f32; STRESSES] = std::array::from_fn(|kind| self.score(&stress, kind as u64));
            let scores: Vec<f32> = sounds.iter().map(|one| stresses[one.stress] + self.score(&sound, one.id)).collect();
            let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let total: f32 = scores.iter().map(|score| (score - best).exp()).sum();
            let mut of_stress = [0.0; STRESSES];
            for (other, score) in scores.iter().enumerate() {
                let wanted = if other == *number { 1.0 } else { 0.0 };
                let gradient = (score - best).exp() / total - wanted;
                of_stress[sounds[other].stress] += gradient;
                self.step(&sound, sounds[other].id, gradient);
            }
            for (kind, gradient) in of_stress.into_iter().enumerate() {
                self.step(&stress, kind as u64, gradient);
            }
            state = state.after(&sounds[*number]);
        }
    }

    fn step(&mut self, contexts: &[u64], id: u64, gradient: f32) {
        if gradient.abs() < SMALL {
            return;
        }
        for place in contexts.iter().map(|context| index(*context, id)) {
            if self.used[place] {
                self.squares[place] += gradient * gradient;
                let rate = RATE / (self.squares[place] + 0.1).sqrt();
                let weight = self.weights[place] - rate * gradient;
                self.weights[place] = weight.signum() * (weight.abs() - rate * PENALTY).max(0.0);
            }
        }
    }

    /// Keeps as many weights as a bucket has room for.
    fn keep_heaviest(&mut self) {
        for (weights, used) in self.weights.chunks_exact_mut(256).zip(self.used.chunks_exact_mut(256)) {
            let mut order: Vec<usize> = (0..256).collect();
            order.sort_by(|first, second| weights[*second].abs().total_cmp(&weights[*first].abs()));
            for mark in order.drain(WAYS..) {
                weights[mark] = 0.0;
                used[mark] = false;
            }
        }
    }

    fn table(&self) -> Vec<u8> {
        let mut table = Vec::with_capacity(BUCKETS * 2 * WAYS);
        for weights in self.weights.chunks_exact(256) {
            let bytes = (0..=255_u8).zip(weights).map(|(mark, weight)| (mark, (weight * SCALE).round() as i8));
            // No weight is like one of 0.
            let mut entries: Vec<(u8, i8)> = bytes.filter(|(_, weight)| *weight != 0).collect();
            entries.resize(WAYS, (0, 0));
            table.extend(entries.iter().map(|(mark, _)| mark));
            table.extend(entries.iter().map(|(_, weight)| weight.cast_unsigned()));
        }
        table
    }
}
