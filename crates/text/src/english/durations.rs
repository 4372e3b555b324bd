//! Lengths of time with short units: "30s", "1m 30s", "1h30m". A number of tens with "s" may also be a decade or an age.

use super::numbers::{bare, is_digits, is_one_of};

/// Units in falling order, with the words for one and for many.
const UNITS: [(&str, &str, &str); 5] = [
    ("d", "day", "days"),
    ("h", "hour", "hours"),
    ("m", "minute", "minutes"),
    ("s", "second", "seconds"),
    ("ms", "millisecond", "milliseconds"),
];

/// Words before seconds.
const BEFORE: &str = "after every for for: about almost around exactly expires in last lasted lasts least most nearly only over roughly sleep \
    sleeps than timeout took take takes taking to under until up wait waited waits within";

/// Nouns that are measured in seconds.
const MEASURED: &str = "ad ads break cache clip clips cooldown countdown cycle cycles deadline delay delays exposure film hold interval \
    intervals latency lease limit loop pause pauses penalty poll reel rest retry sample samples sleep sprint timeout timeouts timer ttl \
    video videos wait window";

/// Words before decades, ages, plural models and the like: "the 30s", "in his 20s", "the iPhone 5s".
const NO_SECONDS: &str = "the his her their my your our its mid early late mid- all of both these those two three four five six \
    seven eight nine ten zeros ones and iphone model boeing series";

/// The words for a length of time in one word: "30s", "1h30m", "2m30s".
pub fn duration(core: &str, previous: &str, next: &str) -> Option<String> {
    if !core.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let own = |core: &str| {
        let end = core.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        Some((core[..end].to_owned(), core[end..].to_owned()))
    };
    let (number, unit) = own(core)?;
    let words = |number: &str, unit: &str, one: bool| {
        let (_, singular, plural) = UNITS.iter().find(|(key, ..)| *key == unit)?;
        Some(format!("{number} {}", if number == "1" || one { singular } else { plural }))
    };
    let adjective = ["a", "an", "A", "An"].contains(&previous) && next.starts_with(|c: char| c.is_ascii_lowercase());
    match unit.as_str() {
        "s" if is_seconds(&number, previous, next) => words(&number, "s", adjective),
        // "1m 30s"
        "m" if own(bare(next)).is_some_and(|(number, unit)| is_digits(&number) && unit == "s") => {
            words(&number, "m", false)
        }
        "s" | "m" => None,
        _ => parts(core).map(|parts| {
            let spoken = parts.iter().filter_map(|(number, unit)| words(number, unit, adjective));
            spoken.collect::<Vec<_>>().join(" ")
        }),
    }
}

/// The numbers and units of "1h30m", in falling order.
fn parts(core: &str) -> Option<Vec<(&str, &str)>> {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    let (mut rest, mut from) = (core, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?;
        let (number, tail) = rest.split_at(digits);
        let unit = &tail[..tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len())];
        from += 1 + UNITS.get(from..)?.iter().position(|(key, ..)| *key == unit)?;
        parts.push((number, unit));
        rest = &tail[unit.len()..];
    }
    (parts.len() > 1).then_some(parts)
}

/// Whether "s" after a number is the unit.
fn is_seconds(number: &str, previous: &str, next: &str) -> bool {
    let previous = previous.to_lowercase();
    let before = previous.trim_start_matches(['(', '“', '"', '~', '<', '>']);
    let next = bare(next);
    if number.contains('.') {
        return number.bytes().filter(|c| *c == b'.').count() == 1;
    }
    if number.len() > 3 || is_one_of(NO_SECONDS, before) || before.ends_with("'s") || next == "of" {
        return false;
    }
    // "1m 30s", "a 30s clip"
    let timed = before.ends_with(['m', 'h']) && before.starts_with(|c: char| c.is_ascii_digit());
    let named = is_one_of(MEASURED, before.trim_end_matches([':', '=']));
    let wanted =
        timed || named || is_one_of(BEFORE, before) || is_one_of(MEASURED, next) || ["a", "an"].contains(&before);
    wanted || number.len() < 3 && !number.ends_with('0') && before != "'" && !number.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_differ_from_decades() {
        for (core, previous, next, expected) in [
            ("30s", "a", "timeout", Some("30 second")),
            ("30s", "for", "now", Some("30 seconds")),
            ("5s", "", "", Some("5 seconds")),
            ("1s", "every", "", Some("1 second")),
            ("0.5s", "the", "gap", Some("0.5 seconds")),
            ("30s", "1m", "", Some("30 seconds")),
            ("1m", "", "30s", Some("1 minute")),
            ("1h30m", "", "", Some("1 hour 30 minutes")),
            ("2m30s", "", "", Some("2 minutes 30 seconds")),
            ("30s", "the", "were", None),
            ("30s", "his", "", None),
            ("1930s", "for", "", None),
            ("30s", "in", "", Some("30 seconds")),
            ("30s", "timeout:", "", Some("30 seconds")),
            ("20s", "their", "", None),
            ("747s", "two", "", None),
            ("747s", "flew", "", None),
            ("10s", "for", "of", None),
            ("5s", "iPhone", "", None),
            ("1m", "", "long", None),
            ("30m1h", "", "", None),
            ("4x4s", "", "", None),
            ("5G", "", "", None),
        ] {
            assert_eq!(duration(core, previous, next).as_deref(), expected, "{previous} {core} {next}");
        }
    }
}
