//! Words of postal addresses: "N. Main St.", "Pennsylvania Ave. NW", "Austin, TX 78701".

use super::abbreviations::state;
use super::numbers::{bare, is_digits, is_one_of};

/// Kinds of streets, in full and as abbreviations.
const STREETS: &str = "St Street Ave Avenue Rd Road Blvd Boulevard Dr Drive Ln Lane Pl Place Pkwy Way Hwy Highway";

/// Codes of states that are words in capitals too, which only a postal code tells from them.
const WORDS: &str = "DE HI ID IN LA MA ME OH OK OR PA";

/// The words for a point of the compass or a state within an address, and whether they take the full stop with them.
pub fn street(core: &str, tail: &str, previous: &str, next: &[&str]) -> Option<(&'static str, bool)> {
    let following = next.first().copied().unwrap_or_default();
    if tail.starts_with('.') && core.len() == 1 {
        let ordinal = following.starts_with(|c: char| c.is_ascii_digit());
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
    state(core).filter(|_| code || previous.ends_with(',') && !is_one_of(WORDS, core)).map(|state| (state, false))
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
