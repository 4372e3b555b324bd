//! A line as every reader gets it: without what is written for the eye, and with the part of the line that each part of it
//! stands for, so that words are named as their writer wrote them.
//!
//! Here are the marks and signs that mean the same in all languages. What a number, a unit, an abbreviation or a sign is
//! called, and what its neighbours make of it, is the business of each language's own reader.

mod address;
mod marks;
pub(crate) mod numbers;

use crate::language::Language;
use crate::links::inline_phonemes;
use crate::token::Token;

/// The bytes of the longest run of ASCII without white space. A longer one is no word, and rules that look at a whole word
/// would take long.
const LONGEST_RUN: usize = 2048;

/// A line as it is read.
pub(crate) fn read(line: &str, language: Language) -> Written<'_> {
    let plain = marks::plain(line, language);
    plain.then(&address::spelled(plain.text(), language))
}

/// A text that stands for a line.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    line: &'a str,
    text: String,
    units: Vec<Unit>,
    /// How much of the line has been taken.
    taken: usize,
}

/// A part of the text, up to the next one, and the part of the line that it stands for.
#[derive(Clone, Copy, Debug)]
struct Unit {
    text: usize,
    line: usize,
    /// Whether both are the same.
    same: bool,
}

impl<'a> Written<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self { line, text: String::with_capacity(line.len()), units: Vec::new(), taken: 0 }
    }

    /// The line with other texts in place of parts of it. `replacement` gets the rest of the line and the text before it, and gives
    /// what stands for the start of the rest, and the length of that. `[word](/phonemes/)` stays.
    pub(crate) fn replaced(
        line: &'a str,
        mut replacement: impl FnMut(&'a str, &str) -> Option<(String, usize)>,
    ) -> Self {
        let mut out = Self::new(line);
        while let Some(symbol) = out.rest().chars().next() {
            let rest = out.rest();
            if let Some((_, _, length)) = inline_phonemes(rest) {
                out.keep(length);
            } else if let Some((text, length)) = replacement(rest, &out.text) {
                // The number of "12 km" stays a word of its own.
                let same = text.bytes().zip(rest[..length].bytes()).take_while(|(a, b)| a == b).count();
                let words = rest.as_bytes()[..same].iter().rposition(|c| *c == b' ').map_or(0, |space| space + 1);
                out.keep(words);
                out.push(&text[words..], length - words);
            } else {
                out.keep(symbol.len_utf8());
            }
        }
        out
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What of the line is still to be taken.
    pub(crate) fn rest(&self) -> &'a str {
        &self.line[self.taken..]
    }

    /// Takes the next `length` bytes of the line, for which `text` stands.
    pub(crate) fn push(&mut self, text: &str, length: usize) {
        self.units.push(Unit { text: self.text.len(), line: self.taken, same: false });
        self.text += text;
        self.taken += length;
    }

    /// Takes the next `length` bytes of the line as they are.
    pub(crate) fn keep(&mut self, length: usize) {
        if !self.units.last().is_some_and(|unit| unit.same) {
            self.units.push(Unit { text: self.text.len(), line: self.taken, same: true });
        }
        self.text += &self.line[self.taken..][..length];
        self.taken += length;
    }

    /// What `next`, which was made of this text, is for the line.
    pub(crate) fn then(&self, next: &Written<'_>) -> Self {
        let mut out = Self::new(self.line);
        for (at, unit) in next.units.iter().enumerate() {
            let (end, line_end) = next.unit_end(at);
            if !unit.same {
                let length = self.start_of(line_end).saturating_sub(out.taken);
                out.push(&next.text[unit.text..end], length);
                continue;
            }
            let mut from = unit.line;
            while from < line_end {
                let own = self.units.partition_point(|unit| unit.text <= from) - 1;
                let (own_end, own_line_end) = self.unit_end(own);
                let to = own_end.min(line_end);
                let start = if self.units[own].same {
                    self.units[own].line + from - self.units[own].text
                } else {
                    self.units[own].line
                };
                if start > out.taken {
                    out.push("", start - out.taken);
                }
                if self.units[own].same {
                    out.keep(to - from);
                } else {
                    out.push(&self.text[from..to], own_line_end.saturating_sub(out.taken));
                }
                from = to;
            }
        }
        out
    }

    /// The ends of a unit in the text and in the line.
    fn unit_end(&self, at: usize) -> (usize, usize) {
        self.units.get(at + 1).map_or((self.text.len(), self.taken), |next| (next.text, next.line))
    }

    /// Where in the line that begins which is at `at` in the text, with the marks before it.
    fn start_of(&self, at: usize) -> usize {
        let next = self.units.partition_point(|unit| unit.text < at);
        match self.units.get(next) {
            Some(unit) if unit.text == at => unit.line,
            _ => self.within(next, at),
        }
    }

    /// Where in the line that ends which ends at `at` in the text, with the marks after it. The bracket of a link belongs to
    /// what follows.
    fn end_of(&self, at: usize) -> usize {
        let next = self.units.partition_point(|unit| unit.text <= at);
        let first = self.units.partition_point(|unit| unit.text < at);
        if let Some(link) = self.units[first..next].iter().find(|unit| self.line[unit.line..].starts_with(['[', '!'])) {
            return link.line;
        }
        match next.checked_sub(1).map(|last| self.units[last]) {
            Some(unit) if unit.text == at && at < self.text.len() => unit.line,
            _ => self.within(next, at),
        }
    }

    /// Where in the line the unit before `next` is at `at` in the text; the end of what it stands for, if it is another text.
    fn within(&self, next: usize, at: usize) -> usize {
        match next.checked_sub(1).map(|last| self.units[last]) {
            Some(unit) if unit.same && at < self.text.len() => unit.line + at - unit.text,
            _ => self.units.get(next).map_or(self.taken, |unit| unit.line),
        }
    }

    /// Whether `at` in the text is within what stands for something else.
    fn is_inside(&self, at: usize) -> bool {
        let next = self.units.partition_point(|unit| unit.text <= at);
        next.checked_sub(1).is_some_and(|last| !self.units[last].same && self.units[last].text < at)
    }

    /// The tokens that a reader made of the text, with the text that the line has for them. Tokens that stand together for
    /// one part of it become one. The word of `[word](/phonemes/)` is its own text.
    pub(crate) fn restore(&self, tokens: Vec<Token>) -> Vec<Token> {
        if self.text == self.line {
            return tokens;
        }
        let pieces = self.spoken();
        let spoken: String = pieces.iter().map(|(start, end, _)| &self.text[*start..*end]).collect();
        let mut starts = Vec::with_capacity(pieces.len());
        pieces.iter().fold(0, |at, (start, end, _)| {
            starts.push(at);
            at + end - start
        });
        let in_text = |at: usize| {
            let piece = starts.partition_point(|start| *start <= at).saturating_sub(1);
            (pieces[piece].0 + at - starts[piece], pieces[piece].2)
        };
        let (mut out, mut at, mut covered): (Vec<Token>, usize, usize) = (Vec::with_capacity(tokens.len()), 0, 0);
        for mut token in tokens {
            let Some((from, to)) = find(&spoken, at, &token.text) else {
                out.push(token);
                continue;
            };
            at = to;
            let ((start, is_marked), (last, _)) = (in_text(from), in_text(to - 1));
            if is_marked {
                out.push(token);
                continue;
            }
            let (start_line, end_line) = (self.start_of(start).max(covered), self.end_of(last + 1));
            covered = covered.max(end_line);
            let text = self.line.get(start_line..end_line).unwrap_or_default().trim();
            match out.last_mut() {
                Some(word) if self.is_inside(start) => {
                    word.text += text;
                    word.phonemes += &(std::mem::take(&mut word.whitespace) + &token.phonemes);
                    word.whitespace = token.whitespace;
                }
                _ => {
                    text.clone_into(&mut token.text);
                    out.push(token);
                }
            }
        }
        out
    }

    /// The parts of the text that are spoken, and whether each is the word of `[word](/phonemes/)`.
    fn spoken(&self) -> Vec<(usize, usize, bool)> {
        let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
        while let Some(open) = self.text[at..].find('[').map(|length| at + length) {
            at = open + 1;
            if let Some((word, _, length)) = inline_phonemes(&self.text[open..]) {
                pieces.extend([(start, open, false), (open + 1, open + 1 + word.len(), true)]);
                at = open + length;
                start = at;
            }
        }
        pieces.push((start, self.text.len(), false));
        pieces.retain(|(start, end, _)| start < end);
        pieces
    }
}

/// Where the words of `text` are in `spoken` from `at` on.
fn find(spoken: &str, at: usize, text: &str) -> Option<(usize, usize)> {
    let mut found: Option<(usize, usize)> = None;
    for word in text.split_whitespace() {
        let from = found.map_or(at, |(_, to)| to);
        let start = from + spoken[from..].find(word)?;
        found = Some((found.map_or(start, |(first, _)| first), start + word.len()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::pair_words;

    #[test]
    fn words_of_a_changed_text_have_the_text_of_the_line() {
        let line = "a **b** 17:30. [c](/d/) e";
        let mut plain = Written::new(line);
        plain.keep(2);
        plain.push("", 2);
        plain.keep(1);
        plain.push("", 2);
        plain.keep(plain.rest().len());
        assert_eq!(plain.text(), "a b 17:30. [c](/d/) e");
        let text = plain.text().to_owned();
        let mut spoken = Written::new(&text);
        spoken.keep(4);
        spoken.push("17 y 30", 5);
        spoken.keep(spoken.rest().len());
        let both = plain.then(&spoken);
        assert_eq!(both.text(), "a b 17 y 30. [c](/d/) e");
        let tokens = both.restore(pair_words("a b 17 y 30. c e", "a b 17 y 30. c e"));
        let texts: Vec<(&str, &str)> =
            tokens.iter().map(|token| (token.text.as_str(), token.phonemes.as_str())).collect();
        assert_eq!(texts, [("a", "a"), ("**b**", "b"), ("17:30.", "17 y 30."), ("c", "c"), ("e", "e")]);
    }
}
