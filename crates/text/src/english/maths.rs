//! Fractions, powers and chemical formulas.

use super::numbers::{LETTER_A, is_digits, ordinal, spaced};
use super::symbols::symbol;

/// "2/3" to "2 thirds", but not dates or "24/7"; "2 1/2" to "2 and 1 half", "6½" to "6 and one half".
pub fn fraction(core: &str, previous: &str) -> Option<String> {
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
    if let Some((whole, part)) = core.char_indices().next_back().map(|(at, part)| (&core[..at], part))
        && is_digits(whole)
        && "¼½¾⅓⅔".contains(part)
    {
        return Some(format!("{whole} and {}", symbol(part)?));
    }
    let (above, below) = core.split_once('/')?;
    // A mark: "9.9/10".
    if let Some((whole, part)) = above.split_once('.') {
        return (is_digits(whole) && is_digits(part) && is_digits(below)).then(|| format!("{above} out of {below}"));
    }
    let (_, one, many) = PARTS.into_iter().find(|(digits, ..)| *digits == below)?;
    let proper = is_digits(above) && above.parse::<u32>().ok()? < below.parse().ok()?;
    let and = if is_digits(previous) { "and " } else { "" };
    proper.then(|| format!("{and}{above} {}", if above == "1" { one } else { many }))
}

/// "10^6" to "10 to the 6th", "x²" to "x squared", "2^n" to "2 to the n".
pub fn power(core: &str) -> Option<String> {
    // "3×10^8"
    if let Some((factor, rest)) =
        core.split_once('×').filter(|(factor, _)| factor.ends_with(|c: char| c.is_ascii_digit()))
    {
        return Some(format!("{factor} times {}", power(rest)?));
    }
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let raised = |c: char| RAISED.chars().position(|digit| digit == c).map(|digit| char::from(b'0' + digit as u8));
    let (base, exponent) = match core.split_once('^') {
        Some((base, exponent)) => (base, exponent.trim_matches(['{', '}', '(']).to_owned()),
        None => {
            let at = core.find(|c| raised(c).is_some() || "⁻ⁿ".contains(c))?;
            let digit = |c| match c {
                '⁻' => Some('-'),
                'ⁿ' => Some('n'),
                c => raised(c),
            };
            (&core[..at], core[at..].chars().map(digit).collect::<Option<String>>()?)
        }
    };
    let plain = |text: &str| text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'.') && !text.is_empty();
    let (minus, size) = match exponent.strip_prefix(['-', '−']) {
        Some(size) => ("minus ", size),
        None => ("", exponent.as_str()),
    };
    if !plain(base) || !plain(size) || base.len() > 1 && !base.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let base = if base.eq_ignore_ascii_case("a") { LETTER_A } else { base };
    Some(match size {
        "2" if minus.is_empty() => format!("{base} squared"),
        "3" if minus.is_empty() => format!("{base} cubed"),
        size if is_digits(size) && minus.is_empty() && size.len() < 4 => {
            format!("{base} to the {}", ordinal(size.parse().ok()?))
        }
        size => format!("{base} to the {minus}{size}"),
    })
}

/// "CO₂", "CO2" and "C6H12O6" letter by letter, with whole numbers: capitals by one or two, and at least one number.
pub fn formula(core: &str) -> Option<String> {
    let digit = |c: char| match c {
        '₀'..='₉' => char::from_digit(c as u32 - '₀' as u32, 10),
        c => c.is_ascii_digit().then_some(c),
    };
    // The 2 of "B2B" is "to".
    if core.len() == 3 && core.get(1..).is_some_and(|rest| rest.starts_with('2') && !rest.ends_with('O')) {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    let mut letters = 0;
    for symbol in core.chars() {
        match digit(symbol) {
            Some(digit) if letters == 0 => words.last_mut()?.push(digit),
            Some(digit) => {
                words.push(digit.to_string());
                letters = 0;
            }
            None if symbol.is_ascii_uppercase() && letters < 2 => {
                words.push(spaced(&symbol.to_string()));
                letters += 1;
            }
            None => return None,
        }
    }
    (words.len() > 1 && core.contains(|c| digit(c).is_some())).then(|| words.join(" "))
}
