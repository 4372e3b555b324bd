//! Phonemes for text that misaki does not resolve: unknown words, accented letters, symbols, addresses.

use misaki_rs::lexicon::PhonemeEntry;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::accent::Accent;
use super::misaki::Misaki;
use super::misaki::UNKNOWN;
use super::numbers::is_one_of;
use super::{abbreviations, letter_to_sound, roman, symbols};

/// The surroundings of a token.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The token before, empty at the start of the line.
    pub previous: &'a str,
    /// The token after, empty at the end of the line.
    pub next: &'a str,
    /// The adjacent character before, if it is not white space.
    pub before: Option<char>,
    /// The adjacent character after, if it is not white space.
    pub after: Option<char>,
    /// The token is the first of its line.
    pub first: bool,
}

/// The phonemes of a token.
#[derive(Default)]
pub struct Pronunciation {
    /// The phonemes, words separated by spaces.
    pub phonemes: String,
    /// Characters without phonemes.
    pub skipped: Vec<char>,
}

impl Pronunciation {
    /// Appends a word.
    pub fn push_word(&mut self, phonemes: &str) {
        if !self.phonemes.is_empty() && !self.phonemes.ends_with([' ', '(', '“']) && !phonemes.is_empty() {
            self.phonemes.push(' ');
        }
        self.phonemes.push_str(phonemes);
    }
}

/// The fallback after misaki's own dictionary and rules.
#[derive(Clone, Copy)]
pub struct Fallback<'a> {
    /// misaki, whose dictionary has the parts of unknown words.
    pub misaki: &'a Misaki,
    /// The accent of the result.
    pub accent: Accent,
}

impl Fallback<'_> {
    /// The phonemes of the text of a token.
    pub fn pronounce(&self, text: &str, context: Context<'_>) -> Pronunciation {
        let text = self.without_accents(text);
        if let Some(phonemes) = self.abbreviation(&text, context) {
            return Pronunciation { phonemes, skipped: Vec::new() };
        }
        let characters: Vec<char> = text.chars().collect();
        let mut spoken = Pronunciation::default();
        let mut at = 0;
        while let Some(&symbol) = characters.get(at) {
            let start = at;
            let before = start.checked_sub(1).map_or(context.before, |before| characters.get(before).copied());
            let run_end = |from: usize, belongs: &dyn Fn(usize, char) -> bool| {
                let rest = characters[from..].iter().enumerate();
                from + rest.take_while(|(at, symbol)| belongs(from + at, **symbol)).count()
            };
            let joins = |at: usize, inside: fn(&char) -> bool| at > start && characters.get(at + 1).is_some_and(inside);
            if symbol.is_ascii_alphabetic() {
                at = run_end(start, &|at, c| {
                    c.is_ascii_alphabetic() || "'’".contains(c) && joins(at, char::is_ascii_alphabetic)
                });
                let word: String = characters[start..at].iter().collect();
                spoken.push_word(&self.word(&word));
            } else if symbol.is_ascii_digit() {
                at = run_end(start, &|at, c| c.is_ascii_digit() || ".,".contains(c) && joins(at, char::is_ascii_digit));
                let digits: String = characters[start..at].iter().collect();
                spoken.push_word(&self.number(&digits));
            } else {
                at = run_end(start, &|_, c| c == symbol);
                let after = characters.get(at).copied().or(context.after);
                // A repeated symbol is a ruler, an ellipsis or markup. Only pairs such as "==" and "//" are spoken twice.
                let times = if "/=+&|<>".contains(symbol) && at - start == 2 { 2 } else { 1 };
                let ruler = at - start > 2 && !".!?".contains(symbol) && symbols::symbol(symbol).is_some();
                for _ in 0..if ruler { 0 } else { times } {
                    self.symbol(symbol, before, after, &mut spoken);
                }
            }
        }
        spoken
    }

    /// The phonemes of an abbreviation or of a name from the table.
    fn abbreviation(&self, text: &str, context: Context<'_>) -> Option<String> {
        let name = text.trim_end_matches('.');
        let capital = |text: &str| text.starts_with(|c: char| c.is_uppercase());
        let words = match abbreviations::title(name).or_else(|| abbreviations::words(name)) {
            Some(words) => words,
            None if name.eq_ignore_ascii_case("st") && !context.first => {
                // "in St. Paul", but "Main St."
                if capital(context.next) && !capital(context.previous) { "saint" } else { "street" }
            }
            None if name.eq_ignore_ascii_case("st") => "saint",
            None => return None,
        };
        let ends = text.ends_with('.') && context.next.is_empty();
        Some(self.known(words)? + if ends { "." } else { "" })
    }

    /// The phonemes of words, if misaki knows all of them.
    pub fn known(&self, words: &str) -> Option<String> {
        let phonemes = self.misaki.phonemes(words);
        let spoken = phonemes.chars().any(char::is_alphabetic) && !phonemes.contains(UNKNOWN);
        spoken.then(|| phonemes.trim().to_owned())
    }

    /// The phonemes of a word that is drawn out, "sooo" or "goood": of the word that the dictionary has with two or one of each
    /// letter that stands more than twice.
    fn drawn_out(&self, word: &str) -> Option<String> {
        let lower = word.to_lowercase();
        let runs: Vec<&str> =
            lower.as_bytes().chunk_by(|a, b| a == b).filter_map(|run| str::from_utf8(run).ok()).collect();
        if !runs.iter().any(|run| run.len() > 2) || !lower.is_ascii() || roman::is_numeral(word) {
            return None;
        }
        let with =
            |most: usize| -> String { runs.iter().map(|run| if run.len() > 2 { &run[..most] } else { run }).collect() };
        // Two letters for "good", but only of words as frequent as this.
        let golds = &self.misaki.lexicon.golds;
        [with(2), with(1)].into_iter().filter(|word| golds.contains_key(word)).find_map(|word| self.known(&word))
    }

    /// The phonemes of one word of ASCII letters and inner apostrophes.
    fn word(&self, word: &str) -> String {
        if word.chars().count() == 1 {
            return self.spell(word);
        }
        if let Some(phonemes) = self.known(word).or_else(|| self.known(&word.to_lowercase())) {
            return phonemes;
        }
        if let Some(phonemes) =
            abbreviations::title(word).or_else(|| abbreviations::words(word)).and_then(|words| self.known(words))
        {
            return phonemes;
        }
        if let Some(phonemes) = interjection(word, self.accent) {
            return phonemes.to_owned();
        }
        if let Some(phonemes) = self.drawn_out(word) {
            return phonemes;
        }
        let word = word.replace('’', "'");
        if let Some((stem, ending)) = word.rsplit_once('\'').filter(|(stem, _)| !stem.is_empty()) {
            let stem = self.word(stem);
            return match ending.to_ascii_lowercase().as_str() {
                "s" => self.misaki.lexicon.append_s(&stem),
                "ve" => stem + "əv",
                "d" => stem + "əd",
                "ll" => stem + "əl",
                "re" => stem + "əɹ",
                "m" => stem + "əm",
                other => [stem, self.word(other)].join(" "),
            };
        }
        if let Some((prefix, name)) = prefixed_name(&word) {
            return prefix.to_owned() + &self.word(name);
        }
        let parts = camel_parts(&word);
        if parts.len() > 1 {
            return parts.iter().map(|part| self.word(part)).collect::<Vec<_>>().join(" ");
        }
        if let Some(stem) = word.strip_suffix('s').and_then(|stem| self.known(stem)) {
            return self.misaki.lexicon.append_s(&stem);
        }
        // A short word in capitals that the dictionary lacks ("NATO" is in it) is an acronym.
        if word.len() <= 5 && word.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return self.spell(&word);
        }
        letter_to_sound::phonemes(&word, self.accent).unwrap_or_else(|| self.spell(&word))
    }

    /// The text without accents. A final é of an unknown name becomes "ay", because it is spoken.
    fn without_accents(&self, text: &str) -> String {
        let folded = fold(text);
        let composed: String = text.nfc().collect();
        match composed.strip_suffix("ée").or_else(|| composed.strip_suffix('é')) {
            Some(stem) if self.known(&folded).is_none() && !letter_to_sound::is_name(&folded) => fold(stem) + "ay",
            _ => folded,
        }
    }

    /// Spells a word, with the stress on the last letter, as misaki does for acronyms.
    fn spell(&self, word: &str) -> String {
        let lexicon = &self.misaki.lexicon;
        let names = word.chars().filter_map(|letter| match lexicon.golds.get(&letter.to_uppercase().to_string()) {
            Some(PhonemeEntry::Simple(name)) => Some(name.as_str()),
            _ => None,
        });
        let spelled = lexicon.apply_stress(&names.collect::<String>(), Some(0.0));
        match spelled.rsplit_once('ˌ') {
            Some((head, last)) => format!("{head}ˈ{last}"),
            None => spelled,
        }
    }

    /// The phonemes of a number, digit by digit if it is too long for misaki.
    pub fn number(&self, number: &str) -> String {
        self.known(number).unwrap_or_else(|| {
            let digits = number.split("").filter(|digit| !digit.is_empty() && *digit != ",");
            let names = digits.filter_map(|digit| self.known(if digit == "." { "point" } else { digit }));
            names.collect::<Vec<_>>().join(" ")
        })
    }

    /// Appends a character that is neither a Latin letter nor a digit.
    fn symbol(&self, symbol: char, before: Option<char>, after: Option<char>, spoken: &mut Pronunciation) {
        let is = |side: Option<char>, kind: fn(&char) -> bool| side.is_some_and(|c| kind(&c));
        let digits = is(before, char::is_ascii_digit) && is(after, char::is_ascii_digit);
        let between = before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
        let alone = before.is_none() && after.is_none();
        let name = match symbol {
            '.' if between => "dot",
            ':' if digits => "to",
            ':' if after.is_some() => "colon",
            '-' if is(after, char::is_ascii_digit) && before.is_none() => "minus",
            '-' | '–' if alone => return spoken.phonemes.push('—'),
            '.' | ',' | ';' | ':' | '!' | '?' | '…' | '—' | ')' | '”' => return spoken.phonemes.push(symbol),
            ']' | '}' => return spoken.phonemes.push(')'),
            '(' | '[' | '{' => return spoken.push_word("("),
            '“' => return spoken.push_word("“"),
            '*' if digits => "times",
            '*' | '_' | '~' | '|' | '^' if !between && !alone && !is(after, char::is_ascii_digit) => return,
            '~' if is(after, char::is_ascii_digit) => "about",
            '#' if is(before, char::is_ascii_alphabetic) => "sharp",
            '#' if is(after, char::is_ascii_digit) => "number",
            '#' if before.is_none() && after.is_some() => return,
            'Ω' | 'µ' | 'μ' | 'π' if before.is_some_and(char::is_alphabetic) => "",
            _ => symbols::symbol(symbol).unwrap_or_default(),
        };
        match (name, symbols::greek(symbol)) {
            ("", Some(letter)) => spoken.push_word(&self.known(letter).unwrap_or_default()),
            ("", None) if !symbols::is_silent(symbol) => spoken.skipped.push(symbol),
            (name, _) => spoken.push_word(&self.known(name).unwrap_or_default()),
        }
    }
}

/// Replaces accented and compatibility letters by ASCII letters. Symbols with a name stay.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for symbol in text.chars() {
        if symbol.is_ascii() || symbols::symbol(symbol).is_some() || symbols::is_silent(symbol) || symbol == '…' {
            out.push(symbol);
        } else {
            for part in symbol.nfkd().filter(|part| !is_combining_mark(*part)) {
                match symbols::ascii_letters(part) {
                    Some(letters) => out.push_str(letters),
                    None => out.push(part),
                }
            }
        }
    }
    out
}

/// The phonemes of the first part of a name in two, and its second part: "McDonald", "LeBron", "DiCaprio".
fn prefixed_name(word: &str) -> Option<(&'static str, &str)> {
    const AFTER_DE: &str =
        "Andre Angelo Gaulle Generes Laurentis Marco Marcus Mille Niro Palma Rosa Santis Sean Shawn Vito Wayne";
    const PREFIXES: [(&str, &str); 5] = [("Mc", "mək"), ("Le", "lə"), ("La", "lə"), ("De", "də"), ("Di", "dɪ")];
    let (prefix, name) = PREFIXES.iter().find_map(|(prefix, spoken)| Some((*spoken, word.strip_prefix(prefix)?)))?;
    let mut letters = name.chars();
    let capital = letters.next().is_some_and(|c| c.is_ascii_uppercase());
    // "DeFi", "DeSerialize" and "LaMDA" are none.
    let rest = letters.as_str();
    if prefix == "də" && !is_one_of(AFTER_DE, name) {
        return None;
    }
    (capital && (prefix == "mək" || rest.len() > 2 && !rest.contains(|c: char| c.is_ascii_uppercase())))
        .then_some((prefix, name))
}

/// Sounds that are written without a vowel, with American and British phonemes. Their last letter may stand more often.
const INTERJECTIONS: [(&str, &str, &str); 6] = [
    ("brr", "bˈɜɹ", "bˈɜː"),
    ("grr", "ɡˈɜɹ", "ɡˈɜː"),
    // In small letters it is the program.
    ("Sh", "ʃ", "ʃ"),
    ("shh", "ʃ", "ʃ"),
    ("tsk", "tˈɪsk", "tˈɪsk"),
    ("zzz", "z", "z"),
];

/// The phonemes of a sound such as "shh" or "brrr".
fn interjection(word: &str, accent: Accent) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let drawn = |sound: &str| lower.strip_prefix(sound).is_some_and(|rest| rest.chars().all(|c| sound.ends_with(c)));
    let (_, american, british) = INTERJECTIONS.iter().find(|(sound, ..)| *sound == word || drawn(sound))?;
    Some(if accent == Accent::American { american } else { british })
}

/// The parts of a camel-case word: `getHTTPResponse` is get, HTTP, Response.
fn camel_parts(word: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = word.char_indices().collect();
    let mut cuts = vec![0];
    for pair in 1..letters.len() {
        let (at, letter) = letters[pair];
        let after_lower = letters[pair - 1].1.is_lowercase();
        let before_lower = letters.get(pair + 1).is_some_and(|(_, next)| next.is_lowercase());
        // The last two letters of "PDFs" are not a word.
        if letter.is_uppercase() && (after_lower || before_lower && pair + 2 < letters.len()) {
            cuts.push(at);
        }
    }
    cuts.push(word.len());
    cuts.windows(2).map(|ends| &word[ends[0]..ends[1]]).collect()
}
