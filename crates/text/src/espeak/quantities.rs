//! Numbers with their context, written so that espeak-ng says them as people do: amounts with separators, money, clock
//! times, dates, negative numbers, units, fractions, ordinals; and abbreviations. Plain digits stay; espeak-ng reads them.

mod clock;
mod money;
#[cfg(test)]
mod tests;

use super::abbreviations::abbreviation;
use super::counting::{counted, scaled};
use super::{signs, words};
use crate::language::Language;
use crate::links::inline_phonemes;
use crate::ssml::date;

/// How a language writes and says quantities.
struct Words {
    language: Language,
    /// Between groups of three digits; the other of comma and full stop is the decimal separator.
    group: char,
    decimal: &'static str,
    minus: &'static str,
    /// After the hours of a full hour, one and many.
    full_hour: (&'static str, &'static str),
    /// Between hours and minutes, one and many.
    hour: (&'static str, &'static str),
    /// After the minutes.
    minute: &'static str,
    /// Words before a time, after which its minutes may follow a full stop.
    before_time: &'static str,
    /// Between the ends of a range of numbers, and of times.
    to: (&'static str, &'static str),
    /// Between an amount of money and its cents.
    cents: &'static str,
    /// One and many of the signs of `money`.
    currencies: [(&'static str, &'static str); 10],
}

#[rustfmt::skip]
const WORDS: [Words; 5] = [
    Words { language: Language::Spanish, group: '.', decimal: "coma", minus: "menos", full_hour: ("hora", "horas"), hour: ("y", "y"), minute: "",
        before_time: "la las", to: ("a", "a"), cents: "con",
        currencies: [("euro", "euros"), ("dólar", "dólares"), ("libra", "libras"), ("real", "reales"), ("rupia", "rupias"),
            ("yen", "yenes"), ("dólar australiano", "dólares australianos"), ("dólar canadiense", "dólares canadienses"), ("dólar de Hong Kong", "dólares de Hong Kong"), ("dólar neozelandés", "dólares neozelandeses")] },
    Words { language: Language::French, group: ' ', decimal: "virgule", minus: "moins", full_hour: ("heure", "heures"), hour: ("heure", "heures"), minute: "",
        before_time: "", to: ("à", "à"), cents: "",
        currencies: [("euro", "euros"), ("dollar", "dollars"), ("livre", "livres"), ("réal", "réaux"), ("roupie", "roupies"),
            ("yen", "yens"), ("dollar australien", "dollars australiens"), ("dollar canadien", "dollars canadiens"), ("dollar de Hong Kong", "dollars de Hong Kong"), ("dollar néo-zélandais", "dollars néo-zélandais")] },
    Words { language: Language::Italian, group: '.', decimal: "virgola", minus: "meno", full_hour: ("in punto", "in punto"), hour: ("e", "e"), minute: "",
        before_time: "alle dalle all' dall' ore le l'", to: ("a", "alle"), cents: "e",
        currencies: [("euro", "euro"), ("dollaro", "dollari"), ("sterlina", "sterline"), ("real", "real"), ("rupia", "rupie"),
            ("yen", "yen"), ("dollaro australiano", "dollari australiani"), ("dollaro canadese", "dollari canadesi"), ("dollaro di Hong Kong", "dollari di Hong Kong"), ("dollaro neozelandese", "dollari neozelandesi")] },
    Words { language: Language::Portuguese, group: '.', decimal: "vírgula", minus: "menos", full_hour: ("hora", "horas"), hour: ("hora e", "horas e"), minute: "",
        before_time: "à às das", to: ("a", "às"), cents: "e",
        currencies: [("euro", "euros"), ("dólar", "dólares"), ("libra", "libras"), ("real", "reais"), ("rúpia", "rúpias"),
            ("iene", "ienes"), ("dólar australiano", "dólares australianos"), ("dólar canadense", "dólares canadenses"), ("dólar de Hong Kong", "dólares de Hong Kong"), ("dólar neozelandês", "dólares neozelandeses")] },
    Words { language: Language::Hindi, group: ',', decimal: "दशमलव", minus: "माइनस", full_hour: ("बजे", "बजे"), hour: ("बजकर", "बजकर"), minute: "मिनट",
        before_time: "", to: ("से", "से"), cents: "और",
        currencies: [("यूरो", "यूरो"), ("डॉलर", "डॉलर"), ("पाउंड", "पाउंड"), ("रियाल", "रियाल"), ("रुपया", "रुपये"),
            ("येन", "येन"), ("ऑस्ट्रेलियाई डॉलर", "ऑस्ट्रेलियाई डॉलर"), ("कनाडाई डॉलर", "कनाडाई डॉलर"), ("हॉन्ग कॉन्ग डॉलर", "हॉन्ग कॉन्ग डॉलर"), ("न्यूज़ीलैंड डॉलर", "न्यूज़ीलैंड डॉलर")] },
];

/// White space within a quantity.
const SPACES: [char; 3] = [' ', '\u{a0}', '\u{202f}'];

/// The line with its quantities in words and plain digits, and its addresses and symbols in words.
pub fn expand(line: &str, language: Language) -> String {
    let Some(words) = WORDS.iter().find(|words| words.language == language) else { return line.to_owned() };
    // The digits of Devanagari are those of ASCII to all rules.
    let line: String = line
        .chars()
        .map(|c| if let '०'..='९' = c { char::from(b'0' + (c as u32 - '०' as u32) as u8) } else { c })
        .collect();
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(symbol) = rest.chars().next() {
        if let Some((_, _, length)) = inline_phonemes(rest) {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let inside = out.ends_with(|c: char| c.is_alphanumeric() || "./:,-_".contains(c));
        let found = if inside { None } else { signs::address(rest, language).or_else(|| words.spoken(rest, &out)) };
        match found.or_else(|| signs::symbol(rest, &out, language)) {
            Some((spoken, length)) => {
                out.push_str(&spoken);
                rest = &rest[length..];
            }
            None => {
                out.push(symbol);
                rest = &rest[symbol.len_utf8()..];
            }
        }
    }
    out
}

fn digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

fn is_end(text: &str) -> bool {
    !text.starts_with(char::is_alphanumeric)
}

fn unspaced(text: &str) -> &str {
    text.trim_start_matches(SPACES)
}

impl Words {
    /// A quantity, an abbreviation or the like at the start of `text` after `before`.
    fn spoken(&self, text: &str, before: &str) -> Option<(String, usize)> {
        self.quantity(text, before).or_else(|| self.word(text, before))
    }

    /// An abbreviation, a Roman numeral or a unit without a number, after the text `before`.
    fn word(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if !text.starts_with(|c: char| !c.is_whitespace()) {
            return None;
        }
        const ARTICLES: &str = "o el le il al do ao por par per un um cada chaque ogni प्रति";
        let previous = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let after_word = if before.trim_end().ends_with(char::is_alphanumeric) { previous } else { "" };
        if let Some(found) =
            abbreviation(text, after_word, self.language).or_else(|| words::numeral(text, previous, self.language))
        {
            return Some(found);
        }
        let sign = ["km/h", "km²", "km", "kg", "cm"]
            .into_iter()
            .find(|sign| text.starts_with(sign) && is_end(&text[sign.len()..]))?;
        let one = ARTICLES.split(' ').any(|article| article == previous);
        Some((words::unit(sign, one, self.language)?, sign.len()))
    }

    /// The words for a unit after the number at the start of `text`, whose words are `spoken`, and the length of both.
    fn with_unit(&self, (spoken, length): (String, usize), text: &str) -> (String, usize) {
        match self.unit_after(&spoken, length, text) {
            Some((unit, end)) => (counted(&spoken, &unit, self.language), end),
            None => (spoken, length),
        }
    }

    fn unit_after(&self, spoken: &str, length: usize, text: &str) -> Option<(String, usize)> {
        let rest = unspaced(&text[length..]);
        let end = rest.find(|c: char| c.is_whitespace() || ",.;:!?)»”\"।-–".contains(c)).unwrap_or(rest.len());
        // "Nel 2020 ha vinto": the verb.
        let is_verb =
            &rest[..end] == "ha" && length == 4 && matches!(self.language, Language::Spanish | Language::Italian);
        let unit = words::unit(&rest[..end], spoken == "1", self.language).filter(|_| !is_verb)?;
        Some((unit, text.len() - rest.len() + end))
    }

    /// "1/2", "¾", with the unit after it. A day and a month follow an article.
    fn fraction(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let length = text.find(|c: char| !c.is_ascii_digit() && !"/½⅓⅔¼¾".contains(c)).unwrap_or(text.len());
        let (spoken, of) = words::fraction(&text[..length], self.language)?;
        let dated = text[..length].contains('/')
            && ["el ", "le ", "il ", "al ", "del ", "dia "].iter().any(|word| before.ends_with(word));
        if dated {
            return None;
        }
        let (unit, end) = self.unit_after("1", length, text).unwrap_or((String::new(), length));
        let of = if unit.is_empty() { "" } else { of };
        let words: Vec<&str> = [spoken, of, &unit].into_iter().filter(|word| !word.is_empty()).collect();
        Some((words.join(" "), end))
    }

    /// A quantity at the start of `text` after the text `before`: its words, and its length in bytes.
    fn quantity(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if let Some(found) = self.money_after_sign(text) {
            return Some(found);
        }
        if let Some(positive) = text.strip_prefix(['-', '−']).filter(|rest| !digits(rest).is_empty()) {
            let (spoken, length) = self.money(positive).unwrap_or_else(|| self.measure(positive));
            return Some((format!("{} {spoken}", self.minus), text.len() - positive.len() + length));
        }
        if let Some(found) = self.fraction(text, before) {
            return Some(found);
        }
        if digits(text).is_empty() {
            return None;
        }
        if let Some(length) = self.telephone(text) {
            return Some((text[..length].to_owned(), length));
        }
        let found = self.date(text).or_else(|| self.clock(text, before)).or_else(|| self.range(text, before));
        let found = found.or_else(|| self.money(text)).or_else(|| words::ordinal(text, self.language));
        found.or_else(|| {
            let (spoken, length) = self.measure(text);
            (spoken != text[..length]).then_some((spoken, length))
        })
    }

    /// A number at the start of `text`, which begins with a digit, with its scale and unit: "1.234,5 km", "5 Mio".
    fn measure(&self, text: &str) -> (String, usize) {
        let (number, length) = self.number(text).unwrap_or_else(|| (digits(text).to_owned(), digits(text).len()));
        let rest = unspaced(&text[length..]);
        if let Some(scaled) = scaled(&number, rest, false, self.language) {
            return (scaled.spoken, text.len() - rest.len() + scaled.length);
        }
        self.with_unit((number, length), text)
    }

    /// "5-10 km", "2019–2021", and results such as "3-2".
    fn range(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let (first, length) = self.money(text).unwrap_or_else(|| self.measure(text));
        let second = text[length..].strip_prefix(['-', '–']).filter(|rest| !digits(rest).is_empty())?;
        let (spoken, end) = self.money(second).unwrap_or_else(|| self.measure(second));
        let after = &second[end..];
        let more = after.strip_prefix(['-', '–', '/', '.', ',', ':']).is_some_and(|rest| !digits(rest).is_empty());
        if more || !is_end(after) || after.starts_with(['-', '–']) {
            return None;
        }
        let (from, to) = (digits(text), digits(second));
        if length == from.len() {
            let alone = end == to.len();
            let code = |number: &str| number.len() > 1 && number.starts_with('0');
            let (a, b): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
            let is_range = match (from.len(), to.len()) {
                // A year, and the end of the next one.
                (4, 2) => alone && (1900..2100).contains(&a) && b == a % 100 + 1,
                // Telephone numbers.
                (4, 4) => a < b && (!alone || (1000..2100).contains(&a) && b < 2200),
                (3, 4) => a < b && !alone,
                (1..=2, 1..=2) => true,
                (1..=4, 1..=4) => a < b,
                _ => a < b && !alone,
            };
            if !is_range || code(from) || code(to) {
                return None;
            }
        }
        // "una a dos horas"
        let noun = spoken.split_once(' ').map_or("", |(_, noun)| noun);
        let agreeing = if noun.is_empty() { String::new() } else { counted(&first, noun, self.language) };
        let first = agreeing
            .strip_suffix(noun)
            .filter(|first| length == from.len() && !first.is_empty())
            .map_or(first.as_str(), str::trim_end);
        // "entre 2019 y 2021"
        let between = ["entre", "tra", "fra"].contains(&clock::last_word(before).as_str());
        let to = if between { signs::and(self.language) } else { self.to.0 };
        Some((format!("{first} {to} {spoken}"), text.len() - after.len()))
    }

    /// "3/5/2024"
    fn date(&self, text: &str) -> Option<(String, usize)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && !"/-".contains(c)).unwrap_or(text.len());
        let written = &text[..end];
        let separators = written.chars().filter(|c| !c.is_ascii_digit()).collect::<Vec<_>>();
        let four = written.split(['/', '-']).any(|part| part.len() == 4);
        let whole = four && is_end(&text[end..]) && matches!(separators[..], [first, second] if first == second);
        let spoken = date(written, "", self.language).filter(|_| whole)?;
        Some((spoken, end))
    }

    /// "1.234,5"
    fn number(&self, text: &str) -> Option<(String, usize)> {
        let (whole, decimals, length) = self.amount(text)?;
        // "1.2.3" and plain digits stay.
        let more = text[length..].strip_prefix(['.', ',', ':', '/']).is_some_and(|rest| !digits(rest).is_empty());
        if more || whole.len() == length {
            return None;
        }
        let spaced = decimals.len() > 2 || decimals.starts_with('0');
        let decimals = match spaced {
            true => decimals.chars().map(String::from).collect::<Vec<_>>().join(" "),
            false => decimals,
        };
        let spoken = if decimals.is_empty() { whole } else { format!("{whole} {} {decimals}", self.decimal) };
        Some((spoken, length))
    }

    /// The digits before and after the decimal separator, and the length in bytes.
    fn amount(&self, text: &str) -> Option<(String, String, usize)> {
        let first = digits(text);
        if first.is_empty() {
            return None;
        }
        let (mut whole, mut length) = self.spaced_groups(text).unwrap_or_else(|| (first.to_owned(), first.len()));
        let is_group = |c: char| c == self.group || self.group == ' ' && "\u{a0}\u{202f}".contains(c);
        while let Some(rest) = text[length..].strip_prefix(is_group) {
            let group = digits(rest);
            // Hindi groups by two digits, then by three.
            let size = group.len() == 3 || self.group == ',' && group.len() == 2;
            if !size || first.len() > 3 || first.starts_with('0') {
                break;
            }
            whole += group;
            length = text.len() - rest.len() + group.len();
        }
        let decimal = if self.group == ',' { '.' } else { ',' };
        let decimals = text[length..].strip_prefix(decimal).map_or("", digits);
        // A decimal point, as in English, is not a group if it is not followed by three digits.
        let point = text[length..].strip_prefix('.').map_or("", digits);
        let decimals = if decimals.is_empty() && whole == first && point.len() != 3 { point } else { decimals };
        if !decimals.is_empty() {
            length += 1 + decimals.len();
        }
        Some((whole, decimals.to_owned(), length))
    }

    /// The length in bytes of a telephone number in groups of digits, which stays as it is: "91 123 45 67", "612 345 678".
    fn telephone(&self, text: &str) -> Option<usize> {
        const LONGEST: usize = 24;
        let end = text.bytes().take(LONGEST).take_while(|c| c.is_ascii_digit() || *c == b' ').count();
        let written = text[..end].trim_end();
        let groups: Vec<&str> = written.split(' ').collect();
        let count: usize = groups.iter().map(|group| group.len()).sum();
        let small = groups.iter().all(|group| (1..=4).contains(&group.len()));
        let telephone = groups.len() > 2 && small && (9..=13).contains(&count) && is_end(&text[written.len()..]);
        (telephone && self.amount(text)?.2 < written.len()).then_some(written.len())
    }

    /// "10 000" where full stops are usual between groups, and its length in bytes. "612 345 678" is a telephone number.
    fn spaced_groups(&self, text: &str) -> Option<(String, usize)> {
        let mut whole = digits(text).to_owned();
        if self.group == ',' || whole.len() > 3 || whole.starts_with('0') {
            return None;
        }
        let mut length = whole.len();
        // French has spaces anyway, and "1.000.000" at times.
        let others: &[char] = if self.group == ' ' { &['.'] } else { &SPACES };
        let next = |length: usize| text[length..].strip_prefix(others).filter(|rest| !digits(rest).is_empty());
        while let Some(rest) = next(length).filter(|rest| digits(rest).len() == 3 && whole.len() < 16) {
            whole += digits(rest);
            length = text.len() - rest.len() + 3;
        }
        let telephone = whole.len() == 9 && whole.starts_with(['6', '7', '8', '9']) && self.group == '.';
        let many = self.group == '.' || whole.len() > 6;
        let grouped = many && length > whole.len() && next(length).is_none() && is_end(&text[length..]) && !telephone;
        grouped.then_some((whole, length))
    }
}
