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
    ("govt", "government"),
    ("hwy", "highway"),
    ("inc", "incorporated"),
    ("jan", "January"),
    ("jr", "junior"),
    ("ltd", "limited"),
    ("nov", "November"),
    ("oct", "October"),
    ("paul", "pall"),
    ("pp", "pages"),
    ("rd", "road"),
    ("sr", "senior"),
    ("thurs", "Thursday"),
    ("tues", "Tuesday"),
];

/// Units after a number: abbreviation, singular, plural. Upper and lower case differ, so that 5m are metres and 5M are not.
#[rustfmt::skip]
pub const UNITS: &[(&str, &str, &str)] = &[
    ("cm", "centimeter", "centimeters"), ("dB", "decibel", "decibels"),
    ("ft", "foot", "feet"), ("g", "gram", "grams"), ("gal", "gallon", "gallons"),
    ("GHz", "giga hertz", "giga hertz"), ("h", "hour", "hours"), ("ha", "hectare", "hectares"), ("hr", "hour", "hours"),
    ("hrs", "hour", "hours"), ("Hz", "hertz", "hertz"), ("in", "inch", "inches"), ("kcal", "kilo calorie", "kilo calories"),
    ("kg", "kilogram", "kilograms"), ("kHz", "kilohertz", "kilohertz"), ("km", "kilometer", "kilometers"),
    ("kmh", "kilometer an hour", "kilometers an hour"), ("kph", "kilometer an hour", "kilometers an hour"),
    ("kV", "kilo volt", "kilo volts"), ("kW", "kilowatt", "kilowatts"), ("kWh", "kilowatt hour", "kilowatt hours"),
    ("L", "liter", "liters"), ("l", "liter", "liters"), ("lb", "pound", "pounds"), ("lbs", "pound", "pounds"),
    ("m", "meter", "meters"), ("mg", "milligram", "milligrams"), ("MHz", "megahertz", "megahertz"), ("mi", "mile", "miles"),
    ("min", "minute", "minutes"), ("mins", "minute", "minutes"), ("mL", "milliliter", "milliliters"),
    ("ml", "milliliter", "milliliters"), ("mm", "millimeter", "millimeters"), ("mph", "mile an hour", "miles an hour"),
    ("ms", "millisecond", "milliseconds"), ("MW", "megawatt", "megawatts"), ("nm", "nano meter", "nano meters"),
    ("oz", "ounce", "ounces"), ("sec", "second", "seconds"), ("secs", "second", "seconds"),
    ("V", "volt", "volts"), ("W", "watt", "watts"), ("yd", "yard", "yards"), ("yds", "yard", "yards"),
];

/// Words that are clipped with an apostrophe.
pub const CLIPPED: &[(&str, &str)] = &[
    ("ass'n", "association"),
    ("cont'd", "continued"),
    ("dep't", "department"),
    ("gov't", "government"),
    ("int'l", "international"),
    ("nat'l", "national"),
    ("sec'y", "secretary"),
    ("gov'ts", "governments"),
    ("dep'ts", "departments"),
];

/// The words for a title.
pub fn title(abbreviation: &str) -> Option<&'static str> {
    find(TITLES, abbreviation)
}

/// The words for another abbreviation.
pub fn words(abbreviation: &str) -> Option<&'static str> {
    find(WORDS, abbreviation)
}

/// The words for a unit after a number, one or many. Longer units may be in capitals: "KM".
pub fn unit(abbreviation: &str, one: bool) -> Option<&'static str> {
    let find = |wanted: &dyn Fn(&str) -> bool| UNITS.iter().find(|(key, ..)| wanted(key));
    let capitals =
        abbreviation.len() > 1 && abbreviation != "IN" && abbreviation.bytes().all(|c| c.is_ascii_uppercase());
    let (_, singular, plural) = find(&|key| key == abbreviation)
        .or_else(|| find(&|key| key.len() > 1 && capitals && key.eq_ignore_ascii_case(abbreviation)))?;
    Some(if one { singular } else { plural })
}

/// The word that was clipped.
pub fn clipped(word: &str) -> Option<&'static str> {
    find(CLIPPED, &word.replace('’', "'"))
}

fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    let lower = key.to_lowercase();
    table.iter().find(|(key, _)| *key == lower).map(|(_, words)| *words)
}
