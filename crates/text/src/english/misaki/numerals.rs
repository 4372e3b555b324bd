//! The words of numbers, as misaki says them: years in pairs, decimals digit by digit, the last part of a telephone number.

use num2words::Num2Words;

use super::super::numbers::is_digits;

/// The names of a currency's unit and of its hundredth.
const CURRENCIES: [(char, &str, &str); 3] = [('$', "dollar", "cent"), ('£', "pound", "pence"), ('€', "euro", "cent")];

/// Whether a symbol is of one of the currencies whose amounts are spoken here.
pub fn is_currency(symbol: char) -> bool {
    CURRENCIES.iter().any(|(sign, ..)| *sign == symbol)
}

/// The words of a number, an ordinal, a decimal or a version; `None` for everything else.
pub fn words(number: &str) -> Option<String> {
    let plain = number.replace(',', "");
    if let Some(positive) = plain.strip_prefix('-').filter(|rest| rest.bytes().all(|c| c.is_ascii_digit() || c == b'.'))
    {
        return Some(format!("minus {}", words(positive)?));
    }
    if let Some(digits) = ordinal_digits(&plain) {
        return cardinal_words(&Num2Words::new(digits.parse::<i64>().ok()?).ordinal().to_words().ok()?);
    }
    if number.len() == 4 && is_digits(number) {
        return year(plain.parse().ok()?);
    }
    if let Ok(number) = plain.parse() {
        return cardinal(number);
    }
    match plain.matches('.').count() {
        0 => None,
        1 => decimal(&plain),
        _ if plain.bytes().all(|c| c.is_ascii_digit() || c == b'.') && plain.contains(|c: char| c != '.') => {
            let parts = plain.split('.').filter(|part| !part.is_empty());
            Some(parts.map(version_part).collect::<Option<Vec<_>>>()?.join(" "))
        }
        _ => None,
    }
}

/// The digits of "21st".
fn ordinal_digits(text: &str) -> Option<&str> {
    let (digits, ending) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let is_ordinal = ["st", "nd", "rd", "th"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    (is_ordinal && is_digits(digits)).then_some(digits)
}

/// The words of a number without "and" and hyphens, since each of them is looked up.
fn cardinal_words(spoken: &str) -> Option<String> {
    let words = spoken.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty() && *word != "and");
    Some(words.collect::<Vec<_>>().join(" "))
}

fn cardinal(number: i64) -> Option<String> {
    cardinal_words(&Num2Words::new(number).to_words().ok()?)
}

/// The words of every digit.
fn digits(text: &str) -> Option<String> {
    let names = text.bytes().map(|digit| cardinal(i64::from(digit - b'0')));
    Some(names.collect::<Option<Vec<_>>>()?.join(" "))
}

/// "nineteen oh five" for 1905, and "two thousand five" for 2005.
fn year(year: i64) -> Option<String> {
    let (century, rest) = (year / 100, year % 100);
    match rest {
        0 if year % 1000 != 0 => Some(format!("{} hundred", cardinal(century)?)),
        0 => cardinal(year),
        1..=9 if century % 10 == 0 => cardinal(year),
        1..=9 => Some(format!("{} oh {}", cardinal(century)?, cardinal(rest)?)),
        _ => Some(format!("{} {}", cardinal(century)?, cardinal(rest)?)),
    }
}

/// "three point one four", without zeros at the end.
fn decimal(plain: &str) -> Option<String> {
    let (whole, fraction) = plain.split_once('.')?;
    if !(whole.is_empty() || is_digits(whole)) || !is_digits(fraction) {
        return None;
    }
    let whole = if whole.is_empty() { String::new() } else { cardinal(whole.parse().ok()?)? };
    let fraction = fraction.trim_end_matches('0');
    Some(match (whole.is_empty(), fraction.is_empty()) {
        (true, true) => "zero".to_owned(),
        (false, true) => whole,
        (true, false) => format!("point {}", digits(fraction)?),
        (false, false) => format!("{whole} point {}", digits(fraction)?),
    })
}

/// A part of "10.0.19": digit by digit, but for two digits and round numbers.
fn version_part(part: &str) -> Option<String> {
    let round = part.len() == 2 || part[1..].bytes().all(|c| c == b'0');
    if part.starts_with('0') || !round { digits(part) } else { cardinal(part.parse().ok()?) }
}

/// The words of digits that are not the first part of their word: "five fifty five" for the 555 of a telephone number. `None`
/// if they are read like others.
pub fn inner(number: &str) -> Option<String> {
    let plain = number.replace(',', "");
    if !is_digits(&plain) || plain.len() == 4 {
        return None;
    }
    if plain.starts_with('0') || plain.len() > 3 {
        return digits(&plain);
    }
    let (first, rest) = plain.split_at(1);
    match rest {
        _ if plain.len() != 3 || rest == "00" => None,
        _ if rest.starts_with('0') => Some(format!("{} O {}", digits(first)?, digits(&rest[1..])?)),
        _ => Some(format!("{} {}", digits(first)?, cardinal(rest.parse().ok()?)?)),
    }
}

/// "nine dollars and fifty cents" for an amount of a currency.
pub fn amount(symbol: char, amount: &str) -> Option<String> {
    let (_, unit, hundredth) = CURRENCIES.iter().find(|(sign, ..)| *sign == symbol)?;
    let plain = amount.replace(',', "");
    if plain.is_empty() || plain.contains(|c: char| !c.is_ascii_digit() && c != '.') {
        return None;
    }
    let mut parts = Vec::new();
    for (digits, unit) in plain.split('.').zip([*unit, *hundredth]) {
        let count: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        parts.push((count, unit));
    }
    match parts[..] {
        [_, (0, _)] => parts.truncate(1),
        [(0, _), _] => drop(parts.remove(0)),
        _ => {}
    }
    let spoken = parts.iter().map(|(count, unit)| {
        let ending = if *count == 1 || *unit == "pence" { "" } else { "s" };
        Some(format!("{} {unit}{ending}", cardinal(*count)?))
    });
    Some(spoken.collect::<Option<Vec<_>>>()?.join(" and "))
}
