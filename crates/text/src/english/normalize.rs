//! Text normalization before misaki: characters that it does not know, clock times, lengths and amounts of money.

use std::borrow::Cow;

use super::accent::Accent;
use super::marks::marks;
use super::maths::VULGAR;
use super::money::{self, money};
use super::numbers::{self, LETTER_A};
use crate::written::numbers::grouped_by_spaces;

/// Maximum number of characters without a space; longer runs are broken. misaki looks up every substring of such a run that has
/// no hyphen or the like, "aBaBaB", so its time grows with the cube of the length.
pub const MAX_RUN: usize = 120;

/// Signs of two characters, and their replacements.
const SIGNS: [(&str, &str); 10] = [
    (" . . .", "..."),
    ("()", ""),
    ("&&", " and "),
    ("->", "→"),
    ("=>", "⇒"),
    ("!=", " ≠ "),
    ("<=", "≤"),
    (">=", "≥"),
    ("°C", " degrees Celsius"),
    ("°F", " degrees Fahrenheit"),
];

/// Normalizes one line: white space is collapsed, typographic and CJK punctuation becomes plain, and times, lengths and
/// amounts of money are expanded to words and numbers.
pub fn normalize(line: &str, accent: Accent) -> String {
    let mut line = marks(&with_comparisons(&with_commas(line.trim())));
    for (sign, plain) in SIGNS {
        line = line.replace(sign, plain);
    }
    line = money::joined(&line).replace("a.k.a.", &format!("{LETTER_A} K {LETTER_A}"));
    let mut plain = String::with_capacity(line.len());
    for symbol in line.chars() {
        push_plain(symbol, &mut plain);
    }
    let spoken = money(&times_and_lengths(&numbers::expand(&plain, accent)));
    let spoken = arrows(&spoken);
    let mut out = String::with_capacity(spoken.len());
    for run in spoken.split_whitespace() {
        for (at, symbol) in run.chars().enumerate() {
            if at % MAX_RUN == 0 && !(at == 0 && out.is_empty()) {
                out.push(' ');
            }
            out.push(symbol);
        }
    }
    out
}

/// The line with commas in numbers whose groups are apart by spaces, "10 000" to "10,000", and without the space of "2 ½".
fn with_commas(line: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut taken = 0;
    for (at, _) in line.match_indices(|c: char| c.is_ascii_digit()) {
        let before = &line[..at];
        let half = line[at + 1..].strip_prefix(' ').is_some_and(|rest| rest.starts_with(|c| VULGAR.contains(c)));
        if half && !before.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with(|c: char| !c.is_whitespace()) {
            out += &line[taken..=at];
            taken = at + 2;
            continue;
        }
        // "10 000-15 000"
        let second = taken > 0 && before.len() == taken + 1 && before.ends_with('-');
        let inside = !second && before.ends_with(|c: char| c.is_alphanumeric() || ".,:/-+".contains(c));
        // "0 800 000 000" is called, but "in 2020 100 000" has a year.
        let group = before.bytes().rev().skip(1).take(4).take_while(u8::is_ascii_digit).count();
        if at < taken || inside || !second && (1..4).contains(&group) {
            continue;
        }
        if let Some((_, length)) = grouped_by_spaces(&line[at..]) {
            out += &line[taken..at];
            let groups: Vec<&str> = line[at..at + length].split_whitespace().collect();
            out += &groups.join(",");
            taken = at + length;
        }
    }
    if taken == 0 { Cow::Borrowed(line) } else { Cow::Owned(out + &line[taken..]) }
}

/// The line with plain signs for the comparisons of programs that are words of their own, and without the emphasis after a
/// colon, ":**", which spaCy takes for a face.
fn with_comparisons(line: &str) -> Cow<'_, str> {
    if !line.contains("==") && !line.contains(":**") {
        return Cow::Borrowed(line);
    }
    let plain = |word: &str| match word {
        "===" => "=".to_owned(),
        "!==" => "≠".to_owned(),
        word => word.strip_suffix(":**").map_or_else(|| word.to_owned(), |word| format!("{word}:")),
    };
    Cow::Owned(line.split(' ').map(plain).collect::<Vec<_>>().join(" "))
}

/// Appends the plain equivalent of one character; nothing for invisible characters, Spanish opening marks and backticks.
fn push_plain(symbol: char, out: &mut String) {
    match symbol {
        '。' | '．' | '｡' => out.push_str(". "),
        '，' | '、' | '､' => out.push_str(", "),
        '！' => out.push_str("! "),
        '？' => out.push_str("? "),
        '；' => out.push_str("; "),
        '：' => out.push_str(": "),
        '「' | '『' | '《' | '〈' | '«' | '‹' | '„' | '‟' => out.push('“'),
        '」' | '』' | '》' | '〉' | '»' | '›' => out.push('”'),
        '【' | '〔' => out.push('('),
        '】' | '〕' => out.push(')'),
        '‚' | '‛' => out.push('‘'),
        '‐' | '‑' | '\u{2012}' => out.push('-'),
        '―' | '⸺' | '⸻' => out.push('—'),
        '‼' => out.push_str("!!"),
        '⁇' => out.push_str("??"),
        '⁈' => out.push_str("?!"),
        '⁉' => out.push_str("!?"),
        // The marks of names: "Lego™".
        '™' | '®' if out.ends_with(char::is_alphanumeric) => {}
        '℃' => out.push_str(" degrees Celsius"),
        '℉' => out.push_str(" degrees Fahrenheit"),
        // Full-width ASCII.
        '！'..='～' => out.extend(char::from_u32(symbol as u32 - 0xFEE0)),
        // Invisible characters: soft hyphen, joiners, direction and variation marks, byte order mark. Then opening marks, and
        // the mark around code.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '¿'
        | '¡'
        | '`' => {}
        symbol if symbol.is_whitespace() || symbol.is_control() => out.push(' '),
        symbol => out.push(symbol),
    }
}

/// Says the arrows between words, and leaves out all others.
fn arrows(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for (at, symbol) in line.char_indices() {
        let name = match symbol {
            '→' => " to ",
            '⇒' => " implies ",
            symbol => {
                out.push(symbol);
                continue;
            }
        };
        let word = |side: Option<char>| side.is_some_and(|c| c.is_alphanumeric() || "()[]\"'“”‘’$€£%".contains(c));
        let (before, after) =
            (out.trim_end().chars().next_back(), line[at + symbol.len_utf8()..].trim_start().chars().next());
        out.push_str(if word(before) && word(after) { name } else { " " });
    }
    out
}

/// Expands clock times and lengths, keeping their digits: `7:45` to "7 45", `11:05` to "11 oh 5", `6:00` to "6 o'clock",
/// `7:45:01` to "7 45 and 1 second", `5'10"` to "5 foot 10".
fn times_and_lengths(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(symbol) = rest.chars().next() {
        let inside = out.ends_with(|c: char| c.is_alphanumeric() || ".:,$£€".contains(c));
        let found = if inside { None } else { clock(rest).or_else(|| hour(rest)).or_else(|| feet(rest)) };
        match found {
            Some((words, length)) => {
                out.push_str(&words);
                rest = &rest[length..];
                // "9:00-17:30"
                if let Some(until) = rest.strip_prefix(['-', '–']).filter(|until| clock(until).is_some()) {
                    out.push_str(" to ");
                    rest = until;
                }
            }
            None => {
                out.push(symbol);
                rest = &rest[symbol.len_utf8()..];
            }
        }
    }
    out
}

/// Expands a clock time at the start of `text`. Returns the words and the length in bytes.
fn clock(text: &str) -> Option<(String, usize)> {
    let hours = digits(text);
    let minutes = digits(text[hours.len()..].strip_prefix(':')?);
    let mut length = hours.len() + 1 + minutes.len();
    let (hour, minute) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
    if hours.len() > 2 || minutes.len() != 2 || hour > 24 || minute > 59 {
        return None;
    }
    let seconds = text[length..].strip_prefix(':').map_or("", digits);
    if seconds.len() == 2 {
        length += 3;
    }
    let after = &text[length..];
    if after.starts_with(':') || after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let am_pm = am_pm(after);
    let mut words = match minute {
        0 if am_pm.is_some() => format!("{hour}"),
        0 if (1..=12).contains(&hour) => format!("{hour} o'clock"),
        0 => format!("{hour} hundred"),
        1..=9 => format!("{hour} oh {minute}"),
        _ => format!("{hour} {minute}"),
    };
    match seconds.parse::<u32>() {
        Ok(1) if seconds.len() == 2 => words.push_str(" and 1 second"),
        Ok(count @ 2..) if seconds.len() == 2 => words.push_str(&format!(" and {count} seconds")),
        _ => {}
    }
    if let Some((half, more)) = am_pm {
        words.push_str(half);
        length += more;
    }
    Some((words, length))
}

/// Expands an hour such as "10am" at the start of `text`, in which misaki reads the verb "am". Returns as `clock`.
fn hour(text: &str) -> Option<(String, usize)> {
    let hour = digits(text);
    let (half, more) = am_pm(&text[hour.len()..])?;
    matches!(hour.parse(), Ok(1..=12)).then(|| (format!("{hour}{half}"), hour.len() + more))
}

/// Parses "am", " p.m." and the like at the start of `text`. Returns the text for misaki and the length in bytes.
fn am_pm(text: &str) -> Option<(&'static str, usize)> {
    let rest = text.strip_prefix(' ').unwrap_or(text);
    [("a.m.", " a.m."), ("p.m.", " p.m."), ("am", " a.m."), ("pm", " p.m.")].into_iter().find_map(|(key, written)| {
        let found = rest.get(..key.len())?.eq_ignore_ascii_case(key);
        let is_word_end = !rest[found.then_some(key.len())?..].starts_with(char::is_alphanumeric);
        is_word_end.then_some((written, text.len() - rest.len() + key.len()))
    })
}

/// Expands feet and inches (`5'10"`) at the start of `text`, which misaki reads as 510. Returns as `clock`.
fn feet(text: &str) -> Option<(String, usize)> {
    let feet = digits(text);
    let inches = digits(text[feet.len()..].strip_prefix(['\'', '’', '′'])?);
    let mark = text[feet.len()..].chars().next().map_or(0, char::len_utf8);
    let length = feet.len() + mark + inches.len();
    let rest = &text[length..];
    let closing = ["\"", "”", "″", "''"].iter().find(|mark| rest.starts_with(**mark)).map_or(0, |mark| mark.len());
    let measure = matches!(inches.parse(), Ok(0..=11)) && !feet.is_empty() && !rest.starts_with(char::is_alphanumeric);
    measure.then(|| (format!("{feet} foot {inches}"), length + closing))
}

fn digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_are_broken_and_lose_nothing() {
        for run in ["a-".repeat(2000), "x=".repeat(500), "é".repeat(MAX_RUN + 1), "a".repeat(MAX_RUN)] {
            let normalized = normalize(&run, Accent::American);
            let longest = normalized.split(' ').map(|part| part.chars().count()).max();
            assert_eq!(longest, Some(MAX_RUN), "{run}");
            assert_eq!(normalized.replace(' ', ""), run);
        }
    }
}
