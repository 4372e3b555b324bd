//! Splits text, as it arrives, into blocks: one or more whole sentences, or a part of a sentence that is too long.
//!
//! A sentence ends after `. ! ? …` and closing quotes or brackets if white space follows and the next word is not in lower case;
//! after `。！？`, the danda of Hindi and the Arabic question mark in any case; and at an empty line. The full stop of an
//! abbreviation or an initial ends no sentence. The blocks joined are the text.

/// Limits on the length of blocks, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The preferred maximum of the first block, so that audio starts early. A longer first sentence is cut after the last clause
    /// that ends within it; if none does, it is cut only where it exceeds `max`.
    pub first: usize,
    /// The preferred maximum of a block of several sentences.
    pub merged: usize,
    /// A shorter sentence is merged with the next of its paragraph, even at the start: a lone "No." sounds cut off.
    pub min: usize,
    /// The maximum of every block. A longer sentence is cut after `; :`, else `, —`, else at a space, else anywhere.
    pub max: usize,
}

impl Default for Limits {
    /// 100 characters are about six seconds of speech. 400 characters of English are about 400 phonemes; the network
    /// takes 510.
    fn default() -> Self {
        Self { first: 100, merged: 250, min: 20, max: 400 }
    }
}

/// Marks that end a sentence if white space follows.
const ENDS: &str = ".!?…";
/// Marks that always end a sentence.
const UNSPACED_ENDS: &str = "。！？．｡।॥؟";
/// Closing marks after the end mark, and Markdown's emphasis, which belong to the sentence.
const CLOSING: &str = ")]}\"'”’»」』）】〉》*_";
/// Opening marks before a word, and Markdown's emphasis.
const OPENING: &str = "([{\"'“‘«「『（*_";
/// Marks after which a long sentence may be cut, best first.
const CLAUSES: [&str; 2] = [";:；：", ",—–،，、"];
/// Abbreviations before a name or a number, which never end a sentence.
const BEFORE_NAMES: &[&str] = &[
    "adm", "capt", "cf", "cmdr", "col", "cpl", "dr", "fig", "figs", "fr", "gen", "gov", "hon", "lt", "maj", "messrs",
    "mme", "mr", "mrs", "ms", "mt", "pp", "pres", "prof", "pvt", "rep", "rev", "sen", "sgt", "sr", "sra", "st", "vol",
    "vs", "viz", "e.g", "i.e", "herr", "mlle", "sig", "ste", "av", "avda", "bd", "dott", "dra", "dña", "núm", "p.zza",
    "pagg", "pza", "pág", "págs", "srta", "séc",
];
/// Abbreviations before a digit ("No. 5"); words elsewhere.
const BEFORE_DIGITS: &[&str] = &["no", "nos", "art", "cap", "ch", "chap", "sec", "p", "op"];

/// Splits text into blocks as it arrives.
#[derive(Clone, Debug, Default)]
pub struct SentenceSplitter {
    limits: Limits,
    /// Text, of which all from `start` on is not in a block yet.
    buffer: String,
    start: usize,
    /// The end of the whole sentences at the start of [`Self::text`], which may be merged with the next one.
    complete: usize,
    /// The position in [`Self::text`] up to which no further end of a sentence was found.
    scanned: usize,
    /// The end of the sentence of which a part was returned, in [`Self::text`], and whether it ends a paragraph.
    found: Option<(usize, bool)>,
    /// A block with letters or digits was returned.
    started: bool,
}

impl SentenceSplitter {
    /// A splitter with these limits. A `max` of 0 counts as 1.
    pub fn new(limits: Limits) -> Self {
        Self { limits: Limits { max: limits.max.max(1), ..limits }, ..Self::default() }
    }

    /// Adds a piece of text, which may end anywhere.
    pub fn push(&mut self, piece: &str) {
        // Moved once it is half of it, so that a whole book in one piece is not moved at each block.
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.push_str(piece);
    }

    fn text(&self) -> &str {
        &self.buffer[self.start..]
    }

    /// The next block, with the white space that follows it. `None` if its end is not known yet; `at_end` says that no
    /// more text will come.
    pub fn next(&mut self, at_end: bool) -> Option<String> {
        loop {
            let Limits { first, merged, min, max } = self.limits;
            let preferred = if self.started { merged } else { first };
            // A single sentence up to this length is not cut.
            let uncut = if self.started { max } else { first.max(min).min(max) };
            match self.found.take().or_else(|| self.sentence(at_end)) {
                Some((end, paragraph)) => {
                    // A sentence may be as long as a book.
                    let most = max.max(preferred);
                    let length = self.text()[..end].trim().chars().take(most.saturating_add(1)).count();
                    if self.complete > 0 && length > preferred && self.long_enough(self.complete) {
                        return Some(self.take(self.complete));
                    }
                    if length > uncut && self.complete == 0 {
                        let start = self.start;
                        let part = self.part(end, uncut);
                        let rest = end - (self.start - start);
                        self.found = (rest > 0).then_some((rest, paragraph));
                        return Some(part);
                    }
                    if length > max {
                        return Some(self.take(self.complete));
                    }
                    (self.complete, self.scanned) = (end, end);
                    let is_first_block = !self.started && self.long_enough(end);
                    if paragraph && length > 0 || is_first_block {
                        return Some(self.take(end));
                    }
                }
                // The next sentence will not fit into the same block.
                None if self.complete > 0 && self.exceeds(max.min(preferred)) && self.long_enough(self.complete) => {
                    return Some(self.take(self.complete));
                }
                None if self.exceeds(max) => return Some(self.part(self.text().len(), uncut)),
                None if at_end && !self.text().is_empty() => return Some(self.take(self.text().len())),
                None => return None,
            }
        }
    }

    fn long_enough(&self, end: usize) -> bool {
        self.text()[..end].trim().chars().count() >= self.limits.min
    }

    /// Whether the trimmed text has more than `limit` characters.
    fn exceeds(&self, limit: usize) -> bool {
        self.text().trim_start().chars().nth(limit).is_some()
    }

    /// Removes the first `end` bytes of the text as a block.
    fn take(&mut self, end: usize) -> String {
        let block = self.text()[..end].to_owned();
        self.start += end;
        (self.complete, self.scanned) = (0, self.scanned.saturating_sub(end));
        self.started |= block.contains(char::is_alphanumeric);
        block
    }

    /// Removes the first part of a sentence that ends at `end` and is too long.
    fn part(&mut self, end: usize, preferred: usize) -> String {
        let sentence = &self.text()[..end];
        let start = sentence.len() - sentence.trim_start().len();
        let offset = |count: usize| sentence[start..].char_indices().nth(count).map_or(end, |(at, _)| start + at);
        let (min, preferred, max) = (offset(self.limits.min), offset(preferred), offset(self.limits.max));
        let clause = |class: &str, limit: usize| {
            let marks = sentence[..limit].char_indices().rev().filter(|(_, mark)| class.contains(*mark));
            let after = marks.map(|(at, mark)| at + mark.len_utf8());
            // A mark needs a space after it ("1,000" and "a—b" are not cut), except in Chinese and Japanese.
            after.filter(|at| *at > min.min(limit)).find(|&at| {
                let tail = &sentence[at..];
                tail.starts_with(char::is_whitespace)
                    || sentence[..at].chars().next_back().is_some_and(is_cjk_punctuation)
            })
        };
        let at_space = || {
            let space = sentence[..max].rfind(char::is_whitespace).filter(|at| *at > start);
            if sentence[max..].starts_with(char::is_whitespace) { Some(max) } else { space }
        };
        let fits = sentence.trim_end().len() <= max;
        let within = |limit: usize| CLAUSES.iter().find_map(|class| clause(class, limit));
        let cut = match within(preferred).or_else(|| if fits { None } else { within(max) }) {
            Some(cut) => cut,
            None if fits => end,
            None => at_space().unwrap_or(max),
        };
        let tail = &sentence[cut..];
        let cut = end - tail.trim_start().len();
        self.take(cut)
    }

    /// The end of the next sentence after `complete`, including white space, and whether it ends a paragraph. `None` if
    /// that is not known yet.
    fn sentence(&mut self, at_end: bool) -> Option<(usize, bool)> {
        let text = &self.buffer[self.start..];
        let mut symbols =
            text[self.scanned..].char_indices().map(|(at, symbol)| (self.scanned + at, symbol)).peekable();
        while let Some((at, symbol)) = symbols.next() {
            if symbol == '\n' {
                let tail = &text[at..];
                let rest = tail.trim_start();
                if rest.is_empty() && !at_end {
                    self.scanned = at;
                    return None;
                }
                let space = &tail[..tail.len() - rest.len()];
                if space.matches('\n').count() > 1 && !text[self.complete..at].trim().is_empty() {
                    return Some((at + space.len(), true));
                }
                continue;
            }
            if !ENDS.contains(symbol) && !UNSPACED_ENDS.contains(symbol) {
                continue;
            }
            let marks = |c: char| ENDS.contains(c) || UNSPACED_ENDS.contains(c) || CLOSING.contains(c);
            let end = text.len() - text[at..].trim_start_matches(marks).len();
            // Any mark of the run decides: "…。" ends a sentence without a space.
            let unspaced_end = text[at..end].contains(|mark: char| UNSPACED_ENDS.contains(mark));
            let rest = text[end..].trim_start();
            if rest.is_empty() && !at_end {
                self.scanned = at;
                return None; // closing marks or a lower-case word may follow
            }
            let spaced = rest.len() < text.len() - end;
            let next = rest.trim_start_matches(|c| OPENING.contains(c)).chars().next();
            if next.is_none() && !rest.is_empty() && !at_end {
                self.scanned = at;
                return None;
            }
            let ends = unspaced_end
                || rest.is_empty()
                || spaced
                    && !next.is_some_and(char::is_lowercase)
                    && !(symbol == '.' && is_abbreviation(&text[..at], next));
            if ends {
                let space = &text[end..text.len() - rest.len()];
                return Some((text.len() - rest.len(), space.matches('\n').count() > 1));
            }
            while symbols.next_if(|(at, _)| *at < end).is_some() {}
        }
        self.scanned = text.len();
        None
    }
}

/// Whether the last word of `text`, which a full stop follows, is an abbreviation.
fn is_abbreviation(text: &str, next: Option<char>) -> bool {
    // An apostrophe inside a word does not divide it: the "T" of "CAN'T." is no initial.
    let divides = |c: char| c.is_whitespace() || c != '\'' && OPENING.contains(c) || "-–—".contains(c);
    let word = text.rsplit(divides).next().unwrap_or_default().trim_start_matches('\'');
    let mut letters = word.chars();
    // An initial, as in "J. K. Rowling". "plan B. Then" looks the same; there a pause is missing, which is less bad than
    // a wrong pause. "I." is a word.
    if let (Some(letter), None) = (letters.next(), letters.next())
        && letter.is_uppercase()
    {
        return letter != 'I';
    }
    let word = word.to_lowercase();
    BEFORE_NAMES.contains(&word.as_str())
        || BEFORE_DIGITS.contains(&word.as_str()) && next.is_some_and(|c| c.is_ascii_digit())
}

/// Punctuation of Chinese and Japanese, which no space follows.
fn is_cjk_punctuation(symbol: char) -> bool {
    matches!(symbol, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff65}')
}

#[cfg(test)]
mod tests;
