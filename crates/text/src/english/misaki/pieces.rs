//! Divides a line as spaCy does, because the tagger knows its pieces: marks around a word and the endings of "don't" and
//! "it's" are pieces of their own.
//!
//! Words of ASCII letters and numbers with the usual marks are divided here. What has both, dots inside or rarer characters goes
//! to misaki-rs, whose patterns are exact for everything and fifty times slower.

use std::collections::HashMap;
use std::sync::OnceLock;

use misaki_rs::spacy_tokenizer::SpacyTokenizer;
use misaki_rs::spacy_tokenizer_data::EXCEPTIONS;

/// A piece of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Without white space.
    pub text: &'a str,
    /// The white space after it.
    pub whitespace: &'a str,
}

/// Marks that are pieces of their own before and after a word.
const MARKS: &str = "…,:;!?()[]{}<>_#*&'\"”“`‘’—–";
/// Marks that divide two letters.
const BETWEEN: [&str; 9] = ["---", "--", "-", "–", "—", ",", ":", "/", "="];
/// Before these a full stop is no piece of its own, unless both characters before it are capitals.
const NO_STOP_AFTER: &str = "—–/=";
/// The most pieces that are an exception together: "’", "nuff".
const JOINED: usize = 6;

/// Divides lines.
pub struct Pieces {
    /// What spaCy divides by a list: "don't" is "do" and "n't".
    exceptions: HashMap<&'static str, &'static [(&'static str, Option<&'static str>)]>,
    /// misaki-rs's patterns, which take a while to make and which most texts do without.
    patterns: OnceLock<SpacyTokenizer>,
}

impl Pieces {
    /// Reads the list of exceptions.
    pub fn new() -> Self {
        Self { exceptions: EXCEPTIONS.iter().copied().collect(), patterns: OnceLock::new() }
    }

    /// Whether the patterns were needed.
    #[cfg(test)]
    pub fn has_patterns(&self) -> bool {
        self.patterns.get().is_some()
    }

    /// The pieces of a line, which are the whole of it but for white space at its start.
    pub fn of<'a>(&self, line: &'a str) -> Vec<Piece<'a>> {
        let mut pieces = Vec::with_capacity(line.len() / 4);
        let mut rest = line.trim_ascii_start();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
            let gap = rest[end..].find(|c: char| !c.is_ascii_whitespace()).unwrap_or(rest.len() - end);
            self.divide(&rest[..end], &mut pieces);
            if let Some(last) = pieces.last_mut() {
                last.whitespace = &rest[end..end + gap];
            }
            rest = &rest[end + gap..];
        }
        pieces
    }

    /// Appends the pieces of what has no white space.
    fn divide<'a>(&self, run: &'a str, pieces: &mut Vec<Piece<'a>>) {
        let start = pieces.len();
        if is_word(run) && !self.exceptions.contains_key(run) {
            push(run, pieces);
        } else if run.chars().all(|c| c.is_ascii_alphanumeric() || MARKS.contains(c) || ".-/=".contains(c))
            && self.divide_plain(run, pieces)
        {
            let divided = pieces.split_off(start);
            self.apply_exceptions(run, &divided, pieces);
        } else {
            pieces.truncate(start);
            let mut rest = run;
            for piece in self.patterns.get_or_init(SpacyTokenizer::new).tokenize(run) {
                let (text, more) = rest.split_at_checked(piece.text.len()).unwrap_or((rest, ""));
                push(text, pieces);
                rest = more;
            }
        }
    }

    /// Divides a run of ASCII letters or digits and marks; false if only the patterns can.
    fn divide_plain<'a>(&self, run: &'a str, pieces: &mut Vec<Piece<'a>>) -> bool {
        let mut suffixes: Vec<&'a str> = Vec::new();
        let mut core = run;
        while !core.is_empty() && !self.exceptions.contains_key(core) {
            let prefix = prefix(core);
            let without = &core[prefix..];
            if prefix > 0 && self.exceptions.contains_key(without) {
                push(&core[..prefix], pieces);
                core = without;
                break;
            }
            let suffix = suffix(without);
            let head = &core[..core.len() - suffix];
            if suffix > 0 && !head.is_empty() && self.exceptions.contains_key(head) {
                suffixes.push(&core[head.len()..]);
                core = head;
                break;
            }
            if prefix == 0 && suffix == 0 {
                break;
            }
            if prefix > 0 {
                push(&core[..prefix], pieces);
            }
            if suffix > 0 {
                suffixes.push(&core[head.len()..]);
            }
            core = &core[prefix..core.len() - suffix];
        }
        if let Some(parts) = self.exceptions.get(core) {
            push_parts(core, parts, pieces);
        } else if core.bytes().all(|c| c.is_ascii_digit() || c == b',') {
            push(core, pieces);
        } else if core.contains(|c: char| !c.is_ascii_alphabetic() && !"'’-—–,:/=".contains(c)) {
            return false;
        } else {
            push_between(core, pieces);
        }
        for suffix in suffixes.iter().rev() {
            push(suffix, pieces);
        }
        true
    }

    /// Divides pieces that are together an exception: `’`, `nuff`; the longest first.
    fn apply_exceptions<'a>(&self, run: &'a str, divided: &[Piece<'a>], pieces: &mut Vec<Piece<'a>>) {
        let (mut at, mut offset) = (0, 0);
        while at < divided.len() {
            let found = (1..=JOINED.min(divided.len() - at)).rev().find_map(|count| {
                let length: usize = divided[at..at + count].iter().map(|piece| piece.text.len()).sum();
                let joined = &run[offset..offset + length];
                self.exceptions.get(joined).map(|parts| (count, joined, *parts))
            });
            let (count, joined, parts) = found.unwrap_or((1, divided[at].text, &[]));
            push_parts(joined, parts, pieces);
            at += count;
            offset += joined.len();
        }
    }
}

fn is_word(run: &str) -> bool {
    run.bytes().all(|c| c.is_ascii_alphabetic())
}

fn push<'a>(text: &'a str, pieces: &mut Vec<Piece<'a>>) {
    if !text.is_empty() {
        pieces.push(Piece { text, whitespace: "" });
    }
}

/// Appends a text in the parts that the list has for it.
fn push_parts<'a>(text: &'a str, parts: &[(&str, Option<&str>)], pieces: &mut Vec<Piece<'a>>) {
    let mut rest = text;
    for (part, _) in parts {
        let (part, more) = rest.split_at_checked(part.len()).unwrap_or((rest, ""));
        push(part, pieces);
        rest = more;
    }
    push(rest, pieces);
}

/// The length of the mark at the start of a run.
fn prefix(run: &str) -> usize {
    let stops = run.len() - run.trim_start_matches('.').len();
    match run.chars().next() {
        Some('.') if stops > 1 => stops,
        Some('=') => 1,
        Some(mark) if MARKS.contains(mark) => mark.len_utf8(),
        _ => 0,
    }
}

/// The length of the mark or of the ending at the end of a run.
fn suffix(run: &str) -> usize {
    let stops = run.len() - run.trim_end_matches('.').len();
    if stops > 1 {
        return stops;
    }
    if let Some(ending) = ["'s", "'S", "’s", "’S", "……"].iter().find(|ending| run.ends_with(**ending)) {
        return ending.len();
    }
    let mut back = run.chars().rev();
    match back.next() {
        Some('.') => {
            let (last, other) = (back.next(), back.next());
            let capital = |c: Option<char>| c.is_some_and(|c| c.is_ascii_uppercase());
            let ends = last.is_some_and(|c| !c.is_ascii_uppercase() && !NO_STOP_AFTER.contains(c));
            usize::from(ends || capital(last) && capital(other))
        }
        Some(mark) if MARKS.contains(mark) => mark.len_utf8(),
        _ => 0,
    }
}

/// Appends words and the marks between them.
fn push_between<'a>(text: &'a str, pieces: &mut Vec<Piece<'a>>) {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    let (mut start, mut at) = (0, 0);
    while let Some(symbol) = text[at..].chars().next() {
        let mark = BETWEEN.iter().find(|mark| {
            text[at..].starts_with(**mark)
                && letter(text[..at].chars().next_back())
                && letter(text[at + mark.len()..].chars().next())
        });
        match mark {
            Some(mark) => {
                push(&text[start..at], pieces);
                push(&text[at..at + mark.len()], pieces);
                at += mark.len();
                start = at;
            }
            None => at += symbol.len_utf8(),
        }
    }
    push(&text[start..], pieces);
}
