//! Numbers with units, in one word or in two, and dimensions.

use super::abbreviations;
use super::numbers::{bare, is_digits, is_one_of};
use super::street::street;

/// A number with its unit, in one word or in two: "10m", "6 in", "3 lb". Returns the words, with the punctuation after
/// them, and the number of words that they replace. `tail` is the punctuation after `core`.
pub fn measure(core: &str, tail: &str, previous: &str, next: &[&str]) -> Option<(String, usize)> {
    let digits = core.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(core.len());
    let (number, own) = core.split_at(digits);
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with(['.', ',']) {
        return None;
    }
    let own = own.strip_prefix('-').unwrap_or(own);
    let following = next.first().copied().unwrap_or_default();
    // "fl oz", "sq ft"
    let after = next.get(1).copied().unwrap_or_default();
    let pair = Some(format!("{following} {}", bare(after))).filter(|_| ["fl", "sq"].contains(&following));
    let unit = match &pair {
        _ if !own.is_empty() || !tail.is_empty() => own,
        Some(pair) => pair,
        None => bare(following),
    };
    let (tail, after, taken) = match (own.is_empty(), &pair) {
        (true, Some(_)) => (&after[bare(after).len()..], next.get(2).copied().unwrap_or_default(), 3),
        (true, None) => (&following[unit.len()..], after, 2),
        (false, _) => (tail, following, 1),
    };
    let adjective = tail.is_empty() && is_adjective(previous, after);
    let crowd = unit == "m" && is_one_of(PEOPLE, bare(after));
    let words = if crowd { "million" } else { abbreviations::unit(unit, number == "1" || adjective)? };
    // "2h 15m"
    let hours = previous.strip_suffix('h').is_some_and(is_digits);
    let words = if unit == "m" && hours { "minutes" } else { words };
    let plausible = match unit {
        // "30p", not the "1080p" of a screen.
        "p" => !own.is_empty() && number.len() < 3,
        "in" => is_inch(own, tail, after),
        // "45 W. 34th St."
        "W" if own.is_empty() && street(unit, tail, number, &next[1..]).is_some() => false,
        // "5 L" may be a name.
        "V" | "W" | "L" => {
            !own.is_empty() || tail.starts_with(['.', ',']) || !after.starts_with(|c: char| c.is_uppercase())
        }
        _ => true,
    };
    // The full stop of "6 in. wide" belongs to the unit.
    let stop = tail.starts_with('.') && after.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let tail = if stop { &tail[1..] } else { tail };
    plausible.then(|| (format!("{number} {words}{tail}"), taken))
}

/// What millions are counted of, in which "10m" is not a length.
const PEOPLE: &str =
    "users people followers subscribers downloads views customers households viewers readers accounts visitors";

/// Whether "in" after a number is the unit, with `tail` as punctuation and `after` as the next word.
fn is_inch(own: &str, tail: &str, after: &str) -> bool {
    const SIZES: &str = "wide long tall high deep thick across square diameter by x × of screen display pipe pipes";
    let after = bare(after);
    !own.is_empty() || !tail.is_empty() || after.is_empty() || is_one_of(SIZES, after)
}

/// Whether a measure between two words is an adjective, whose unit is singular: "a 5 kg bag".
pub fn is_adjective(previous: &str, next: &str) -> bool {
    ["a", "an", "A", "An"].contains(&previous)
        && next.starts_with(|c: char| c.is_ascii_lowercase())
        && !["of", "and", "or", "in", "at", "to", "from", "is", "per", "a", "for", "on", "by"].contains(&next)
}

/// "3x" to "3 times", but not before an operator, and "4x6" to "4 by 6".
pub fn dimensions(core: &str, next: &str) -> Option<String> {
    let (from, to) = core.split_once(['x', '×'])?;
    match (is_digits(from), to) {
        (true, "") if ["+", "-", "−", "="].contains(&next) => Some(format!("{from} X")),
        (true, "") => Some(format!("{from} times")),
        (true, to) if is_digits(to) => Some(format!("{from} by {to}")),
        _ => None,
    }
}

/// "100km/h" to "100 kilometers an hour", and such a unit without a number.
pub fn compound_unit(core: &str) -> Option<String> {
    const UNITS: [(&str, &str); 9] = [
        ("km/h", "kilometers an hour"),
        ("m/s", "meters a second"),
        ("mi/h", "miles an hour"),
        ("km³", "cubic kilometers"),
        ("cm³", "cubic centimeters"),
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
