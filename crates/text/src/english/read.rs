//! Reading what misaki leaves unresolved: unknown words, accents, symbols, addresses.

use misaki_rs::lexicon::PhonemeEntry;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Accent, English, UNKNOWN, names, sounds};

/// What surrounds the text to read.
#[derive(Clone, Copy, Default)]
pub struct Around<'a> {
    /// The token before, empty at the start of the line.
    pub previous: &'a str,
    /// The token after, empty at the end of the line.
    pub next: &'a str,
    /// The character directly before, if not white space.
    pub before: Option<char>,
    /// The character directly after, if not white space.
    pub after: Option<char>,
    /// The token is the first of its line.
    pub first: bool,
}

/// Phonemes so far, and the characters that have none.
#[derive(Default)]
pub struct Reading {
    pub phonemes: String,
    pub skipped: Vec<char>,
}

impl Reading {
    pub(super) fn word(&mut self, phonemes: &str) {
        if !self.phonemes.is_empty() && !self.phonemes.ends_with([' ', '(', '“']) && !phonemes.is_empty() {
            self.phonemes.push(' ');
        }
        self.phonemes.push_str(phonemes);
    }
}

/// An internet address or a file path, whose punctuation is spoken.
pub fn is_address(text: &str) -> bool {
    const DOMAINS: [&str; 9] = [".com", ".org", ".net", ".io", ".dev", ".gov", ".edu", ".rs", ".uk"];
    let host = text.split(['/', ':', '?']).next().unwrap_or(text).to_lowercase();
    text.contains("://")
        || host.starts_with("www.")
        || DOMAINS.iter().any(|domain| host.len() > domain.len() && host.ends_with(domain))
        || text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

impl English {
    /// The phonemes of a token's text, by every means there is; characters without any are listed.
    pub(super) fn read(&self, text: &str, around: Around<'_>) -> Reading {
        let text = self.folded(text);
        if let Some(words) = self.expand(&text, around) {
            return Reading { phonemes: words, skipped: Vec::new() };
        }
        let symbols: Vec<char> = text.chars().collect();
        let address = is_address(&text);
        let mut reading = Reading::default();
        let (mut at, mut number) = (0, None::<String>);
        while let Some(&symbol) = symbols.get(at) {
            let start = at;
            let before = start.checked_sub(1).map_or(around.before, |before| symbols.get(before).copied());
            let run = |from: usize, belongs: &dyn Fn(usize, char) -> bool| {
                let rest = symbols[from..].iter().enumerate();
                from + rest.take_while(|(at, symbol)| belongs(from + at, **symbol)).count()
            };
            let joins = |at: usize, inside: fn(&char) -> bool| at > start && symbols.get(at + 1).is_some_and(inside);
            if symbol.is_ascii_alphabetic() {
                at = run(start, &|at, c| {
                    c.is_ascii_alphabetic() || "'’".contains(c) && joins(at, char::is_ascii_alphabetic)
                });
                let word: String = symbols[start..at].iter().collect();
                let previous = number.take().unwrap_or_default();
                // Countries' domains are spelt: "co.uk".
                let domain = address && before == Some('.') && word.len() == 2;
                let spelt = || if domain { self.letters(&word) } else { self.word(&word) };
                reading.word(&self.unit(&word, &previous).unwrap_or_else(spelt));
            } else if symbol.is_ascii_digit() {
                at = run(start, &|at, c| c.is_ascii_digit() || ".,".contains(c) && joins(at, char::is_ascii_digit));
                let figures: String = symbols[start..at].iter().collect();
                reading.word(&self.figures(&figures));
                number = Some(figures);
            } else {
                at = run(start, &|_, c| c == symbol);
                let after = symbols.get(at).copied().or(around.after);
                // A symbol repeated is a rule, an ellipsis or mark-up; said twice at most ("==", "//").
                let times = if "/=+&|<>".contains(symbol) && at - start == 2 { 2 } else { 1 };
                let ornament = at - start > 2 && !".!?".contains(symbol) && names::symbol(symbol).is_some();
                for _ in 0..if ornament { 0 } else { times } {
                    self.mark(symbol, before, after, address, &mut reading);
                }
            }
        }
        reading
    }

    /// Abbreviations and respelt names, units after a number.
    fn expand(&self, text: &str, around: Around<'_>) -> Option<String> {
        let name = text.trim_end_matches('.');
        let number = around.previous.trim_start_matches(['(', '~']);
        let capital = |text: &str| text.starts_with(|c: char| c.is_uppercase());
        let words = match names::title(name).or_else(|| names::words(name)) {
            Some(words) => words,
            None if name.eq_ignore_ascii_case("st") && !around.first => {
                // "in St. Paul", but "Main St."
                if capital(around.next) && !capital(around.previous) { "saint" } else { "street" }
            }
            None if name.eq_ignore_ascii_case("st") => "saint",
            None => return self.unit(name, number),
        };
        let ends = text.ends_with('.') && around.next.is_empty();
        Some(self.known(words)? + if ends { "." } else { "" })
    }

    fn unit(&self, name: &str, number: &str) -> Option<String> {
        let follows_number = number.ends_with(|c: char| c.is_ascii_digit());
        self.known(names::unit(name, number).filter(|_| follows_number)?)
    }

    /// Words that the dictionaries resolve entirely.
    pub(super) fn known(&self, words: &str) -> Option<String> {
        let (phonemes, _) = self.engine.g2p(words).ok()?;
        let spoken = phonemes.chars().any(char::is_alphabetic) && !phonemes.contains(UNKNOWN);
        spoken.then(|| phonemes.trim().to_owned())
    }

    /// One word of ASCII letters and inner apostrophes.
    fn word(&self, word: &str) -> String {
        if word.chars().count() == 1 {
            return self.letters(word);
        }
        if let Some(phonemes) = self.known(word).or_else(|| self.known(&word.to_lowercase())) {
            return phonemes;
        }
        if let Some(phonemes) = names::title(word).or_else(|| names::words(word)).and_then(|words| self.known(words)) {
            return phonemes;
        }
        let word = word.replace('’', "'");
        if let Some((stem, ending)) = word.rsplit_once('\'').filter(|(stem, _)| !stem.is_empty()) {
            let stem = self.word(stem);
            return match ending.to_ascii_lowercase().as_str() {
                "s" => self.engine.lexicon.append_s(&stem),
                "ve" => stem + "əv",
                "d" => stem + "əd",
                "ll" => stem + "əl",
                "re" => stem + "əɹ",
                "m" => stem + "əm",
                other => [stem, self.word(other)].join(" "),
            };
        }
        if let Some(name) = word.strip_prefix("Mc").filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase())) {
            return "mək".to_owned() + &self.word(name);
        }
        let parts = camel_parts(&word);
        if parts.len() > 1 {
            return parts.iter().map(|part| self.word(part)).collect::<Vec<_>>().join(" ");
        }
        if let Some(stem) = word.strip_suffix('s').and_then(|stem| self.known(stem)) {
            return self.engine.lexicon.append_s(&stem);
        }
        // "NATO" is in the dictionary; other short words in capitals are acronyms.
        if word.len() <= 5 && word.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return self.letters(&word);
        }
        match (sounds::american(&word), self.accent) {
            (Some(phonemes), Accent::American) => phonemes,
            (Some(phonemes), Accent::British) => sounds::british(&phonemes),
            (None, _) => self.letters(&word),
        }
    }

    /// Without accents, but a name's last é stays heard.
    fn folded(&self, text: &str) -> String {
        let folded = fold(text);
        let composed: String = text.nfc().collect();
        match composed.strip_suffix("ée").or_else(|| composed.strip_suffix('é')) {
            Some(stem) if self.known(&folded).is_none() && !sounds::is_name(&folded) => fold(stem) + "eh",
            _ => folded,
        }
    }

    /// Letter by letter, stressed as misaki stresses acronyms: on the last letter.
    fn letters(&self, word: &str) -> String {
        let lexicon = &self.engine.lexicon;
        let names = word.chars().filter_map(|letter| match lexicon.golds.get(&letter.to_uppercase().to_string()) {
            Some(PhonemeEntry::Simple(name)) => Some(name.as_str()),
            _ => None,
        });
        let spelt = lexicon.apply_stress(&names.collect::<String>(), Some(0.0));
        match spelt.rsplit_once('ˌ') {
            Some((head, last)) => format!("{head}ˈ{last}"),
            None => spelt,
        }
    }

    /// A number, or its figures one by one when it is longer than misaki reads.
    pub(super) fn figures(&self, figures: &str) -> String {
        self.known(figures).unwrap_or_else(|| {
            let digits = figures.split("").filter(|figure| !figure.is_empty() && *figure != ",");
            let names = digits.filter_map(|figure| self.known(if figure == "." { "point" } else { figure }));
            names.collect::<Vec<_>>().join(" ")
        })
    }

    /// A character that is neither a Latin letter nor a figure.
    fn mark(&self, symbol: char, before: Option<char>, after: Option<char>, address: bool, reading: &mut Reading) {
        let is = |side: Option<char>, kind: fn(&char) -> bool| side.is_some_and(|c| kind(&c));
        let figures = is(before, char::is_ascii_digit) && is(after, char::is_ascii_digit);
        let between = before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
        let alone = before.is_none() && after.is_none();
        let name = match symbol {
            '.' if between || address && after.is_some() => "dot",
            ':' if figures => "to",
            ':' if after.is_some() => "colon",
            '?' if address && after.is_some() => "question mark",
            '-' if address && between => "dash",
            '-' if is(after, char::is_ascii_digit) && before.is_none() => "minus",
            '-' | '–' if alone => return reading.phonemes.push('—'),
            '.' | ',' | ';' | ':' | '!' | '?' | '…' | '—' | ')' | '”' => return reading.phonemes.push(symbol),
            ']' | '}' => return reading.phonemes.push(')'),
            '(' | '[' | '{' => return reading.word("("),
            '“' => return reading.word("“"),
            '*' if figures => "times",
            '*' | '_' | '~' | '|' | '^' if !between && !alone && !is(after, char::is_ascii_digit) => return,
            '~' if is(after, char::is_ascii_digit) => "about",
            '#' if is(before, char::is_ascii_alphabetic) => "sharp",
            '#' if is(after, char::is_ascii_digit) => "number",
            '#' if before.is_none() && after.is_some() => return,
            'Ω' | 'µ' | 'μ' | 'π' if before.is_some_and(char::is_alphabetic) => "",
            _ => names::symbol(symbol).unwrap_or_default(),
        };
        match (name, names::greek(symbol)) {
            ("", Some(letter)) => reading.word(&self.known(letter).unwrap_or_default()),
            ("", None) if !names::silent(symbol) => reading.skipped.push(symbol),
            (name, _) => reading.word(&self.known(name).unwrap_or_default()),
        }
    }
}

/// Plain letters for accented and compatibility ones; symbols that have a name stay.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for symbol in text.chars() {
        if symbol.is_ascii() || names::symbol(symbol).is_some() || names::silent(symbol) || symbol == '…' {
            out.push(symbol);
        } else {
            for part in symbol.nfkd().filter(|part| !is_combining_mark(*part)) {
                match names::plain_letters(part) {
                    Some(letters) => out.push_str(letters),
                    None => out.push(part),
                }
            }
        }
    }
    out
}

/// `getHTTPResponse` is get, HTTP, Response.
fn camel_parts(word: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = word.char_indices().collect();
    let mut cuts = vec![0];
    for pair in 1..letters.len() {
        let (at, letter) = letters[pair];
        let after_lower = letters[pair - 1].1.is_lowercase();
        let before_lower = letters.get(pair + 1).is_some_and(|(_, next)| next.is_lowercase());
        // The last two letters of "PDFs" are no word.
        if letter.is_uppercase() && (after_lower || before_lower && pair + 2 < letters.len()) {
            cuts.push(at);
        }
    }
    cuts.push(word.len());
    cuts.windows(2).map(|ends| &word[ends[0]..ends[1]]).collect()
}
