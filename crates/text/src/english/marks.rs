//! Signs whose meaning depends on what stands around them: quotation marks that are inches, apostrophes that are feet, notes
//! and powers.

use super::maths::VULGAR;
use super::numbers::{is_digits, is_one_of};
use super::{abbreviations, units};

/// The line without the marks of footnotes, with words for the signs of feet, of inches, of roots and of "10 a.m.–2 p.m.".
pub fn marks(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let code = is_code(line);
    // Whether a quotation is open, whose end is no sign of inches or of feet.
    let (mut quoted, mut single) = (false, false);
    while let Some(symbol) = rest.chars().next() {
        if let Some(length) = note(&out, rest, code) {
            rest = &rest[length..];
            continue;
        }
        let after = &rest[symbol.len_utf8()..];
        rest = after;
        let measured = out.ends_with(|c: char| c.is_ascii_digit() || VULGAR.contains(c));
        // "6'–8'"
        if measured && let Some(until) = range_after(after, symbol) {
            out.push_str(" to ");
            rest = until;
            continue;
        }
        match symbol {
            '"' | '″' | '”' if measured && (!quoted || symbol == '″' || closes_later(after)) => {
                // `normalize` reads 5'10" with its sign.
                match is_feet(&out) {
                    true => out.push('"'),
                    false => out.push_str(if units::is_attribute(&out, after) { " inch" } else { " inches" }),
                }
            }
            '\'' | '’' | '′' if measured && (!single || symbol == '′') && are_feet(&out, after) => {
                match inches_after(after) {
                    // 5' 10" is 5'10".
                    true => {
                        out.push('\'');
                        rest = after.trim_start();
                    }
                    false => out.push_str(if units::is_attribute(&out, after) { " foot" } else { " feet" }),
                }
            }
            '√' if after.starts_with(|c: char| c.is_alphanumeric() || c == '(') => out.push_str(" square root of "),
            '–' | '-' if after.starts_with(|c: char| c.is_ascii_digit()) && has_half(&out) => out.push_str(" to "),
            symbol => {
                let inside = out.ends_with(|c: char| !c.is_whitespace() && !is_opening(c));
                match symbol {
                    '"' => quoted = !quoted,
                    '“' => quoted = !(quoted && inside),
                    '„' => quoted = true,
                    '”' => quoted = false,
                    '\'' | '‘' if !inside && !is_elision(after) => single = true,
                    '\'' | '’' if inside && !after.starts_with(char::is_alphanumeric) => single = false,
                    _ => {}
                }
                out.push(symbol);
            }
        }
    }
    out
}

fn is_opening(symbol: char) -> bool {
    "([{“„\"‘—–-/".contains(symbol)
}

/// How many characters ahead the end of a quotation is looked for.
const LONGEST_QUOTATION: usize = 400;

/// Whether the quotation that is open is closed within `text`: there is a closing mark before the next opening one. A mark
/// after a number may be either, so with one of them the quotation may go on too.
fn closes_later(text: &str) -> bool {
    let (mut before, mut seen) = ('"', false);
    for symbol in text.chars().take(LONGEST_QUOTATION) {
        match symbol {
            '"' | '”' if before.is_ascii_digit() => seen = true,
            '"' if before.is_whitespace() || before != '"' && is_opening(before) => return seen,
            '"' | '”' => return true,
            '“' | '„' => return seen,
            _ => {}
        }
        before = symbol;
    }
    seen
}

/// Whether a text ends in feet and inches without the sign of inches: "5'10".
fn is_feet(text: &str) -> bool {
    let feet = text.trim_end_matches(|c: char| c.is_ascii_digit());
    feet.ends_with(['\'', '’', '′'])
}

/// Whether the apostrophe between `before`, which ends in a number, and `after` is the sign of feet: "20' long".
fn are_feet(before: &str, after: &str) -> bool {
    let number = before.trim_end_matches(|c: char| c.is_ascii_digit() || VULGAR.contains(c) || ".,".contains(c));
    let alone = number.is_empty() || number.ends_with(|c: char| c.is_whitespace() || "([“\"-–×x".contains(c));
    alone && (after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || "-–,.;:!?)]×x”".contains(c)))
}

/// Whether inches with their sign follow the sign of feet.
fn inches_after(text: &str) -> bool {
    let inches = text.trim_start();
    let digits = inches.find(|c: char| !c.is_ascii_digit()).unwrap_or(inches.len());
    matches!(digits, 1 | 2) && inches[digits..].starts_with(['"', '″', '”'])
}

/// The upper end of a range at the start of `text`, after the sign of its lower end: 8' of "6'–8'".
fn range_after(text: &str, sign: char) -> Option<&str> {
    let until = text.strip_prefix(['–', '-']).filter(|_| "\"″”'’′".contains(sign))?;
    let digits = until.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
    until[digits..].starts_with(sign).then_some(until)
}

/// Whether an apostrophe before `text` stands for what is left out: "'tis", "the '90s", "'68".
fn is_elision(text: &str) -> bool {
    let word = &text[..text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len())];
    word.is_empty() || is_clipped(word)
}

/// Whether an apostrophe before a word stands for what is left out of it.
pub fn is_clipped(word: &str) -> bool {
    const CLIPPED: &str = "bout cause cos em ere kay n neath nuff round til tis twas tween twere twill un";
    let digits = word.trim_end_matches('s');
    is_one_of(CLIPPED, &word.to_lowercase()) || is_digits(digits) && digits.len() == 2
}

/// Whether a text ends in "a.m." or "p.m.".
fn has_half(text: &str) -> bool {
    ["a.m.", "p.m.", "A.M.", "P.M."].iter().any(|half| text.ends_with(half))
}

/// Whether a line quotes a program, whose brackets hold indices: "`names[1]`", "names[0] and names[1]".
fn is_code(line: &str) -> bool {
    const SIGNS: [&str; 12] = ["`", "==", " = ", "+=", "()", "print(", "[0]", "[-1]", "[i]", "[j]", "[n]", "];"];
    let is_array = |word: &str| ["array", "arrays"].iter().any(|array| word.eq_ignore_ascii_case(array));
    // A line of one word is no sentence.
    SIGNS.iter().any(|sign| line.contains(sign)) || line.split_whitespace().any(is_array) || !line.contains(' ')
}

/// Raised digits.
const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/// The characters of the longest word that a note stands at.
const LONGEST_NOTED: usize = 64;
/// The most raised digits that are looked at.
const MOST_RAISED: usize = 8;

/// The length of the mark of a footnote at the start of `text`: "[12]" or "²" after a word or the end of a sentence.
fn note(before: &str, text: &str, code: bool) -> Option<usize> {
    if !text.starts_with(|c| c == '[' || RAISED.contains(c)) {
        return None;
    }
    let start = before.char_indices().rev().take(LONGEST_NOTED).take_while(|(_, c)| !c.is_whitespace()).last();
    let whole = &before[start.map_or(before.len(), |(at, _)| at)..];
    let word = &before[before.trim_end_matches(|c: char| c.is_ascii_lowercase()).len()..];
    // "max_names[1]", "user.names[1]" and "userNames[1]" are of a program.
    let named = |c: char| c.is_ascii_digit() || "_.()/\\=$".contains(c);
    let inner_capital = whole.chars().skip(1).any(char::is_uppercase) && whole.chars().any(char::is_lowercase);
    let prose = word.len() > 3 && !whole.contains(named) && !inner_capital;
    let ends = before.ends_with(['.', ',', ';', ':', '!', '?', '”', '"', '’']);
    let (length, number) = match text.strip_prefix('[') {
        Some(inner) => {
            let length = inner.bytes().take(4).position(|c| c == b']')?;
            (length + 2, is_digits(&inner[..length]) && &inner[..length] != "0" && !code)
        }
        None => {
            let length = text.chars().take(MOST_RAISED).take_while(|c| RAISED.contains(*c)).map(char::len_utf8).sum();
            let unit = abbreviations::UNITS.iter().any(|(_, one, many)| [*one, *many].contains(&word));
            let metre = word.ends_with("metre") || word.ends_with("metres");
            (length, !unit && !metre && !in_formula(&before[..before.len() - word.len()], &text[length..]))
        }
    };
    let after = &text[length..];
    let closed = !after.starts_with(|c: char| c.is_alphanumeric() || c == '(');
    (number && closed && (ends || prose)).then_some(length)
}

/// Whether the word between two texts is a part of a formula: "side² + length²".
fn in_formula(before: &str, after: &str) -> bool {
    const OPERATORS: &str = "+=−×÷*/<>≤≥≈√";
    // A dash between words is none, but one beside a number or another power is a minus.
    let number = |word: &str| word.ends_with(|c: char| c.is_ascii_digit() || RAISED.contains(c));
    let (before, after) = (before.trim_end(), after.trim_start());
    let dash = |text: &str, word: Option<&str>| text.starts_with(['-', '–']) && word.is_some_and(number);
    let mut earlier = before.split_whitespace().rev();
    let minus = earlier.next().is_some_and(|sign| sign == "-" || sign == "–") && earlier.next().is_some_and(number);
    before.ends_with(|c| OPERATORS.contains(c))
        || after.starts_with(|c| OPERATORS.contains(c))
        || minus
        || dash(after, after.split_whitespace().nth(1))
}
