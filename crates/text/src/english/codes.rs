//! Numbers that name something: codes, versions, telephone numbers.

use super::numbers::{bare, is_digits, is_one_of, spaced};

/// "007" and "PIN 0042" digit by digit, because a leading zero makes a code of a number.
pub fn code(core: &str, previous: &str) -> Option<String> {
    const NAMED: &str = "pin code passcode zip extension ext flight";
    if !is_digits(core) || core.len() < 2 {
        return None;
    }
    let previous = previous.trim_end_matches([':', '#', '.']);
    let named = is_one_of(NAMED, &previous.to_lowercase());
    // "UA 1907"
    let airline = previous.len() == 2 && core.len() > 2 && is_one_of(AIRLINES, previous);
    (core.starts_with('0') || named || airline).then(|| spaced(core))
}

/// Codes of airlines, before the number of a flight.
const AIRLINES: &str =
    "AA AC AF AS AY AZ B6 BA CX DL EK EY F9 FR IB JL KE KL LH LX NH NK NZ OS QF QR SK SQ TK TP U2 UA VS WN WS";

/// "v1.2.3" to "v 1 point 2 point 3", "2.0" to "2 point 0".
pub fn version(core: &str) -> Option<String> {
    let numbers = core.trim_start_matches(['v', 'V']);
    let letter = if numbers.len() < core.len() { "v " } else { "" };
    let parts: Vec<&str> = numbers.split('.').collect();
    let whole = parts.len() > 1 && parts.iter().all(|part| is_digits(part)) && core.len() - numbers.len() < 2;
    let joint = if parts.len() > 3 { " dot " } else { " point " };
    let round = parts.len() == 2 && parts[1].bytes().all(|c| c == b'0');
    let wanted = parts.len() > 2 || round || !letter.is_empty();
    (whole && wanted).then(|| letter.to_owned() + &parts.join(joint))
}

/// "212-555-0123" and "+44", digit by digit.
pub fn telephone(core: &str) -> Option<String> {
    if let Some(code) = core.strip_prefix('+') {
        return (is_digits(code) && code.len() < 4).then(|| format!("plus {}", spaced(code)));
    }
    let groups: Vec<&str> = core.split(['-', '.']).collect();
    let known = groups.iter().map(|group| group.len()).eq([3, 3, 4]) && groups.iter().all(|group| is_digits(group));
    known.then(|| groups.iter().map(|group| spaced(group)).collect::<Vec<_>>().join(", "))
}

/// "(555) 123-4567" from two words, digit by digit.
pub fn area_code(word: &str, next: &str) -> Option<String> {
    let code = word.strip_prefix('(')?.strip_suffix(')')?;
    let number = bare(next);
    let (first, second) = number.split_once('-')?;
    let known = [code, first, second].iter().map(|group| group.len()).eq([3, 3, 4]);
    let known = known && [code, first, second].iter().all(|group| is_digits(group));
    known.then(|| format!("{}, {}, {}{}", spaced(code), spaced(first), spaced(second), &next[number.len()..]))
}
