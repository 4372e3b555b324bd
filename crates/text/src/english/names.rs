//! Tables: how symbols, letters and abbreviations are called, in words that misaki's dictionaries know in both accents.

/// The name of a symbol. Those that are sometimes mere decoration (`*bold*`, `#tag`) are told apart in `read`.
pub fn symbol(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '=' => "equals",
        '/' => "slash",
        '\\' => "backslash",
        '&' => "and",
        '%' => "percent",
        '@' => "at",
        '#' => "hash",
        '+' => "plus",
        '−' => "minus",
        '±' => "plus or minus",
        '×' => "times",
        '÷' => "divided by",
        '≈' => "about",
        '≠' => "is not equal to",
        '≤' => "at most",
        '≥' => "at least",
        '<' => "less than",
        '>' => "greater than",
        '|' => "bar",
        '~' => "tilde",
        '^' => "caret",
        '*' => "asterisk",
        '_' => "underscore",
        '$' => "dollars",
        '£' => "pounds",
        '€' => "euros",
        '¢' => "cents",
        '¥' | '￥' => "yen",
        '₹' => "rupees",
        '₽' => "rue bulls",
        '₩' => "won",
        '°' => "degrees",
        '′' => "minutes",
        '″' => "seconds",
        '‰' => "per thousand",
        '§' => "section",
        '¶' => "paragraph",
        '©' => "copyright",
        '®' => "registered",
        '™' => "trademark",
        '†' => "dagger",
        '→' | '⇒' => "right arrow",
        '←' | '⇐' => "left arrow",
        '↑' => "up arrow",
        '↓' => "down arrow",
        '∞' => "infinity",
        '√' => "square root",
        '²' => "squared",
        '³' => "cubed",
        '¼' => "one quarter",
        '½' => "one half",
        '¾' => "three quarters",
        '⅓' => "one third",
        '⅔' => "two thirds",
        '⁄' => "over",
        'µ' | 'μ' => "micro",
        'π' => "pie",
        'Ω' => "ohm",
        _ => return None,
    })
}

/// Marks that are seen, not heard: quotes, bullets, hyphens.
pub fn silent(symbol: char) -> bool {
    "'’‘`´\"-–‐•·‣◦■□●○◆".contains(symbol)
}

/// The names of Greek letters.
pub fn greek(letter: char) -> Option<&'static str> {
    const NAMES: [&str; 25] = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
        "xi", "omicron", "pie", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    ];
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    NAMES.get((lower as usize).checked_sub('α' as usize)?).copied()
}

/// Latin letters that Unicode does not decompose into a plain letter and an accent.
pub fn plain_letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ħ' => "h",
        'ı' => "i",
        'ß' => "ss",
        'ẞ' => "SS",
        'æ' => "ae",
        'Æ' => "Ae",
        'œ' => "oe",
        'Œ' => "Oe",
        'þ' => "th",
        'Þ' => "Th",
        _ => return None,
    })
}

/// Titles: written before a name, so that a following full stop never ends a sentence. `St.` is not here: it depends on
/// what surrounds it.
pub const TITLES: &[(&str, &str)] = &[
    ("capt", "captain"),
    ("cmdr", "commander"),
    ("gov", "governor"),
    ("lt", "lieutenant"),
    ("maj", "major"),
    ("mt", "mount"),
    ("sgt", "sergeant"),
];

/// Other abbreviations, and a few names that the dictionaries lack, respelled in words they have.
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

/// Units, spoken after a number: abbreviation, one, many.
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

/// The words that a title stands for.
pub fn title(abbreviation: &str) -> Option<&'static str> {
    find(TITLES, abbreviation)
}

/// The words that another abbreviation stands for.
pub fn words(abbreviation: &str) -> Option<&'static str> {
    find(WORDS, abbreviation)
}

/// The words that a unit stands for after `number`.
pub fn unit(abbreviation: &str, number: &str) -> Option<&'static str> {
    let lower = abbreviation.to_lowercase();
    let (_, one, many) = UNITS.iter().find(|(key, ..)| *key == lower)?;
    Some(if number == "1" { one } else { many })
}

fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    let lower = key.to_lowercase();
    table.iter().find(|(key, _)| *key == lower).map(|(_, words)| *words)
}
