//! Expands words that misaki reads wrongly: ranges, fractions, versions, dimensions, Roman numerals, telephone numbers,
//! chemical formulas, and abbreviations that are also words.
//!
//! Plain numbers are left as digits; misaki reads them.

use super::symbols;

/// Punctuation before a word.
const BEFORE: &str = "([{“\"'‘";
/// Punctuation after a word.
const AFTER: &str = ".,;:!?…)]}”\"'’";

/// Expands such words in a line.
pub fn expand(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let next = words.get(at + 1).copied().unwrap_or_default();
        if let Some(expanded) = area_code(word, next) {
            out.push(expanded);
            at += 2;
            continue;
        }
        let core = word.trim_start_matches(|c| BEFORE.contains(c));
        let (head, core) = (&word[..word.len() - core.len()], core.trim_end_matches(|c| AFTER.contains(c)));
        let tail = &word[head.len() + core.len()..];
        let previous = at.checked_sub(1).map_or("", |at| words[at]);
        let (expanded, tail) = match abbreviation(core, tail, previous, next) {
            Some(full) => (Some(full.to_owned()), if next.is_empty() { tail } else { &tail[1..] }),
            None => (expand_word(core, previous), tail),
        };
        out.push(expanded.map_or_else(|| word.to_owned(), |expanded| [head, &expanded, tail].concat()));
        at += 1;
    }
    out.join(" ")
}

fn expand_word(core: &str, previous: &str) -> Option<String> {
    if core.is_ascii() && core.bytes().all(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let rules = [range, fraction, version, dimensions, telephone, foreign_dollars, compound_unit, formula];
    rules.iter().find_map(|rule| rule(core)).or_else(|| roman(core, previous))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// The characters of a text with spaces between them.
fn spaced(text: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// "3–5" to "3 to 5", "$5–10" to "5 to 10 dollars".
fn range(core: &str) -> Option<String> {
    let (from, to) = core.split_once('–')?;
    let amount = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let ends = from.ends_with(|c: char| c.is_ascii_digit() || c == '%') || from.ends_with("am") || from.ends_with("pm");
    let sign = from.chars().next().filter(|c| "$£€¥₹".contains(*c));
    match sign {
        Some(sign) if ends && amount(to) => {
            Some(format!("{} to {to} {}", &from[sign.len_utf8()..], symbols::symbol(sign)?))
        }
        _ => {
            (ends && amount(from) && amount(to.trim_start_matches(['$', '£', '€']))).then(|| format!("{from} to {to}"))
        }
    }
}

/// "2/3" to "2 thirds", but not dates or "24/7".
fn fraction(core: &str) -> Option<String> {
    const PARTS: [(&str, &str, &str); 10] = [
        ("2", "half", "halves"),
        ("3", "third", "thirds"),
        ("4", "quarter", "quarters"),
        ("5", "fifth", "fifths"),
        ("6", "sixth", "sixths"),
        ("8", "eighth", "eighths"),
        ("10", "tenth", "tenths"),
        ("16", "sixteenth", "sixteenths"),
        ("32", "thirty second", "thirty seconds"),
        ("100", "hundredth", "hundredths"),
    ];
    let (above, below) = core.split_once('/')?;
    let (_, one, many) = PARTS.into_iter().find(|(digits, ..)| *digits == below)?;
    let proper = is_digits(above) && above.parse::<u32>().ok()? < below.parse().ok()?;
    proper.then(|| format!("{above} {}", if above == "1" { one } else { many }))
}

/// "v1.2.3" to "v 1 point 2 point 3", "2.0" to "2 point 0".
fn version(core: &str) -> Option<String> {
    let numbers = core.trim_start_matches(['v', 'V']);
    let letter = if numbers.len() < core.len() { "v " } else { "" };
    let parts: Vec<&str> = numbers.split('.').collect();
    let whole = parts.len() > 1 && parts.iter().all(|part| is_digits(part)) && core.len() - numbers.len() < 2;
    let joint = if parts.len() > 3 { " dot " } else { " point " };
    let round = parts.len() == 2 && parts[1].bytes().all(|c| c == b'0');
    let wanted = parts.len() > 2 || round || !letter.is_empty();
    (whole && wanted).then(|| letter.to_owned() + &parts.join(joint))
}

/// "3x" to "3 times", "4x6" to "4 by 6".
fn dimensions(core: &str) -> Option<String> {
    let (from, to) = core.split_once(['x', '×'])?;
    match (is_digits(from), to) {
        (true, "") => Some(format!("{from} times")),
        (true, to) if is_digits(to) => Some(format!("{from} by {to}")),
        _ => None,
    }
}

/// "212-555-0123" and "+44", digit by digit.
fn telephone(core: &str) -> Option<String> {
    if let Some(code) = core.strip_prefix('+') {
        return (is_digits(code) && code.len() < 4).then(|| format!("plus {}", spaced(code)));
    }
    let groups: Vec<&str> = core.split(['-', '.']).collect();
    let known = groups.iter().map(|group| group.len()).eq([3, 3, 4]) && groups.iter().all(|group| is_digits(group));
    known.then(|| groups.iter().map(|group| spaced(group)).collect::<Vec<_>>().join(", "))
}

/// "(555) 123-4567" from two words, digit by digit.
fn area_code(word: &str, next: &str) -> Option<String> {
    let code = word.strip_prefix('(')?.strip_suffix(')')?;
    let number = next.trim_end_matches(|c| AFTER.contains(c));
    let (first, second) = number.split_once('-')?;
    let known = [code, first, second].iter().map(|group| group.len()).eq([3, 3, 4]);
    let known = known && [code, first, second].iter().all(|group| is_digits(group));
    known.then(|| format!("{}, {}, {}{}", spaced(code), spaced(first), spaced(second), &next[number.len()..]))
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

/// "100km/h" to "100 kilometers an hour", and such a unit without a number.
fn compound_unit(core: &str) -> Option<String> {
    const UNITS: [(&str, &str); 7] = [
        ("km/h", "kilometers an hour"),
        ("m/s", "meters a second"),
        ("mi/h", "miles an hour"),
        ("km²", "square kilometers"),
        ("cm²", "square centimeters"),
        ("m²", "square meters"),
        ("m³", "cubic meters"),
    ];
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| core.ends_with(unit))?;
    let number = &core[..core.len() - unit.len()];
    number
        .bytes()
        .all(|c| c.is_ascii_digit() || c == b'.' || c == b',')
        .then(|| format!("{number} {name}").trim().to_owned())
}

/// "CO₂" to "C O 2".
fn formula(core: &str) -> Option<String> {
    let subscript = |c: char| ('₀'..='₉').contains(&c);
    if !core.contains(subscript) || !core.chars().all(|c| c.is_ascii_alphanumeric() || subscript(c)) {
        return None;
    }
    let plain = |c: char| if subscript(c) { char::from(b'0' + (c as u32 - '₀' as u32) as u8) } else { c };
    Some(spaced(&core.chars().map(plain).collect::<String>()))
}

/// "IV" after "Chapter" to "4", "VIII" after "Henry" to "the 8th".
fn roman(core: &str, previous: &str) -> Option<String> {
    const PARTS: &str =
        "act article book chapter figure grade level part phase section scene stage table title type volume war";
    const RULERS: &str = "alexander benedict catherine charles clement edward elizabeth francis frederick george gregory \
        harold henry innocent ivan james john joseph julius leo leopold louis mary napoleon nicholas otto paul peter \
        philip pius ptolemy ramses richard robert urban victoria wilhelm william";
    let number = roman_number(core)?;
    let previous = previous.to_lowercase();
    let one_of = |words: &str| words.split_whitespace().any(|word| word == previous);
    if one_of(PARTS) {
        return Some(number.to_string());
    }
    let ending = match number {
        11..=13 => "th",
        number => ["th", "st", "nd", "rd", "th", "th", "th", "th", "th", "th"][number as usize % 10],
    };
    // The "I" of "Elizabeth I went" may be the pronoun.
    (one_of(RULERS) && core.len() > 1).then(|| format!("the {number}{ending}"))
}

/// The value of a Roman numeral below 40.
fn roman_number(text: &str) -> Option<u32> {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    let tens = text.bytes().take_while(|c| *c == b'X').count();
    let ones = ONES.iter().position(|ones| *ones == &text[tens..])?;
    let number = 10 * tens as u32 + ones as u32;
    (1..40).contains(&number).then_some(number)
}

/// Expands words that are abbreviations only with a full stop and in context: "Fig. 3", "5th Ave.".
fn abbreviation(core: &str, tail: &str, previous: &str, next: &str) -> Option<&'static str> {
    if !tail.starts_with('.') {
        return None;
    }
    let number = next.starts_with(|c: char| c.is_ascii_digit());
    let name = previous.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    Some(match core {
        "Fig" | "fig" if number => "figure",
        "Figs" | "figs" if number => "figures",
        "Vol" | "vol" if number => "volume",
        "Ch" | "ch" if number => "chapter",
        "Sec" | "sec" if number && !name => "section",
        "Ave" if name => "Avenue",
        "Co" if name => "Company",
        "Corp" if name => "Corporation",
        _ => return None,
    })
}
