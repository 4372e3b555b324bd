//! Numbers with units, in one word or in two, and dimensions.

use super::abbreviations;
use super::numbers::{bare, is_digits, is_one_of};

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
    let unit = if own.is_empty() && tail.is_empty() { bare(following) } else { own };
    let (tail, after, taken) = match own.is_empty() {
        true => (&following[unit.len()..], next.get(1).copied().unwrap_or_default(), 2),
        false => (tail, following, 1),
    };
    // "a 5 kg bag"
    let adjective = ["a", "an", "A", "An"].contains(&previous)
        && tail.is_empty()
        && after.starts_with(|c: char| c.is_ascii_lowercase())
        && !["of", "and", "or", "in", "at", "to", "from", "is", "per"].contains(&after);
    let crowd = unit == "m" && is_one_of(PEOPLE, bare(after));
    let words = if crowd { "million" } else { abbreviations::unit(unit, number == "1" || adjective)? };
    let plausible = match unit {
        "in" => is_inch(own, tail, after),
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

/// "3x" to "3 times", "4x6" to "4 by 6".
pub fn dimensions(core: &str) -> Option<String> {
    let (from, to) = core.split_once(['x', '×'])?;
    match (is_digits(from), to) {
        (true, "") => Some(format!("{from} times")),
        (true, to) if is_digits(to) => Some(format!("{from} by {to}")),
        _ => None,
    }
}

/// "100km/h" to "100 kilometers an hour", and such a unit without a number.
pub fn compound_unit(core: &str) -> Option<String> {
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
