//! Text of any length, as it arrives, in stretches of sentences that sound right and start soon.
//!
//! A sentence ends after `. ! ? …` and what closes with them, before white space; after the marks of Chinese,
//! Japanese and Hindi also without it; and before an empty line. The full stop of an abbreviation, of an initial or
//! before a lower-case word ends none. Nothing is lost: the stretches joined are the text.

/// Where stretches end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Characters that the first stretch should not pass, so that there is something to hear soon.
    pub first: usize,
    /// Characters that a stretch of several sentences should not pass.
    pub merged: usize,
    /// A sentence shorter than this is spoken with the next, even as the first: a lone "No." sounds torn off.
    pub least: usize,
    /// Characters that no stretch passes: longer sentences are cut after `; :`, else `, —`, else at a space, else
    /// anywhere.
    pub most: usize,
}

impl Default for Limits {
    /// 100 characters are some six seconds of speech, and 400 characters of English some 400 phonemes of the 510 that
    /// the network takes.
    fn default() -> Self {
        Self { first: 100, merged: 250, least: 20, most: 400 }
    }
}

/// Marks that end a sentence before white space.
const ENDS: &str = ".!?…";
/// Marks that end a sentence wherever they stand.
const FULL_ENDS: &str = "。！？．｡।॥؟";
/// What may follow the mark and belongs to the sentence.
const CLOSING: &str = ")]}\"'”’»」』）】〉》*_";
/// What may stand before a word.
const OPENING: &str = "([{\"'“‘«「『（*_";
/// Marks to cut a long sentence after, best first.
const CLAUSES: [&str; 2] = [";:；：", ",—–،，、"];
/// Abbreviations that a name or a number follows: they end no sentence.
const BEFORE_NAMES: &[&str] = &[
    "adm", "capt", "cf", "cmdr", "col", "cpl", "dr", "fig", "figs", "fr", "gen", "gov", "hon", "lt", "maj", "messrs",
    "mme", "mr", "mrs", "ms", "mt", "pp", "pres", "prof", "pvt", "rep", "rev", "sen", "sgt", "sr", "sra", "st", "vol",
    "vs", "viz", "e.g", "i.e", "herr", "mlle", "sig", "ste",
];
/// Abbreviations only where a figure follows ("No. 5"), else words.
const BEFORE_FIGURES: &[&str] = &["no", "nos", "art", "ch", "sec", "p", "op"];

/// Cuts text into stretches as it arrives.
#[derive(Clone, Debug, Default)]
pub struct Splitter {
    limits: Limits,
    text: String,
    /// Bytes of `text` that are whole sentences and wait for more.
    held: usize,
    /// Bytes of `text` without an end of a sentence, seen already.
    seen: usize,
    started: bool,
}

impl Splitter {
    /// A splitter with these limits, each at least 1.
    pub fn new(limits: Limits) -> Self {
        Self { limits: Limits { most: limits.most.max(1), ..limits }, ..Self::default() }
    }

    /// Takes a piece of text, cut anywhere.
    pub fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// The next stretch, with the white space that follows it: `None` if more text is needed to know where it ends,
    /// unless this `is_all`.
    pub fn next(&mut self, is_all: bool) -> Option<String> {
        loop {
            let Limits { first, merged, least, most } = self.limits;
            let wanted = if self.started { merged } else { first };
            // A sentence that is no longer stays whole.
            let whole = if self.started { most } else { first.max(least).min(most) };
            match self.sentence(is_all) {
                Some((end, paragraph)) => {
                    let length = self.text[..end].trim().chars().count();
                    if self.held > 0 && length > wanted && self.long_enough(self.held) {
                        return Some(self.take(self.held));
                    }
                    if length > whole && self.held == 0 {
                        return Some(self.part(end, whole));
                    }
                    if length > most {
                        return Some(self.take(self.held));
                    }
                    (self.held, self.seen) = (end, end);
                    let first = !self.started && self.long_enough(end);
                    if paragraph && length > 0 || first {
                        return Some(self.take(end));
                    }
                }
                // What waits can be spoken once the next sentence will not fit beside it.
                None if self.held > 0 && self.passes(most.min(wanted)) && self.long_enough(self.held) => {
                    return Some(self.take(self.held));
                }
                None if self.passes(most) => return Some(self.part(self.text.len(), whole)),
                None if is_all && !self.text.is_empty() => return Some(self.take(self.text.len())),
                None => return None,
            }
        }
    }

    fn long_enough(&self, end: usize) -> bool {
        self.text[..end].trim().chars().count() >= self.limits.least
    }

    /// Whether the text is longer than this, and white space to cut at or more has come.
    fn passes(&self, limit: usize) -> bool {
        self.text.trim_start().chars().nth(limit).is_some()
    }

    fn take(&mut self, end: usize) -> String {
        let stretch: String = self.text.drain(..end).collect();
        (self.held, self.seen) = (0, 0);
        self.started |= stretch.contains(char::is_alphanumeric);
        stretch
    }

    /// A part of a sentence that ends at `end` and is too long.
    fn part(&mut self, end: usize, wanted: usize) -> String {
        let sentence = &self.text[..end];
        let start = sentence.len() - sentence.trim_start().len();
        let offset = |count: usize| sentence[start..].char_indices().nth(count).map_or(end, |(at, _)| start + at);
        let (least, wanted, most) = (offset(self.limits.least), offset(wanted), offset(self.limits.most));
        let clause = |class: &str, limit: usize| {
            let marks = sentence[..limit].char_indices().rev().filter(|(_, mark)| class.contains(*mark));
            let after = marks.map(|(at, mark)| at + mark.len_utf8());
            // A comma of CJK needs no space after it; one of "1,000" is no place to cut.
            after.filter(|at| *at > least.min(limit)).find(|&at| {
                let tail = &sentence[at..];
                tail.starts_with(char::is_whitespace) || sentence[..at].chars().next_back().is_some_and(is_cjk)
            })
        };
        let at_space = || {
            let space = sentence[..most].rfind(char::is_whitespace).filter(|at| *at > start);
            if sentence[most..].starts_with(char::is_whitespace) { Some(most) } else { space }
        };
        let fits = sentence.trim_end().len() <= most;
        let within = |limit: usize| CLAUSES.iter().find_map(|class| clause(class, limit));
        let cut = match within(wanted).or_else(|| if fits { None } else { within(most) }) {
            Some(cut) => cut,
            None if fits => end,
            None => at_space().unwrap_or(most),
        };
        let tail = &sentence[cut..];
        let cut = end - tail.trim_start().len();
        self.take(cut)
    }

    /// The end of the first sentence that begins at or after what is held, with its white space, and whether a
    /// paragraph ends with it. `None` if it is not known yet.
    fn sentence(&mut self, is_all: bool) -> Option<(usize, bool)> {
        let text = self.text.as_str();
        let mut symbols = text[self.seen..].char_indices().map(|(at, symbol)| (self.seen + at, symbol)).peekable();
        while let Some((at, symbol)) = symbols.next() {
            if symbol == '\n' {
                let tail = &text[at..];
                let rest = tail.trim_start();
                if rest.is_empty() && !is_all {
                    self.seen = at;
                    return None;
                }
                let space = &tail[..tail.len() - rest.len()];
                if space.matches('\n').count() > 1 && !text[self.held..at].trim().is_empty() {
                    return Some((at + space.len(), true));
                }
                continue;
            }
            let anywhere = FULL_ENDS.contains(symbol);
            if !anywhere && !ENDS.contains(symbol) {
                continue;
            }
            let marks = |c: char| ENDS.contains(c) || FULL_ENDS.contains(c) || CLOSING.contains(c);
            let end = text.len() - text[at..].trim_start_matches(marks).len();
            let rest = text[end..].trim_start();
            if rest.is_empty() && !is_all {
                self.seen = at;
                return None; // closing marks may follow, or a lower-case word
            }
            let spaced = rest.len() < text.len() - end;
            let next = rest.trim_start_matches(|c| OPENING.contains(c)).chars().next();
            if next.is_none() && !rest.is_empty() && !is_all {
                self.seen = at;
                return None;
            }
            let ends = anywhere
                || rest.is_empty()
                || spaced
                    && !next.is_some_and(char::is_lowercase)
                    && !(symbol == '.' && abbreviated(&text[..at], next));
            if ends {
                let space = &text[end..text.len() - rest.len()];
                return Some((text.len() - rest.len(), space.matches('\n').count() > 1));
            }
            while symbols.next_if(|(at, _)| *at < end).is_some() {}
        }
        self.seen = text.len();
        None
    }
}

/// Whether the full stop after `text` belongs to its last word.
fn abbreviated(text: &str, next: Option<char>) -> bool {
    let word = text.rsplit(|c: char| c.is_whitespace() || OPENING.contains(c) || "-–—".contains(c)).next();
    let word = word.unwrap_or_default();
    let mut letters = word.chars();
    // "J. K. Rowling", but "plan B. Then" cannot be told apart, and a pause more is worse than one less; "I." is a word.
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return letter.is_uppercase() && letter != 'I';
    }
    let word = word.to_lowercase();
    BEFORE_NAMES.contains(&word.as_str())
        || BEFORE_FIGURES.contains(&word.as_str()) && next.is_some_and(|c| c.is_ascii_digit())
}

fn is_cjk(symbol: char) -> bool {
    matches!(symbol, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff65}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(text: &str, limits: Limits, piece: usize) -> Vec<String> {
        let mut splitter = Splitter::new(limits);
        let mut out = Vec::new();
        let symbols: Vec<char> = text.chars().collect();
        for piece in symbols.chunks(piece) {
            splitter.push(&piece.iter().collect::<String>());
            out.extend(std::iter::from_fn(|| splitter.next(false)));
        }
        out.extend(std::iter::from_fn(|| splitter.next(true)));
        out
    }

    /// Every sentence by itself.
    fn alone() -> Limits {
        Limits { first: 1000, merged: 1, least: 0, most: 1000 }
    }

    #[test]
    fn sentences_end_where_a_reader_pauses() {
        for (text, expected) in [
            ("One. Two! Three?", vec!["One. ", "Two! ", "Three?"]),
            ("Dr. Smith met Mr. J. K. Jones. They spoke.", vec!["Dr. Smith met Mr. J. K. Jones. ", "They spoke."]),
            ("It cost 3.14 dollars. Cheap.", vec!["It cost 3.14 dollars. ", "Cheap."]),
            ("See e.g. Paris, i.e. France. Yes.", vec!["See e.g. Paris, i.e. France. ", "Yes."]),
            ("No. It is No. 5 of them.", vec!["No. ", "It is No. 5 of them."]),
            ("\"Stop!\" he cried. \"Why?\" She ran.", vec!["\"Stop!\" he cried. ", "\"Why?\" ", "She ran."]),
            ("Wait... what? (Really.) Yes.", vec!["Wait... what? ", "(Really.) ", "Yes."]),
            (
                "He came at 5 p.m. and left. So it was I. Then",
                vec!["He came at 5 p.m. and left. ", "So it was I. ", "Then"],
            ),
            ("你好。今天怎么样？「好！」他说。", vec!["你好。", "今天怎么样？", "「好！」", "他说。"]),
            ("यह अच्छा है। वह आया।", vec!["यह अच्छा है। ", "वह आया।"]),
            ("CHAPTER I\n\nIt was\nnight. Dark.", vec!["CHAPTER I\n\n", "It was\nnight. ", "Dark."]),
            ("see kokoro.dev now", vec!["see kokoro.dev now"]),
            ("  \n\n Hi. ", vec!["  \n\n Hi. "]),
            ("", vec![]),
        ] {
            for piece in [1, 2, 1000] {
                assert_eq!(stretches(text, alone(), piece), expected, "{text:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn the_first_is_short_and_short_ones_are_merged() {
        let text = "No. ".repeat(3) + &"This is a sentence of some words. ".repeat(20);
        let stretches = stretches(&text, Limits::default(), 7);
        let lengths: Vec<usize> = stretches.iter().map(|stretch| stretch.trim().len()).collect();
        assert_eq!(stretches[0], "No. No. No. This is a sentence of some words. ");
        assert!(lengths[1..lengths.len() - 1].iter().all(|length| (200..=250).contains(length)), "{lengths:?}");
    }

    #[test]
    fn a_long_first_sentence_is_cut_after_a_clause() {
        let text = format!("When the night had come to the town, {}.", ["and the moon was up"; 10].join(" "));
        assert_eq!(stretches(&text, Limits::default(), 1000)[0], "When the night had come to the town, ");
    }

    #[test]
    fn unpunctuated_text_is_cut_at_words() {
        let text = vec!["word"; 3000].join(" ");
        let stretches = stretches(&text, Limits::default(), 64);
        assert_eq!(stretches.concat(), text);
        assert!(stretches.iter().all(|stretch| stretch.split_whitespace().all(|word| word == "word")));
        assert!(stretches.iter().all(|stretch| stretch.trim().len() <= 400));
        assert!(stretches.len() < 50, "{} are too many", stretches.len());
    }

    #[test]
    fn nothing_is_ever_lost() {
        let words = [
            "a", "word", "Dr.", "Mr.", "3.14", "U.S.", "...", "!", "?!", "。", "？", "他说", "好！", "\n", "\n\n", " ",
            "  ", ", ", "; ", "—", "(", ")", "\"", "“", "”", "Yes. ", "no. ", "😀", "e\u{301}", "\t", "\r\n", "॥",
        ];
        let mut state = 1_u64;
        let mut random = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % bound
        };
        for case in 0..2000 {
            let text: String = (0..random(200))
                .map(|_| {
                    let gap = if random(3) == 0 { "" } else { " " };
                    words[random(words.len())].to_owned() + gap
                })
                .collect();
            let limits = Limits { first: random(60), merged: random(120), least: random(30), most: 1 + random(150) };
            let most = limits.most;
            let out = stretches(&text, limits, 1 + random(40));
            assert_eq!(out.concat(), text, "case {case}, {limits:?}");
            for stretch in &out {
                assert!(!stretch.is_empty(), "case {case}");
                assert!(stretch.trim().chars().count() <= most, "case {case}, {limits:?}: {stretch:?}");
            }
        }
    }
}
