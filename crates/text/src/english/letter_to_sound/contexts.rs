//! What the sound of a letter depends on, as hashes: the letters around it, the ends of the word, how many syllables are before
//! and after it, and the sounds before it.

/// How many letters to the right belong to a run of letters, by how many to the left do.
const RUNS: [usize; 6] = [5, 5, 4, 3, 3, 2];
/// Zeros around a word, at least as many as letters that are looked at beyond one.
const MARGIN: usize = 6;
/// More syllables than these count as these.
const SYLLABLES: usize = 4;

/// The letters of a word, a to z.
pub struct Spelling {
    /// The letters between two margins.
    letters: Vec<u8>,
    /// The number of groups of vowel letters up to each letter.
    groups: Vec<usize>,
    /// Whether the word is written with a capital.
    capital: bool,
}

/// The contexts of a letter.
pub struct Contexts {
    /// Those of the sound.
    pub sound: Vec<u64>,
    /// Those of its stress alone.
    pub stress: Vec<u64>,
    before: u64,
    after: u64,
    two_after: u64,
    trigram: u64,
    shape: u64,
    syllables_after: u64,
    endings: [u64; 2],
}

/// What counts of the sounds before a letter.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    /// The last four symbols, 16 bits each.
    symbols: u64,
    /// The last vowel and whether it is stressed.
    vowel: u64,
    syllables: u64,
    /// The syllables since the last stressed one, which counts; 0 before the first.
    since_stress: u64,
    /// Whether one of them has the primary stress.
    pub primary: bool,
}

/// A sound that a letter may have: none, or one to three phonemes.
pub struct Sound<'a> {
    /// The phonemes, with the stress before the vowel.
    pub phonemes: &'a str,
    /// What tells it from other sounds in hashes.
    pub id: u64,
    /// What tells its stress from that of others: no vowel, an unstressed one, secondary or primary stress.
    pub stress: usize,
}

/// The kinds of stress of a sound.
pub const STRESSES: usize = 4;
const UNSTRESSED: usize = 1;
/// The kind of the primary stress.
pub const PRIMARY: usize = 3;
const VOWELS: &str = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵊᵻ";

impl<'a> Sound<'a> {
    /// The sound with a number of its own.
    pub fn new(phonemes: &'a str, number: usize) -> Self {
        let stress = match () {
            () if phonemes.contains('ˈ') => PRIMARY,
            () if phonemes.contains('ˌ') => 2,
            () if phonemes.contains(|c| VOWELS.contains(c)) => UNSTRESSED,
            () => 0,
        };
        Self { phonemes, id: (STRESSES + number) as u64, stress }
    }
}

fn mix(hash: u64, value: u64) -> u64 {
    // The multiplier is 2^64 divided by the golden ratio.
    (hash ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Hashes of groups of values, each group with a kind of its own.
fn hashes<const GROUPS: usize>(first_kind: u64, groups: [[u64; 3]; GROUPS]) -> [u64; GROUPS] {
    let mut kinds = first_kind..;
    groups.map(|values| values.into_iter().fold(kinds.next().unwrap_or_default(), mix))
}

/// Whether letters are vowels, as digits.
fn shape<'a>(letters: impl Iterator<Item = &'a u8>) -> u64 {
    letters.fold(1, |shape, letter| {
        let kind = match letter {
            0 => 0,
            b'a' | b'e' | b'i' | b'o' | b'u' => 1,
            b'y' => 2,
            _ => 3,
        };
        shape * 4 + kind
    })
}

impl Spelling {
    /// The spelling of a word of the letters a to z.
    pub fn new(word: &[u8], capital: bool) -> Self {
        let mut letters = vec![0; MARGIN];
        letters.extend(word);
        letters.extend([0; MARGIN]);
        let vowel = |letter: u8| b"aeiouy".contains(&letter);
        let mut count = 0;
        let groups = (0..word.len()).map(|at| {
            count += usize::from(vowel(word[at]) && !(at > 0 && vowel(word[at - 1])));
            count
        });
        Self { groups: groups.collect(), letters, capital }
    }

    /// The contexts of the letter at a place.
    pub fn contexts(&self, at: usize) -> Contexts {
        let (end, own) = (self.letters.len() - MARGIN, at + MARGIN);
        let mut contexts = Contexts {
            sound: Vec::with_capacity(48),
            stress: Vec::with_capacity(32),
            before: u64::from(self.letters[own - 1]),
            after: u64::from(self.letters[own + 1]),
            two_after: u64::from(self.letters[own + 1]) << 8 | u64::from(self.letters[own + 2]),
            trigram: 0,
            shape: shape(self.letters[own + 1..own + 5].iter()),
            syllables_after: (self.groups.last().unwrap_or(&0) - self.groups[at]).min(SYLLABLES) as u64,
            endings: [2, 3].map(|length| hash_of(&self.letters[end - length..end])),
        };
        // Runs of letters end one beyond the word.
        let mut from_left = 0;
        for (left, longest) in RUNS.into_iter().enumerate().take(at + 2) {
            from_left = mix(from_left, u64::from(self.letters[own - left]));
            let mut run = from_left;
            for right in 0..=(end - own).min(longest) {
                if right > 0 {
                    run = mix(run, u64::from(self.letters[own + right]));
                }
                let hash = mix(run, (left * 8 + right) as u64);
                contexts.sound.push(hash);
                if left > 0 && right > 0 && left + right < 6 {
                    contexts.stress.push(hash);
                }
                if (left, right) == (1, 1) {
                    contexts.trigram = hash;
                }
            }
        }
        self.add_word(at, &mut contexts);
        contexts
    }

    /// Adds what depends on the whole word.
    fn add_word(&self, at: usize, contexts: &mut Contexts) {
        let (start, end, own) = (MARGIN, self.letters.len() - MARGIN, at + MARGIN);
        let Contexts { sound, stress, trigram, shape: right, syllables_after: after, .. } = contexts;
        let (trigram, right, after) = (*trigram, *right, *after);
        let left = shape(self.letters[own - 3..own].iter());
        let syllables = after << 8 | self.groups[at].min(SYLLABLES) as u64;
        let capital = u64::from(self.capital);
        let [ending1, ending2, ending3, ending4] = [1, 2, 3, 4].map(|length| hash_of(&self.letters[end - length..end]));
        let starts = [2, 3, 4].map(|length| hash_of(&self.letters[start..start + length]));
        sound.extend(hashes(
            100,
            [
                [right, 0, 0],
                [left, right, 0],
                [syllables, 0, 0],
                [syllables, right, 0],
                [ending1, after, 0],
                [ending2, after, 0],
                [ending3, after, 0],
                [ending4, after, 0],
                [capital, 0, after],
                [capital, ending1, after],
                [capital, ending2, after],
                [capital, trigram, 0],
            ],
        ));
        stress.extend(hashes(
            200,
            [
                [ending1, syllables, 0],
                [ending2, syllables, 0],
                [ending3, syllables, 0],
                [ending4, syllables, 0],
                [starts[0], syllables, 0],
                [starts[1], syllables, 0],
                [starts[2], syllables, 0],
                [ending3, trigram, after],
                [left, right, syllables],
                [capital, syllables, 0],
                [capital, ending1, syllables],
                [capital, ending2, 0],
            ],
        ));
    }
}

fn hash_of(letters: &[u8]) -> u64 {
    letters.iter().fold(letters.len() as u64, |hash, letter| mix(hash, u64::from(*letter)))
}

impl State {
    /// The state after one more sound.
    pub fn after(mut self, sound: &Sound<'_>) -> Self {
        for symbol in sound.phonemes.chars().filter(|symbol| !"ˈˌ".contains(*symbol)) {
            self.symbols = self.symbols << 16 | u64::from(symbol);
            if VOWELS.contains(symbol) {
                self.vowel = u64::from(symbol) << 1 | u64::from(sound.stress > UNSTRESSED);
            }
        }
        if sound.stress >= UNSTRESSED {
            self.syllables = (self.syllables + 1).min(3);
            self.since_stress = match self.since_stress {
                _ if sound.stress > UNSTRESSED => 1,
                0 => 0,
                since => (since + 1).min(3),
            };
            self.primary |= sound.stress == PRIMARY;
        }
        self
    }

    /// The contexts that the sounds before a letter add to its own: of its sound, and of its stress alone.
    pub fn contexts(&self, letter: &Contexts) -> ([u64; 15], [u64; 8]) {
        let [last, two, three] = [16, 32, 48].map(|bits| self.symbols & ((1 << bits) - 1));
        let stress = self.syllables << 8 | self.since_stress << 4 | u64::from(self.primary);
        let Contexts { before, after, two_after, trigram, shape, syllables_after, endings, .. } = *letter;
        let sound = [
            [last, 0, 0],
            [two, 0, 0],
            [three, 0, 0],
            [self.symbols, 0, 0],
            [last, after, 0],
            [two, after, 0],
            [three, after, 0],
            [last, two_after, 0],
            [two, two_after, 0],
            [last, before, 0],
            [two, before, after],
            [self.vowel, after, 0],
            [stress, 0, 0],
            [stress, syllables_after, shape],
            [stress, trigram, 0],
        ];
        let alone = [
            [stress, 0, 0],
            [stress, syllables_after, 0],
            [stress, syllables_after, endings[0]],
            [stress, syllables_after, endings[1]],
            [stress, trigram, 0],
            [stress, syllables_after, shape],
            [stress, syllables_after, two],
            [stress << 16 | syllables_after, last, shape],
        ];
        (hashes(300, sound), hashes(400, alone))
    }
}
