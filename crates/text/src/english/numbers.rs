//! Expands words that misaki reads wrongly, by the rules of the modules of each kind; here are ranges, magnitudes, and
//! abbreviations that are also words.
//!
//! Plain numbers are left as digits; misaki reads them.

use super::abbreviations;
use super::accent::Accent;
use super::address::address;
use super::codes::{code, telephone, version};
use super::dates::date;
use super::maths::{formula, fraction, power};
use super::roman::roman;
use super::symbols;
use super::units::{compound_unit, dimensions, measure};

/// Punctuation before a word.
const BEFORE: &str = "([{“\"'‘";
/// Punctuation after a word.
const AFTER: &str = ".,;:!?…)]}”\"'’";

/// Expands such words in a line.
pub fn expand(line: &str, accent: Accent) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let next = words.get(at + 1).copied().unwrap_or_default();
        if let Some((expanded, taken)) = telephone(&words[at..]) {
            out.push(expanded);
            at += taken;
            continue;
        }
        if word.contains("](") {
            out.push(word.to_owned());
            at += 1;
            continue;
        }
        let core = word.trim_start_matches(|c| BEFORE.contains(c));
        let (head, core) = (&word[..word.len() - core.len()], bare(core));
        let tail = &word[head.len() + core.len()..];
        let previous = at.checked_sub(1).map_or("", |at| words[at]);
        if let Some(year) = short_year(head, core) {
            out.push([&year, tail].concat());
            at += 1;
            continue;
        }
        if let Some((expanded, taken)) = measure(core, tail, previous, &words[at + 1..]) {
            out.push([head, &expanded].concat());
            at += taken;
            continue;
        }
        let (expanded, tail) = match abbreviation(core, tail, previous, next) {
            Some(full) => {
                // The full stop ends the sentence too: "by Acme Co. The next".
                let ends = next.is_empty() || tail == "." && next.starts_with(|c: char| c.is_uppercase());
                (Some(full.to_owned()), if ends { tail } else { &tail[1..] })
            }
            None => (expand_word(core, previous, accent), tail),
        };
        out.push(expanded.map_or_else(|| word.to_owned(), |expanded| [head, &expanded, tail].concat()));
        at += 1;
    }
    out.join(" ")
}

fn expand_word(core: &str, previous: &str, accent: Accent) -> Option<String> {
    if core.is_ascii() && core.bytes().all(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let rules = [
        address,
        range,
        fraction,
        version,
        dimensions,
        foreign_dollars,
        compound_unit,
        formula,
        power,
        letter,
        millions,
        positive,
    ];
    abbreviations::clipped(core)
        .map(str::to_owned)
        .or_else(|| date(core, accent))
        .or_else(|| rules.iter().find_map(|rule| rule(core)))
        .or_else(|| code(core, previous))
        .or_else(|| roman(core, previous))
}

/// "'08" to "oh 8".
fn short_year(head: &str, core: &str) -> Option<String> {
    let year = core.strip_prefix('0').filter(|year| is_digits(year) && year.len() == 1 && *year != "0")?;
    ["'", "‘", "’"].contains(&head).then(|| format!("oh {year}"))
}

/// "A-level" to the name of the letter, not the article.
fn letter(core: &str) -> Option<String> {
    let rest = core.strip_prefix("A-").filter(|rest| rest.len() > 1 && rest.bytes().all(|c| c.is_ascii_lowercase()))?;
    Some(format!("[A](/ˈA/) {rest}"))
}

/// "10M" to "10 million".
fn millions(core: &str) -> Option<String> {
    let number = core.strip_suffix('M')?;
    let whole = number.starts_with(|c: char| c.is_ascii_digit()) && number.ends_with(|c: char| c.is_ascii_digit());
    (whole && number.bytes().all(|c| c.is_ascii_digit() || c == b'.' || c == b',')).then(|| format!("{number} million"))
}

/// "+100" to "plus 100".
fn positive(core: &str) -> Option<String> {
    let number = core.strip_prefix('+').filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(format!("plus {number}"))
}

/// "21st" for 21.
pub fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// A word without the punctuation after it.
pub fn bare(word: &str) -> &str {
    word.trim_end_matches(|c| AFTER.contains(c))
}

pub fn is_one_of(words: &str, wanted: &str) -> bool {
    words.split_whitespace().any(|word| word == wanted)
}

pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// The characters of a text with spaces between them.
pub fn spaced(text: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// "3–5" to "3 to 5", "$5–$10" and "£3-5" to "5 to $10" and "3 to £5". Only amounts of money have a range with a hyphen.
fn range(core: &str) -> Option<String> {
    let sign = core.chars().next().filter(|c| symbols::CURRENCIES.contains(*c));
    let (from, to) = core.split_once('–').or_else(|| core.split_once('-').filter(|_| sign.is_some()))?;
    let amount = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let Some(sign) = sign else {
        let ends =
            from.ends_with(|c: char| c.is_ascii_digit() || c == '%') || from.ends_with("am") || from.ends_with("pm");
        return (ends && amount(from) && amount(to.trim_start_matches(['$', '£', '€'])))
            .then(|| format!("{from} to {to}"));
    };
    let (low, high) = (&from[sign.len_utf8()..], to.strip_prefix(sign).unwrap_or(to));
    // Cents and magnitudes are said with the currency: "5.50 dollars to 7.25 dollars".
    let low = if is_digits(&low.replace(',', "")) { low } else { from };
    (amount(low.trim_start_matches(sign)) && amount(high)).then(|| format!("{low} to {sign}{high}"))
}

/// "US$100" to "100 U S dollars".
fn foreign_dollars(core: &str) -> Option<String> {
    const COUNTRIES: [(&str, &str); 6] = [
        ("US$", "U S"),
        ("C$", "Canadian"),
        ("CA$", "Canadian"),
        ("A$", "Australian"),
        ("NZ$", "New Zealand"),
        ("HK$", "Hong Kong"),
    ];
    let (sign, country) = COUNTRIES.into_iter().find(|(sign, _)| core.starts_with(sign))?;
    let sum = &core[sign.len()..];
    sum.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("{sum} {country} dollars"))
}

/// Expands words that are abbreviations only with a full stop and in context: "Fig. 3", "5th Ave.".
fn abbreviation(core: &str, tail: &str, previous: &str, next: &str) -> Option<&'static str> {
    if !tail.starts_with('.') {
        return None;
    }
    let digit = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let number = digit(next);
    let name = previous.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    Some(match core {
        "Fig" | "fig" if number => "figure",
        "Figs" | "figs" if number => "figures",
        "Vol" | "vol" if number => "volume",
        "Ch" | "ch" if number => "chapter",
        "Sec" | "sec" if number && !digit(previous) => "section",
        "Ave" if name => "Avenue",
        "Co" if name => "Company",
        "Corp" if name => "Corporation",
        _ => return None,
    })
}
