//! Parts of speech, by an averaged perceptron that repeats what spaCy's network says, which misaki has.
//!
//! From left to right it adds up the weights of what is seen of a word, of its neighbours and of the two tags before it. Words
//! that nearly always have one tag are in a table. `examples/tagger.rs` finds both.

mod features;

use features::{Form, UNKNOWN, features};

use super::pieces::Piece;
use crate::english::marks::is_clipped;

/// Table and weights, as `examples/tagger.rs` writes them.
static FILE: &[u8] = include_bytes!("tagger/weights.bin");
/// The most tags.
const TAGS: usize = 50;
/// The bits of the number of weights of one feature.
const LENGTH_BITS: u32 = 6;
/// The mark of a word that nearly always has its commonest tag.
const CERTAIN: u8 = 128;

const QUOTATION_MARKS: [char; 12] = ['\'', '"', '`', '´', '‘', '’', '“', '”', '„', '«', '»', '‚'];
const BRACKETS: [char; 8] = ['(', ')', '[', ']', '{', '}', '<', '>'];

/// Tags pieces of English.
pub struct Tagger {
    names: Vec<&'static str>,
    /// The commonest tag of each word, and [`CERTAIN`].
    words: Table,
    /// Where the weights of each feature begin, in pairs, and in the last [`LENGTH_BITS`] how many they are.
    features: Table,
    /// Pairs of a tag and its weight.
    weights: &'static [u8],
    /// The tags of quotation marks and of brackets.
    quotations: Vec<u8>,
    brackets: Vec<u8>,
    /// The tag of an apostrophe that is no quotation mark.
    apostrophe: u8,
}

/// Numbers by hashes: a hash is at the place that it names or, if others are there, at one of the next.
struct Table {
    /// Hashes and their numbers, or [`NOTHING`].
    places: Vec<(u32, u32)>,
}

/// The number of a place without a hash.
const NOTHING: u32 = u32::MAX;

impl Table {
    /// The table of hashes, four bytes each, and their numbers. A third of its places or more stay free.
    fn new(hashes: &[u8], numbers: impl Iterator<Item = u32>) -> Self {
        let hashes = hashes.chunks_exact(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let count = (hashes.len() * 3 / 2 + 1).next_power_of_two();
        let mut table = Self { places: vec![(0, NOTHING); count] };
        for (hash, number) in hashes.zip(numbers) {
            let free = table.probe(hash).find(|place| table.places[*place].1 == NOTHING);
            if let Some(place) = free {
                table.places[place] = (hash, number);
            }
        }
        table
    }

    /// The places where a hash may be.
    fn probe(&self, hash: u32) -> impl Iterator<Item = usize> + use<> {
        let count = self.places.len();
        let first = ((u64::from(hash.wrapping_mul(0x9e37_79b1)) * count as u64) >> 32) as usize;
        (0..count).map(move |step| (first + step) & (count - 1))
    }

    /// The number of a hash.
    fn find(&self, hash: u32) -> Option<u32> {
        let found = self.probe(hash).map(|place| self.places[place]);
        let mut found = found.take_while(|(_, number)| *number != NOTHING);
        found.find(|(other, _)| *other == hash).map(|(_, number)| number)
    }
}

impl Tagger {
    /// Reads the tables, which are part of the program.
    pub fn new() -> Self {
        let mut rest = FILE;
        let mut take = |length: usize| {
            let (taken, after) = rest.split_at(length);
            rest = after;
            taken
        };
        let length = |bytes: &[u8]| bytes.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let count = length(take(4));
        let names: Vec<&str> = str::from_utf8(take(count)).unwrap_or_default().split(' ').collect();
        let tags = |some: &[&str]| -> Vec<u8> {
            (0..).zip(&names).filter(|(_, name)| some.contains(name)).map(|(tag, _)| tag).collect()
        };
        let (quotations, brackets) = (tags(&["``", "''", "\"\""]), tags(&["-LRB-", "-RRB-"]));
        let apostrophe = tags(&["POS"]).first().copied().unwrap_or_default();
        let count = length(take(4));
        let words = Table::new(take(4 * count), take(count).iter().map(|class| u32::from(*class)));
        let count = length(take(4));
        let (hashes, lengths) = (take(4 * count), take(count));
        let starts = lengths.iter().scan(0, |end, length| {
            let start = *end;
            *end += u32::from(*length);
            Some(start << LENGTH_BITS | u32::from(*length))
        });
        let features = Table::new(hashes, starts);
        Self { names, words, features, weights: rest, quotations, brackets, apostrophe }
    }

    /// The tag of each piece of a line.
    pub fn tags(&self, pieces: &[Piece<'_>]) -> Vec<&'static str> {
        let class = |hash: u32| self.words.find(hash).map_or(UNKNOWN, |class| class as u8);
        let mut certain = Vec::with_capacity(pieces.len());
        let forms = pieces.iter().map(|piece| {
            let mut form = Form::new(piece.text, !piece.whitespace.is_empty(), class);
            let is_certain = form.class & CERTAIN != 0;
            form.class &= !CERTAIN;
            certain.push(is_certain);
            form
        });
        let forms: Vec<Form> = forms.collect();
        let (mut previous, mut before) = (UNKNOWN, UNKNOWN);
        // Whether a single quotation mark waits for its end.
        let mut quoted = false;
        let tags = (0..forms.len()).map(|at| {
            let tag = if certain[at] {
                forms[at].class
            } else if is_elision(pieces, at) || !quoted && is_possessive(pieces, at) {
                self.apostrophe
            } else {
                let scores = self.scores(&forms, at, previous, before);
                self.best(&scores, pieces[at].text)
            };
            if is_apostrophe(&pieces[at]) && self.quotations.contains(&tag) {
                quoted = self.names[usize::from(tag)] == "``";
            }
            (before, previous) = (previous, tag);
            self.names[usize::from(tag)]
        });
        tags.collect()
    }

    fn scores(&self, forms: &[Form], at: usize, previous: u8, before: u8) -> [i32; TAGS] {
        let mut scores = [0_i32; TAGS];
        for feature in features(forms, at, previous, before) {
            let Some(weights) = self.features.find(feature) else { continue };
            let (start, length) = (weights >> LENGTH_BITS, weights & ((1 << LENGTH_BITS) - 1));
            for pair in self.weights[2 * start as usize..][..2 * length as usize].chunks_exact(2) {
                scores[usize::from(pair[0])] += i32::from(pair[1].cast_signed());
            }
        }
        scores
    }

    /// The tag with the greatest score; only what looks like a quotation mark or a bracket is one.
    fn best(&self, scores: &[i32; TAGS], text: &str) -> u8 {
        let best = |fits: &dyn Fn(u8) -> bool| {
            let tags = (0..).zip(scores).filter(|(tag, _)| fits(*tag));
            tags.fold((0, i32::MIN), |best, (tag, score)| if *score > best.1 { (tag, *score) } else { best }).0
        };
        let tag = best(&|_| true);
        let (quotation, bracket) = (self.quotations.contains(&tag), self.brackets.contains(&tag));
        if quotation && !text.contains(QUOTATION_MARKS) || bracket && !text.contains(BRACKETS) {
            return best(&|tag| !self.quotations.contains(&tag) && !self.brackets.contains(&tag));
        }
        tag
    }
}

fn is_apostrophe(piece: &Piece<'_>) -> bool {
    matches!(piece.text, "'" | "’" | "‘")
}

/// Whether a piece is the apostrophe of "the boys'", or the end of a quotation.
fn is_possessive(pieces: &[Piece<'_>], at: usize) -> bool {
    let owner = at.checked_sub(1).map(|owner| &pieces[owner]).filter(|owner| owner.whitespace.is_empty());
    is_apostrophe(&pieces[at]) && owner.is_some_and(|owner| owner.text.ends_with(['s', 'S']))
}

/// Whether a piece is an apostrophe that stands for what is left out: "'tis", "'90s", both of "'n'".
fn is_elision(pieces: &[Piece<'_>], at: usize) -> bool {
    let before =
        |word: &Piece<'_>, mark: &Piece<'_>| is_apostrophe(mark) && mark.whitespace.is_empty() && is_clipped(word.text);
    let first = pieces.get(at + 1).is_some_and(|word| before(word, &pieces[at]));
    let second = || match pieces[..=at] {
        [.., mark, word, last] => {
            word.text == "n" && word.whitespace.is_empty() && before(&word, &mark) && is_apostrophe(&last)
        }
        _ => false,
    };
    first || second()
}
