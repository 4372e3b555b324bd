//! What the tagger sees of a word and of its surroundings, as hashes. The program that finds the weights shares this file.

/// The most features of a token.
pub const FEATURES: usize = 28;
/// The class of a word that the table lacks, or of the place before the first word and after the last.
pub const UNKNOWN: u8 = 63;

/// What is seen of one token.
#[derive(Clone, Copy)]
pub struct Form {
    /// The hash of the word.
    pub word: u32,
    lower: u32,
    suffix: u32,
    short_suffix: u32,
    prefix: u32,
    shape: u32,
    /// The commonest tag of the word.
    pub class: u8,
}

/// The places before the first token and after the last one.
const OUTSIDE: Form = Form { word: 1, lower: 1, suffix: 1, short_suffix: 1, prefix: 1, shape: 1, class: UNKNOWN };

/// The hash of a word in the table of words.
pub fn word_hash(text: &str) -> u32 {
    hash(text.chars().map(|c| u32::from(straight(c))))
}

impl Form {
    /// The form of a token, with or without white space after it. `class` tells the commonest tag of a word by its hash.
    pub fn new(text: &str, space: bool, class: impl Fn(u32) -> u8) -> Self {
        let characters = || text.chars().map(straight);
        let lower = || characters().map(|c| c.to_ascii_lowercase());
        let word = word_hash(text);
        let ending = |count: usize| hash(lower().rev().take(count).map(u32::from));
        let shape = characters().fold((0_u32, 0, 0), |(shape, last, run), c| {
            let kind = match c {
                c if c.is_uppercase() => 1,
                c if c.is_alphabetic() => 2,
                c if c.is_numeric() => 3,
                '-' => 4,
                '\'' => 5,
                _ => 6,
            };
            // Runs longer than two look alike.
            let run = if kind == last { run + 1 } else { 1 };
            (if run > 2 { shape } else { shape.wrapping_mul(7).wrapping_add(kind) }, kind, run)
        });
        Self {
            word,
            lower: hash(lower().map(u32::from)),
            suffix: ending(3),
            short_suffix: ending(2),
            prefix: hash(lower().take(3).map(u32::from)),
            shape: shape.0 << 1 | u32::from(space),
            class: class(word),
        }
    }
}

fn straight(c: char) -> char {
    if matches!(c, '‘' | '’') { '\'' } else { c }
}

fn hash(symbols: impl Iterator<Item = u32>) -> u32 {
    symbols.fold(0x811c_9dc5, |hash, symbol| (hash ^ symbol).wrapping_mul(0x0100_0193).rotate_left(5))
}

/// The features of the token at `at`, given the tags of the two before it; `UNKNOWN` before the first.
pub fn features(forms: &[Form], at: usize, previous: u8, before: u8) -> [u32; FEATURES] {
    let form = |offset: isize| at.checked_add_signed(offset).and_then(|at| forms.get(at)).unwrap_or(&OUTSIDE);
    let (this, last, next) = (form(0), form(-1), form(1));
    let (previous, before) = (u32::from(previous), u32::from(before));
    let class = |form: &Form| u32::from(form.class);
    let mut kind = 0;
    let mut of = |first: u32, second: u32| {
        kind += 1;
        let mixed = (u64::from(first) << 32 | u64::from(second)).wrapping_add(kind << 17);
        let mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32) as u32
    };
    [
        of(0, 0),
        of(this.word, 0),
        of(this.lower, 0),
        of(this.suffix, this.shape),
        of(this.suffix, 0),
        of(this.short_suffix, 0),
        of(this.prefix, 0),
        of(this.shape, previous),
        of(previous, 0),
        of(previous << 8 | before, 0),
        of(previous << 8 | before, this.lower),
        of(previous, this.lower),
        of(last.lower, 0),
        of(last.lower, this.lower),
        of(form(-2).lower, 0),
        of(next.lower, 0),
        of(next.lower, this.lower),
        of(form(2).lower, 0),
        of(next.suffix, class(this)),
        of(last.suffix, 0),
        of(class(next), previous),
        of(class(next), this.lower),
        of(class(next) << 8 | class(form(2)), class(this) << 8 | previous),
        of(class(form(2)), this.lower),
        of(next.shape, this.shape),
        of(class(this), previous << 8 | class(next)),
        of(class(form(-2)) << 8 | previous, class(this) << 8 | class(next)),
        of(class(form(3)) << 8 | class(form(2)), this.lower),
    ]
}
