//! The model: weights of sounds in contexts, in a table that is searched where it lies, and the search for the best reading.

use super::contexts::{Contexts, PRIMARY, STRESSES, Sound, Spelling, State};

/// Weights in a bucket.
pub const WAYS: usize = 8;
/// What a weight is multiplied by to be stored as a byte.
pub const SCALE: f32 = 8.0;
/// Readings that are followed at a time, of those with and without the primary stress.
const BEAM: usize = 2;
/// Sounds and readings this much less probable than the best, as a natural logarithm, are not followed.
const HOPELESS: f32 = 5.0;
/// The lowest bit of each byte.
const LOW_BITS: u64 = u64::from_le_bytes([1; WAYS]);

/// The place of a weight: its bucket and its mark there.
pub fn place(context: u64, id: u64, buckets: usize) -> (usize, u8) {
    let hash = (context ^ id.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = hash ^ (hash >> 29);
    ((((hash >> 32) * buckets as u64) >> 32) as usize, hash as u8)
}

/// A model for one accent.
pub struct Model<'a> {
    /// The sounds of each letter.
    pub sounds: Vec<Vec<Sound<'a>>>,
    /// Buckets of eight marks and eight weights.
    buckets: &'a [[u8; 2 * WAYS]],
}

/// A reading of the first letters of a word.
struct Path {
    score: f32,
    state: State,
    /// The last of its steps.
    step: Option<usize>,
}

/// The sounds of each letter, one line a letter, separated by tabs.
pub fn inventory<'a>(lines: &'a str) -> Vec<Vec<Sound<'a>>> {
    let mut numbers = 0..;
    let line = |line: &'a str| {
        line.split('\t').zip(&mut numbers).map(|(phonemes, number)| Sound::new(phonemes, number)).collect()
    };
    lines.lines().map(line).collect()
}

impl<'a> Model<'a> {
    /// The model in a file: the length of the inventory, the inventory, and the buckets.
    pub fn new(file: &'a [u8]) -> Option<Self> {
        let (length, rest) = file.split_first_chunk()?;
        let (lines, table) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let sounds = inventory(std::str::from_utf8(lines).ok()?);
        let (buckets, _) = table.as_chunks();
        (sounds.len() == 26 && !buckets.is_empty()).then_some(Self { sounds, buckets })
    }

    fn weight(&self, context: u64, id: u64) -> i32 {
        let (bucket, mark) = place(context, id, self.buckets.len());
        let (marks, weights) = self.buckets[bucket].split_at(WAYS);
        // All marks at once: the lowest byte that is equal is 0 in `different`, and gives the lowest bit of `equal`.
        let marks = marks.first_chunk().map_or(0, |marks| u64::from_le_bytes(*marks));
        let different = marks ^ (LOW_BITS * u64::from(mark));
        let equal = different.wrapping_sub(LOW_BITS) & !different & (LOW_BITS << 7);
        weights.get(equal.trailing_zeros() as usize / 8).map_or(0, |weight| i32::from(weight.cast_signed()))
    }

    fn score(&self, contexts: &[u64], id: u64) -> f32 {
        contexts.iter().map(|context| self.weight(*context, id)).sum::<i32>() as f32 / SCALE
    }

    fn stress_scores(&self, contexts: &[u64]) -> [f32; STRESSES] {
        std::array::from_fn(|stress| self.score(contexts, stress as u64))
    }

    /// The phonemes of a word of the letters a to z, with at most one primary stress.
    pub fn read(&self, word: &[u8], capital: bool) -> String {
        let spelling = Spelling::new(word, capital);
        let mut paths = vec![Path { score: 0.0, state: State::default(), step: None }];
        // Each step is the one before it and the sound.
        let mut steps: Vec<(Option<usize>, &Sound<'_>)> = Vec::new();
        for (at, letter) in word.iter().enumerate() {
            let contexts = spelling.contexts(at);
            let likely = self.likely(&self.sounds[usize::from(letter - b'a')], &contexts);
            let mut longer: Vec<(Path, &Sound<'_>)> = Vec::with_capacity(paths.len() * likely.len());
            for path in &paths {
                self.lengthen(path, &likely, &contexts, &mut longer);
            }
            longer.sort_by(|(first, _), (second, _)| second.score.total_cmp(&first.score));
            let best = longer.first().map_or(0.0, |(path, _)| path.score);
            paths.clear();
            for (path, sound) in longer {
                let rivals = paths.iter().filter(|other: &&Path| other.state.primary == path.state.primary).count();
                let known = paths.iter().any(|other| other.state == path.state);
                if rivals < BEAM && !known && (rivals == 0 || path.score > best - HOPELESS) {
                    steps.push((path.step, sound));
                    paths.push(Path { step: Some(steps.len() - 1), ..path });
                }
            }
        }
        // The paths are sorted.
        let best = paths.iter().find(|path| path.state.primary).or(paths.first());
        let mut step = best.and_then(|path| path.step);
        let mut spoken = Vec::with_capacity(word.len());
        while let Some((before, sound)) = step.and_then(|step| steps.get(step)) {
            spoken.push(sound.phonemes);
            step = *before;
        }
        spoken.iter().rev().copied().collect()
    }

    /// The sounds that a letter may have, with their scores, whatever is before it.
    fn likely<'s>(&self, sounds: &'s [Sound<'a>], contexts: &Contexts) -> Vec<(f32, &'s Sound<'a>)> {
        let stresses = self.stress_scores(&contexts.stress);
        let mut likely: Vec<(f32, &Sound<'_>)> = sounds
            .iter()
            .map(|sound| (stresses[sound.stress] + self.score(&contexts.sound, sound.id), sound))
            .collect();
        let best = |among: &dyn Fn(&Sound<'_>) -> bool| {
            let scores = likely.iter().filter(|(_, sound)| among(sound)).map(|(score, _)| *score);
            scores.fold(f32::NEG_INFINITY, f32::max)
        };
        // One must remain for readings that have the primary stress already.
        let least = (best(&|_| true) - HOPELESS).min(best(&|sound| sound.stress != PRIMARY));
        likely.retain(|(score, _)| *score >= least);
        likely
    }

    /// Adds the readings that are one letter longer.
    fn lengthen<'s>(
        &self,
        path: &Path,
        likely: &[(f32, &'s Sound<'a>)],
        contexts: &Contexts,
        longer: &mut Vec<(Path, &'s Sound<'a>)>,
    ) {
        let (alone, stress) = path.state.contexts(contexts);
        let stresses = self.stress_scores(&stress);
        let scores: Vec<f32> =
            likely.iter().map(|(score, sound)| score + stresses[sound.stress] + self.score(&alone, sound.id)).collect();
        let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total = best + scores.iter().map(|score| (score - best).exp()).sum::<f32>().ln();
        for (score, (_, sound)) in scores.iter().zip(likely) {
            if !(path.state.primary && sound.stress == PRIMARY) {
                let state = path.state.after(sound);
                longer.push((Path { score: path.score + score - total, state, step: path.step }, sound));
            }
        }
    }
}
