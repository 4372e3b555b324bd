//! The words of a text: the path of least cost through all words that the dictionary has at each character (Viterbi).

use std::mem;

use super::dictionary::{Characters, Costs, Entry, Lexicon, bad_file};
use crate::error::Result;

/// The most characters that an unknown word may have because they are alike, as in MeCab.
const MAX_GROUP: usize = 24;
/// The most words that may begin or end at a character. In naist-jdic it is fifty.
const MAX_WORDS: usize = 2048;

/// Finds words in a text with a dictionary of MeCab.
pub struct Segmenter {
    words: Lexicon,
    unknown: Lexicon,
    costs: Costs,
    characters: Characters,
    /// Unknown words of each category.
    categories: Vec<Vec<Entry>>,
}

/// A word of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    pub text: &'a str,
    /// Parts of speech and, of a known word, the pronunciation, separated by commas.
    pub feature: &'a str,
    pub is_known: bool,
}

/// A possible word, with the cost of the best path that ends with it.
struct Node {
    start: usize,
    end: usize,
    entry: Entry,
    is_known: bool,
    cost: i64,
    /// Index of the node before it on that path.
    before: Option<usize>,
}

impl Segmenter {
    /// Checks the four files, each with its name.
    pub fn new(
        words: (&str, Vec<u8>),
        unknown: (&str, Vec<u8>),
        costs: (&str, Vec<u8>),
        characters: (&str, &[u8]),
    ) -> Result<Self> {
        let costs = Costs::new(costs.0, costs.1)?;
        let words = Lexicon::new(words.0, words.1, &costs)?;
        let origin = unknown.0;
        let unknown = Lexicon::new(origin, unknown.1, &costs)?;
        let characters = Characters::new(characters.0, characters.1)?;
        let category = |name: &String| {
            let words = unknown.words(name.as_bytes())?;
            if words.is_empty() {
                return Err(bad_file(origin, format!("it has no words of the category {name:?}")));
            }
            Ok(words)
        };
        let categories = characters.categories().iter().map(category).collect::<Result<_>>()?;
        Ok(Self { words, unknown, costs, characters, categories })
    }

    /// The words of a text. Together they are the whole text.
    pub fn words<'a>(&'a self, text: &'a str) -> Result<Vec<Word<'a>>> {
        let mut nodes: Vec<Node> = Vec::new();
        // The nodes that end at each byte.
        let mut ending: Vec<Vec<usize>> = vec![Vec::new(); text.len() + 1];
        for (start, _) in text.char_indices() {
            if start > 0 && ending[start].is_empty() {
                continue;
            }
            for (end, entry, is_known) in self.candidates(text, start)? {
                let (before, cost) = self.best(&nodes, &ending[start], entry.left);
                if ending[end].len() == MAX_WORDS {
                    return Err(bad_file("sys.dic", format!("more than {MAX_WORDS} words end at one character")));
                }
                ending[end].push(nodes.len());
                nodes.push(Node { start, end, entry, is_known, cost: cost + i64::from(entry.cost), before });
            }
        }
        // The end of a text has the id 0, as its beginning.
        let mut at = self.best(&nodes, &ending[text.len()], 0).0;
        let mut words = Vec::new();
        while let Some(node) = at.map(|at| &nodes[at]) {
            let lexicon = if node.is_known { &self.words } else { &self.unknown };
            let feature = lexicon.feature(node.entry)?;
            words.push(Word { text: &text[node.start..node.end], feature, is_known: node.is_known });
            at = node.before;
        }
        words.reverse();
        Ok(words)
    }

    /// The best of these nodes before a word with this left id, and the cost up to there. None is the beginning.
    fn best(&self, nodes: &[Node], ending: &[usize], left: u16) -> (Option<usize>, i64) {
        let cost = |at: usize| nodes[at].cost + i64::from(self.costs.between(nodes[at].entry.right, left));
        // MeCab prefers the last of several that cost the same.
        let best = ending.iter().rev().map(|&at| (Some(at), cost(at))).min_by_key(|(_, cost)| *cost);
        best.unwrap_or((None, i64::from(self.costs.between(0, left))))
    }

    /// The words that may begin at `start`: where they end, and whether the dictionary has them.
    fn candidates(&self, text: &str, start: usize) -> Result<Vec<(usize, Entry, bool)>> {
        let rest = &text[start..];
        let mut found = Vec::new();
        self.words.prefixes(rest.as_bytes(), &mut found)?;
        let known = found.into_iter().filter(|(length, _)| *length > 0 && rest.is_char_boundary(*length));
        let mut candidates: Vec<_> = known.map(|(length, entry)| (start + length, entry, true)).collect();
        let mut classes = rest.char_indices().map(|(at, symbol)| (at, symbol, self.characters.class(symbol)));
        let Some((_, first, class)) = classes.next() else { return Ok(candidates) };
        if candidates.is_empty() || class.always() {
            // Ends of unknown words, in bytes of `rest`.
            let mut ends = Vec::new();
            let mut alike = class;
            let grouped = classes.clone().take_while(|(_, _, next)| mem::replace(&mut alike, *next).is_like(*next));
            let group = 1 + grouped.take(MAX_GROUP + 1).count();
            let end_of = |count: usize| rest.char_indices().nth(count).map_or(rest.len(), |(at, _)| at);
            if class.groups() && group <= MAX_GROUP + 1 {
                ends.push(end_of(group));
            }
            let like = 1 + classes.take_while(|(_, _, next)| class.is_like(*next)).take(class.length()).count();
            for count in 1..=class.length().min(like) {
                let end = end_of(count);
                if !ends.contains(&end) {
                    ends.push(end);
                }
            }
            if candidates.is_empty() && ends.is_empty() {
                ends.push(first.len_utf8());
            }
            let words = self.categories.get(class.category()).map_or(&[][..], Vec::as_slice);
            for end in ends {
                candidates.extend(words.iter().map(|entry| (start + end, *entry, false)));
            }
        }
        match candidates.len() {
            0..=MAX_WORDS => Ok(candidates),
            _ => Err(bad_file("sys.dic", format!("more than {MAX_WORDS} words begin with {first:?}"))),
        }
    }
}
