//! Fractions, powers and chemical formulas.

use super::numbers::{is_digits, ordinal, spaced};

/// "2/3" to "2 thirds", but not dates or "24/7".
pub fn fraction(core: &str) -> Option<String> {
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

/// "10^6" to "10 to the 6th", "x²" to "x squared", "2^n" to "2 to the n".
pub fn power(core: &str) -> Option<String> {
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
    Some(match size {
        "2" if minus.is_empty() => format!("{base} squared"),
        "3" if minus.is_empty() => format!("{base} cubed"),
        size if is_digits(size) && minus.is_empty() && size.len() < 4 => {
            format!("{base} to the {}", ordinal(size.parse().ok()?))
        }
        size => format!("{base} to the {minus}{size}"),
    })
}

/// "CO₂" to "C O 2".
pub fn formula(core: &str) -> Option<String> {
    let subscript = |c: char| ('₀'..='₉').contains(&c);
    if !core.contains(subscript) || !core.chars().all(|c| c.is_ascii_alphanumeric() || subscript(c)) {
        return None;
    }
    let plain = |c: char| if subscript(c) { char::from(b'0' + (c as u32 - '₀' as u32) as u8) } else { c };
    Some(spaced(&core.chars().map(plain).collect::<String>()))
}
