//! Words of postal addresses: "N. Main St.", "Pennsylvania Ave. NW", "Austin, TX 78701".

use super::abbreviations::state;
use super::numbers::{bare, is_digits, is_one_of};

/// Kinds of streets, in full and as abbreviations.
const STREETS: &str = "St Street Ave Avenue Rd Road Blvd Boulevard Dr Drive Ln Lane Pl Place Pkwy Way Hwy Highway";

/// Codes of states that are words or degrees too, "OR" and "MD", which only a postal code tells from them.
const AMBIGUOUS: &str = "CT DC DE HI ID IN LA MA MD ME MS MT OH OK OR PA";

/// The words for a point of the compass or a state within an address, and whether they take the full stop with them.
pub fn street(core: &str, tail: &str, previous: &str, next: &[&str]) -> Option<(&'static str, bool)> {
    let following = next.first().copied().unwrap_or_default();
    if tail.starts_with('.') && core.len() == 1 {
        let ordinal = following.starts_with(|c: char| c.is_ascii_digit()) && bare(following).ends_with(['t', 'd', 'h']);
        let named = next.iter().take(3).any(|word| is_one_of(STREETS, bare(word)));
        return point(core).filter(|_| ordinal || named).map(|point| (point, true));
    }
    if core.len() != 2 {
        return None;
    }
    if is_one_of(STREETS, bare(previous)) {
        return point(core).map(|point| (point, false));
    }
    let code = is_digits(bare(following)) && bare(following).len() == 5 && tail.is_empty();
    state(core).filter(|_| code || previous.ends_with(',') && !is_one_of(AMBIGUOUS, core)).map(|state| (state, false))
}

/// The number of a house of three digits, as it is said: "221B Baker St." is "2 21 B".
pub fn house_number(core: &str, next: &[&str]) -> Option<String> {
    let digits = core.trim_end_matches(|c: char| c.is_ascii_uppercase());
    if digits.len() != 3 || !is_digits(digits) || digits.ends_with("00") || core.len() > 4 {
        return None;
    }
    let street = next.first()?.starts_with(|c: char| c.is_uppercase())
        && next.iter().take(4).any(|word| is_one_of(STREETS, bare(word)));
    if !street {
        return None;
    }
    let (hundreds, rest) = digits.split_at(1);
    let rest = rest.strip_prefix('0').map_or_else(|| rest.to_owned(), |ones| format!("oh {ones}"));
    Some(format!("{hundreds} {rest} {}", &core[3..]).trim_end().to_owned())
}

/// Whether a number after `previous` is a postal code.
pub fn is_postal_code(core: &str, previous: &str) -> bool {
    core.len() == 5 && is_digits(core) && state(previous).is_some()
}

fn point(letters: &str) -> Option<&'static str> {
    Some(match letters {
        "N" => "North",
        "S" => "South",
        "E" => "East",
        "W" => "West",
        "NE" => "northeast",
        "NW" => "northwest",
        "SE" => "southeast",
        "SW" => "southwest",
        _ => return None,
    })
}
