//! Abbreviations and the words they stand for, which the dictionaries of both accents have.

/// Titles before a name, after which a full stop never ends a sentence. `St.` is not here because it depends on the
/// context.
pub const TITLES: &[(&str, &str)] = &[
    ("capt", "captain"),
    ("cmdr", "commander"),
    ("gov", "governor"),
    ("lt", "lieutenant"),
    ("maj", "major"),
    ("mt", "mount"),
    ("sgt", "sergeant"),
];

/// Other abbreviations, and a few names that the dictionaries lack, spelled with words that they have.
pub const WORDS: &[(&str, &str)] = &[
    ("approx", "approximately"),
    ("apr", "April"),
    ("assn", "association"),
    ("aug", "August"),
    ("blvd", "boulevard"),
    ("bldg", "building"),
    ("c#", "C sharp"),
    ("calif", "California"),
    ("dec", "December"),
    ("dept", "department"),
    ("donut", "doughnut"),
    ("donuts", "doughnuts"),
    ("f#", "F sharp"),
    ("feb", "February"),
    ("fri", "Friday"),
    ("github", "get hub"),
    ("govt", "government"),
    ("hwy", "highway"),
    ("inc", "incorporated"),
    ("jan", "January"),
    ("jr", "junior"),
    ("kubernetes", "coo burr net ease"),
    ("ltd", "limited"),
    ("nov", "November"),
    ("oct", "October"),
    ("paul", "pall"),
    ("pp", "pages"),
    ("rd", "road"),
    ("sr", "senior"),
    ("thurs", "Thursday"),
    ("tues", "Tuesday"),
    ("wifi", "why fie"),
];

/// Units after a number: abbreviation, singular, plural.
pub const UNITS: &[(&str, &str, &str)] = &[
    ("cm", "centimeter", "centimeters"),
    ("ft", "foot", "feet"),
    ("g", "gram", "grams"),
    ("ghz", "giga hertz", "giga hertz"),
    ("hr", "hour", "hours"),
    ("hrs", "hour", "hours"),
    ("hz", "hertz", "hertz"),
    ("kg", "kilogram", "kilograms"),
    ("khz", "kilohertz", "kilohertz"),
    ("km", "kilometer", "kilometers"),
    ("kph", "kilometer an hour", "kilometers an hour"),
    ("lb", "pound", "pounds"),
    ("lbs", "pound", "pounds"),
    ("mg", "milligram", "milligrams"),
    ("mhz", "megahertz", "megahertz"),
    ("ml", "milliliter", "milliliters"),
    ("mm", "millimeter", "millimeters"),
    ("mph", "mile an hour", "miles an hour"),
    ("ms", "millisecond", "milliseconds"),
    ("oz", "ounce", "ounces"),
];

/// The words for a title.
pub fn title(abbreviation: &str) -> Option<&'static str> {
    find(TITLES, abbreviation)
}

/// The words for another abbreviation.
pub fn words(abbreviation: &str) -> Option<&'static str> {
    find(WORDS, abbreviation)
}

/// The words for a unit after `number`.
pub fn unit(abbreviation: &str, number: &str) -> Option<&'static str> {
    let lower = abbreviation.to_lowercase();
    let (_, singular, plural) = UNITS.iter().find(|(key, ..)| *key == lower)?;
    Some(if number == "1" { singular } else { plural })
}

fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    let lower = key.to_lowercase();
    table.iter().find(|(key, _)| *key == lower).map(|(_, words)| *words)
}
