//! Numbers with units, in one word or in two, and dimensions.

use super::abbreviations;
use super::maths::{VULGAR, fraction};
use super::numbers::{bare, is_digits, is_one_of, is_plural};
use super::street::street;

/// A number with its unit, in one word or in two: "10m", "6 in", "3 lb". Returns the words, with the punctuation after
/// them, and the number of words that they replace. `tail` is the punctuation after `core`.
pub fn measure(core: &str, tail: &str, previous: &str, next: &[&str]) -> Option<(String, usize)> {
    // "10x15 cm"
    if let Some((from, to)) =
        core.split_once(['x', '×']).filter(|(from, to)| is_digits(from) && !to.contains(['x', '×']))
    {
        let (words, taken) = measure(to, tail, previous, next)?;
        return Some((format!("{from} by {words}"), taken));
    }
    let digits =
        core.find(|c: char| !c.is_ascii_digit() && !"./,".contains(c) && !VULGAR.contains(c)).unwrap_or(core.len());
    let (number, own) = core.split_at(digits);
    if !number.starts_with(|c: char| c.is_ascii_digit() || VULGAR.contains(c)) || number.ends_with(['.', ',', '/']) {
        return None;
    }
    let is_fraction = number.contains(|c| c == '/' || VULGAR.contains(c));
    // "1/8 tsp" is less than one, "1½ tsp" and "2 1/2 tsp" are more.
    // "120/80 mmHg" is no fraction.
    let parts = number.split_once('/').and_then(|(above, below)| Some((above.parse().ok()?, below.parse().ok()?)));
    let below_one = parts.is_none_or(|(above, below): (u32, u32)| above < below);
    let small =
        is_fraction && !is_digits(previous) && (number.contains('/') && below_one || number.chars().count() == 1);
    let number = match is_fraction {
        true => &fraction(number, previous, true)
            .or_else(|| (small || !below_one && !is_digits(previous)).then(|| number.to_owned()))?,
        false => number,
    };
    let (hyphen, own) = own.strip_prefix('-').map_or((false, own), |own| (true, own));
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
    // "(2 x 5 ml spoonfuls)", "a 12-in. skillet"
    // "walked 10-km and rested" has no noun.
    let sized = hyphen
        && is_one_of("a an each every her his my our the their", &previous.to_lowercase())
        && is_adjective("a", after);
    let counted = previous == "x" && is_one_of(SIZED, bare(after));
    let one = number == "1" || adjective || small || counted || sized;
    let words = match magnitude(own, bare(after)) {
        Some(magnitude) => magnitude.to_owned(),
        None if crowd => "million".to_owned(),
        None => unit_words(unit, one)?,
    };
    // "2h 15m"
    let hours = previous.strip_suffix('h').is_some_and(is_digits);
    let words = if unit == "m" && hours { "minutes".to_owned() } else { words };
    let plausible = match unit {
        // "30p", not the "1080p" of a screen.
        "p" => !own.is_empty() && number.len() < 3,
        "in" => is_inch(own, tail, after),
        // "5pc", not "a 12pc set".
        "pc" => !own.is_empty() && !adjective,
        // "10st 4lb"; "1st" is an ordinal.
        "st" => !number.ends_with('1') || number.ends_with("11") || bare(after).ends_with("lb"),
        // "45 W. 34th St."
        "W" if own.is_empty() && street(unit, tail, number, &next[1..]).is_some() => false,
        // "for 30 s at", not "the 30 s", "iPhone 5 s" and "0 s and 1 s"
        "s" => {
            let ends = !tail.is_empty() || after.is_empty() || is_one_of("at before in then to with", after);
            let lasts = "after every for in lasted lasts over took under within";
            own.is_empty() && number.len() < 4 && ends && is_one_of(lasts, &previous.to_lowercase())
        }
        // "5 Mt of gas", not "in 2019 Mt Etna"
        "Mt" => !tail.starts_with('.') && !after.starts_with(char::is_uppercase),
        // "4.2 K", not "12.5K likes" or "a 10 K run".
        "K" => own.is_empty() && number.len() > 1 && !(tail.is_empty() && after.starts_with(char::is_lowercase)),
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

/// What has a size after the number of them: "2 x 5 ml spoonfuls".
const SIZED: &str = "boards doses photos prints races relay relays rooms sets spoonfuls tablets";

/// What millions are counted of, in which "10m" is not a length.
#[rustfmt::skip]
const PEOPLE: &str = "accounts adults americans babies barrels bottles britons businesses cars cases cattle children chickens clicks clients \
    copies customers deaths devices dollars doses downloads drivers employees euros families farmers followers homes households \
    immigrants jobs journeys likes listeners members messages migrants orders parameters passengers patients people phones \
    players pounds pupils readers records refugees requests residents rows sales shares streams students subscribers \
    subscriptions teachers tickets tokens tonnes tons tourists travellers travelers users vehicles views viewers \
    visitors visits voters votes women workers yen";

/// The word for a magnitude glued to a number: "10bn years", "5k followers".
fn magnitude(own: &str, next: &str) -> Option<&'static str> {
    match own {
        "bn" => Some("billion"),
        "tn" | "trn" => Some("trillion"),
        "k" | "K" if is_one_of(PEOPLE, next) || is_one_of("dollars euros pounds steps words", next) => Some("thousand"),
        "b" | "B" if is_one_of(PEOPLE, next) => Some("billion"),
        _ => None,
    }
}

/// Whether "in" after a number is the unit, with `tail` as punctuation and `after` as the next word.
fn is_inch(own: &str, tail: &str, after: &str) -> bool {
    const SIZES: &str = "wide long tall high deep thick across square diameter by x × of screen display pipe pipes";
    let after = bare(after);
    !own.is_empty() || !tail.is_empty() || after.is_empty() || is_one_of(SIZES, after)
}

/// The most sizes that one noun has: "6\", 7\" and 8\" pipes".
const MOST_SIZES: usize = 4;

/// Whether a measure at the end of `before` tells the kind of the noun after it, as in `a 40" TV`.
pub fn is_attribute(before: &str, mut after: &str) -> bool {
    // "the 6\" and 7\" pipes"
    for _ in 0..MOST_SIZES {
        let another = [" and ", " or "].into_iter().find_map(|word| after.strip_prefix(word)).unwrap_or_default();
        let digits = another.find(|c: char| !c.is_ascii_digit()).unwrap_or(another.len());
        match another[digits..].strip_prefix(['"', '″', '”', '\'']).filter(|_| digits > 0) {
            Some(noun) => after = noun,
            None => break,
        }
    }
    let mut words = before.split_whitespace().rev().skip(1);
    let noun = after.strip_prefix([' ', '-']).unwrap_or_default();
    let article = words
        .next()
        .is_some_and(|word| is_one_of("a an the this that my your his her our their", &word.to_lowercase()));
    // "sold 12\" records"
    let plural = noun.split_whitespace().next().is_some_and(is_plural);
    let function = noun.split_whitespace().next().is_some_and(|word| is_one_of("and by in is of on or to was x", word));
    (article || plural) && noun.starts_with(char::is_alphabetic) && !function
}

/// Whether a measure between two words is an adjective, whose unit is singular: "a 5 kg bag".
pub fn is_adjective(previous: &str, next: &str) -> bool {
    ["a", "an", "A", "An"].contains(&previous)
        && next.starts_with(|c: char| c.is_ascii_lowercase())
        && !["of", "and", "or", "in", "at", "to", "from", "is", "per", "a", "for", "on", "by"].contains(&next)
}

/// "3x" to "3 times", but not before an operator, and "4x6" to "4 by 6".
pub fn dimensions(core: &str, next: &str) -> Option<String> {
    // "0x10" is a number of a program.
    let (from, to) = core.split_once(['x', '×']).filter(|(from, _)| *from != "0")?;
    // "a 9x13-inch pan"
    let sized = || to.split_once('-').is_some_and(|(to, unit)| is_digits(to) && is_one_of("cm foot in inch mm", unit));
    match (is_digits(from), to) {
        (true, "") if ["+", "-", "−", "="].contains(&next) => Some(format!("{from} X")),
        (true, "") => Some(format!("{from} times")),
        (true, to) if is_digits(to) || sized() => Some(format!("{from} by {to}")),
        _ => None,
    }
}

/// The bytes of the longest unit that is looked for.
const LONGEST_UNIT: usize = 24;

/// The words for a unit, with its power or the unit that it is divided by: "ft²" is "square feet", "mm/yr" "millimeters a
/// year".
fn unit_words(unit: &str, one: bool) -> Option<String> {
    if unit.len() > LONGEST_UNIT {
        return None;
    }
    if let Some((above, below)) = unit.split_once('/') {
        let below = match below {
            "s" => "second".to_owned(),
            "d" | "day" => "day".to_owned(),
            "y" | "year" => "year".to_owned(),
            below => unit_words(below, true)?,
        };
        let article = match below.as_str() {
            "hour" => "an",
            "second" | "minute" | "day" | "year" => "a",
            _ => "per",
        };
        return Some(format!("{} {article} {below}", unit_words(above, one)?));
    }
    for (sign, power) in [('²', "square"), ('³', "cubic")] {
        // "80 m2"
        let digit = if sign == '²' { '2' } else { '3' };
        let plain = || unit.strip_suffix(digit).filter(|length| is_one_of("km m cm mm ft mi", length));
        if let Some(length) = unit.strip_suffix(sign).or_else(plain) {
            return Some(format!("{power} {}", abbreviations::unit(length, one)?));
        }
    }
    abbreviations::unit(unit, one).map(str::to_owned)
}

/// The words for a unit without a number, as in "a speed in km/h".
pub fn compound_unit(core: &str) -> Option<String> {
    is_one_of("km/h m/s mi/h km³ cm³ m³ km² cm² m²", core).then(|| unit_words(core, false)).flatten()
}

/// "45°N" to "45 degrees north".
pub fn bearing(core: &str) -> Option<String> {
    let (degrees, point) = core.split_once('°')?;
    let point = match point {
        "N" => "north",
        "S" => "south",
        "E" => "east",
        "W" => "west",
        _ => return None,
    };
    let number = degrees.bytes().all(|c| c.is_ascii_digit() || c == b'.') && !degrees.is_empty();
    number.then(|| format!("{degrees} {} {point}", if degrees == "1" { "degree" } else { "degrees" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::english::maths::power;

    #[test]
    fn units_sizes_and_products_without_end_are_none() {
        // Each sign would be a call within a call.
        assert_eq!(measure(&format!("5m{}", "/m".repeat(500_000)), "", "", &[]), None);
        assert_eq!(power(&"1×".repeat(500_000)), None);
        assert!(!is_attribute("6", &" and 6\"".repeat(500_000)));
        assert_eq!(measure("5mm/yr", "", "", &[]), Some(("5 millimeters a year".to_owned(), 1)));
        assert!(is_attribute("the 6", " and 7\" pipes"));
    }
}
