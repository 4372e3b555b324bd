//! Abbreviations and the words they stand for, which the dictionaries of both accents have.

use super::numbers::is_one_of;
use super::roman::is_numeral;

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

/// Where an abbreviation with a full stop stands that is another word elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before a number: "Fig. 3".
    Number,
    /// Before a name, as a title: "Gen. Lee". The full stop never ends a sentence.
    Title,
    /// After a name: "Acme Co."
    Name,
    /// After a name, but not before another, where it is a title: "Elm Dr. to the end".
    Street,
    /// Between names: "Roe v. Wade".
    Between,
    /// Before a word in lower case, but not after a number: "the min. age".
    Word,
    /// With a capital, or where a day is expected: "See you wed."
    Day,
    /// Anywhere.
    Any,
}

/// Abbreviations with a full stop, in lower case; before and after names they begin with a capital.
#[rustfmt::skip]
pub const IN_PLACE: &[(&str, &str, Place)] = &[
    ("adm", "admiral", Place::Title), ("apt", "apartment", Place::Number), ("art", "article", Place::Number),
    ("assn", "association", Place::Any), ("asst", "assistant", Place::Any), ("atty", "attorney", Place::Title),
    ("ave", "Avenue", Place::Name), ("avg", "average", Place::Any), ("bros", "Brothers", Place::Any),
    ("c", "circa", Place::Number), ("ca", "circa", Place::Number), ("calif", "California", Place::Any),
    ("ch", "chapter", Place::Number), ("cl", "clause", Place::Number), ("co", "Company", Place::Name),
    ("col", "Colonel", Place::Title), ("corp", "Corporation", Place::Name), ("cpl", "corporal", Place::Title),
    ("ct", "Court", Place::Name), ("det", "detective", Place::Title), ("dr", "Drive", Place::Street),
    ("est", "established", Place::Number), ("ext", "extension", Place::Any), ("fig", "figure", Place::Number),
    ("figs", "figures", Place::Number), ("fr", "Father", Place::Title), ("ft", "Fort", Place::Title),
    ("gen", "General", Place::Title), ("hon", "Honorable", Place::Title), ("ln", "Lane", Place::Name),
    ("max", "maximum", Place::Word), ("min", "minimum", Place::Word), ("mon", "Monday", Place::Any),
    ("nos", "numbers", Place::Number), ("p", "page", Place::Number), ("para", "paragraph", Place::Number),
    ("paras", "paragraphs", Place::Number), ("pkwy", "Parkway", Place::Name), ("pl", "Place", Place::Name),
    ("pres", "President", Place::Title), ("prof", "Professor", Place::Title), ("pt", "part", Place::Number),
    ("pvt", "private", Place::Title), ("rep", "Representative", Place::Title), ("rev", "Reverend", Place::Title),
    ("rt", "right", Place::Title), ("sec", "section", Place::Number), ("sen", "Senator", Place::Title),
    ("sept", "September", Place::Any), ("sq", "Square", Place::Name), ("ste", "suite", Place::Number),
    ("supt", "superintendent", Place::Title), ("thu", "Thursday", Place::Any), ("tue", "Tuesday", Place::Any),
    ("v", "versus", Place::Between), ("vol", "volume", Place::Number), ("wed", "Wednesday", Place::Day),
];

/// States before a postal code: "Austin, TX 78701".
#[rustfmt::skip]
pub const STATES: &[(&str, &str)] = &[
    ("AK", "Alaska"), ("AL", "Alabama"), ("AR", "Arkansas"), ("AZ", "Arizona"), ("CA", "California"), ("CO", "Colorado"),
    ("CT", "Connecticut"), ("DC", "D C"), ("DE", "Delaware"), ("FL", "Florida"), ("GA", "Georgia"), ("HI", "Hawaii"),
    ("IA", "Iowa"), ("ID", "Idaho"), ("IL", "Illinois"), ("IN", "Indiana"), ("KS", "Kansas"), ("KY", "Kentucky"),
    ("LA", "Louisiana"), ("MA", "Massachusetts"), ("MD", "Maryland"), ("ME", "Maine"), ("MI", "Michigan"),
    ("MN", "Minnesota"), ("MO", "Missouri"), ("MS", "Mississippi"), ("MT", "Montana"), ("NC", "North Carolina"),
    ("ND", "North Dakota"), ("NE", "Nebraska"), ("NH", "New Hampshire"), ("NJ", "New Jersey"), ("NM", "New Mexico"),
    ("NV", "Nevada"), ("NY", "New York"), ("OH", "Ohio"), ("OK", "Oklahoma"), ("OR", "Oregon"), ("PA", "Pennsylvania"),
    ("RI", "Rhode Island"), ("SC", "South Carolina"), ("SD", "South Dakota"), ("TN", "Tennessee"), ("TX", "Texas"),
    ("UT", "Utah"), ("VA", "Virginia"), ("VT", "Vermont"), ("WA", "Washington"), ("WI", "Wisconsin"),
    ("WV", "West Virginia"), ("WY", "Wyoming"),
];

/// Other abbreviations, and a few names that the dictionaries lack, spelled with words that they have.
pub const WORDS: &[(&str, &str)] = &[
    ("approx", "approximately"),
    ("apr", "April"),
    ("aug", "August"),
    ("blvd", "boulevard"),
    ("bldg", "building"),
    ("c#", "C sharp"),
    ("ctrl", "control"),
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
    ("pls", "please"),
    ("plz", "please"),
    ("ppl", "people"),
    ("qty", "quantity"),
    ("rd", "road"),
    ("rhode", "road"),
    ("sr", "senior"),
    ("thurs", "Thursday"),
    ("thx", "thanks"),
    ("tmrw", "tomorrow"),
    ("tues", "Tuesday"),
    ("utd", "United"),
];

/// Units after a number: abbreviation, singular, plural. Upper and lower case differ, so that 5m are metres and 5M are not.
#[rustfmt::skip]
pub const UNITS: &[(&str, &str, &str)] = &[
    ("cm", "centimeter", "centimeters"), ("doz", "dozen", "dozen"), ("dB", "decibel", "decibels"), ("ft", "foot", "feet"),
    ("g", "gram", "grams"), ("gal", "gallon", "gallons"), ("GHz", "giga hertz", "giga hertz"), ("h", "hour", "hours"),
    ("ha", "hectare", "hectares"), ("hr", "hour", "hours"), ("hrs", "hour", "hours"), ("Hz", "hertz", "hertz"),
    ("in", "inch", "inches"), ("kcal", "kilo calorie", "kilo calories"), ("kg", "kilogram", "kilograms"),
    ("kgs", "kilogram", "kilograms"), ("kHz", "kilohertz", "kilohertz"), ("km", "kilometer", "kilometers"),
    ("kmh", "kilometer an hour", "kilometers an hour"), ("kph", "kilometer an hour", "kilometers an hour"),
    ("kV", "kilo volt", "kilo volts"), ("kW", "kilowatt", "kilowatts"), ("kWh", "kilowatt hour", "kilowatt hours"),
    ("L", "liter", "liters"), ("l", "liter", "liters"), ("lb", "pound", "pounds"), ("lbs", "pound", "pounds"),
    ("m", "meter", "meters"), ("mcg", "microgram", "micrograms"), ("mg", "milligram", "milligrams"),
    ("MHz", "megahertz", "megahertz"), ("mi", "mile", "miles"), ("min", "minute", "minutes"), ("mins", "minute", "minutes"),
    ("mL", "milliliter", "milliliters"), ("ml", "milliliter", "milliliters"), ("mm", "millimeter", "millimeters"),
    ("mph", "mile an hour", "miles an hour"), ("mmHg", "millimeter of mercury", "millimeters of mercury"),
    ("mos", "month", "months"), ("ms", "millisecond", "milliseconds"), ("Mt", "megaton", "megatons"),
    ("MW", "megawatt", "megawatts"), ("nm", "nano meter", "nano meters"), ("oz", "ounce", "ounces"),
    ("pkg", "package", "packages"), ("qt", "quart", "quarts"), ("s", "second", "seconds"), ("sec", "second", "seconds"),
    ("secs", "second", "seconds"), ("V", "volt", "volts"), ("W", "watt", "watts"), ("yd", "yard", "yards"),
    ("yds", "yard", "yards"), ("fl oz", "fluid ounce", "fluid ounces"), ("sq ft", "square foot", "square feet"),
    ("sq km", "square kilometer", "square kilometers"), ("sq m", "square meter", "square meters"),
    ("sq mi", "square mile", "square miles"), ("kB", "kilobyte", "kilobytes"), ("KB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"), ("GB", "gigabyte", "gigabytes"), ("TB", "terabyte", "terabytes"),
    ("Mbps", "megabit per second", "megabits per second"), ("Gbps", "gigabit per second", "gigabits per second"),
    ("hp", "horsepower", "horsepower"), ("mAh", "milliamp hour", "milliamp hours"),
    ("mpg", "mile per gallon", "miles per gallon"), ("p", "penny", "pence"), ("tbsp", "tablespoon", "tablespoons"),
    ("tsp", "teaspoon", "teaspoons"), ("wk", "week", "weeks"), ("wks", "week", "weeks"), ("µm", "micrometer", "micrometers"),
    ("μm", "micrometer", "micrometers"), ("psi", "P S I", "P S I"), ("K", "kelvin", "kelvin"),
    ("ppb", "part per billion", "parts per billion"), ("ppm", "part per million", "parts per million"),
    ("pc", "percent", "percent"), ("st", "stone", "stone"), ("yr", "year", "years"), ("yrs", "year", "years"),
    ("µg", "microgram", "micrograms"), ("μg", "microgram", "micrograms"),
];

/// Words that are clipped with an apostrophe or a slash.
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
    ("w/", "with"),
    ("w/o", "without"),
    ("w/out", "without"),
];

/// Titles without a full stop before a name: "Gen Grant", "Ms Lee". misaki knows "Ms." only.
#[rustfmt::skip]
pub const BEFORE_NAMES: &[(&str, &str)] = &[
    ("Adm", "Admiral"), ("Cllr", "Councillor"), ("Col", "Colonel"), ("Cpl", "Corporal"), ("Fr", "Father"), ("Gen", "General"), ("Hon", "Honorable"),
    ("Mlle", "Mademoiselle"), ("Mme", "Madame"), ("Ms", "Ms."), ("Prof", "Professor"), ("Rep", "Representative"), ("Rev", "Reverend"),
    ("Sen", "Senator"), ("Supt", "Superintendent"),
];

/// The words for a title that a name follows directly. "Gen Z" and "Gen Alpha" are none.
pub fn title_before_name(core: &str, tail: &str, next: &str) -> Option<&'static str> {
    let mut letters = next.chars();
    let name = letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_alphabetic);
    let (_, words) = BEFORE_NAMES.iter().find(|(title, _)| *title == core)?;
    // "O'Neill" and "McKay" are names, "AI" is none.
    let word = next.trim_end_matches(|c: char| !c.is_alphanumeric());
    let acronym = !word.contains(|c: char| c.is_lowercase());
    (tail.is_empty() && name && !acronym && !["Alpha", "Beta", "Con"].contains(&word)).then_some(words)
}

/// The words for a title.
pub fn title(abbreviation: &str) -> Option<&'static str> {
    find(TITLES, abbreviation)
}

/// The words for another abbreviation.
pub fn words(abbreviation: &str) -> Option<&'static str> {
    find(WORDS, abbreviation)
}

/// The words for a unit after a number, one or many. Longer units may be in capitals, "KM", and spoons have one: "Tbsp".
pub fn unit(abbreviation: &str, one: bool) -> Option<&'static str> {
    let find = |wanted: &dyn Fn(&str) -> bool| UNITS.iter().find(|(key, ..)| wanted(key));
    // "MT" are tons, "MOS" transistors.
    let capitals = abbreviation.len() > 1
        && !["IN", "MOS", "MT"].contains(&abbreviation)
        && abbreviation.bytes().all(|c| c.is_ascii_uppercase());
    let spoon = |key: &str| ["tbsp", "tsp"].contains(&key);
    let (_, singular, plural) = find(&|key| key == abbreviation)
        .or_else(|| find(&|key| key.len() > 1 && (capitals || spoon(key)) && key.eq_ignore_ascii_case(abbreviation)))?;
    Some(if one { singular } else { plural })
}

/// The words for an abbreviation that a full stop follows, by its place, and whether it is a title.
pub fn in_place(core: &str, previous: &str, next: &str) -> Option<(&'static str, bool)> {
    let lower = core.to_lowercase();
    let digit = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let capital = |word: &str| word.starts_with(|c: char| c.is_uppercase());
    // "CA. 5 people" is of California, "Plan C. 5 people" of a letter.
    let written = core == lower || core.len() > 1 && core.get(1..) == lower.get(1..) && capital(core);
    let (_, words, place) = IN_PLACE.iter().find(|(key, ..)| *key == lower && written)?;
    let holds = match place {
        Place::Number => {
            let part = ["ch", "fig", "p", "pt", "sec", "vol"].contains(&lower.as_str());
            // "He studied art. 5 years later"
            let named = lower != "art"
                || is_one_of("by per see under", &previous.to_lowercase())
                || capital(core) && previous.is_empty();
            (digit(next) || part && is_numeral(next)) && !digit(previous) && named
        }
        Place::Between => capital(previous) && capital(next),
        // "5 Fr." is money, "the Fr. Revolution" French.
        Place::Title if lower == "fr" && (digit(previous) || is_one_of("from the", &previous.to_lowercase())) => false,
        Place::Title => capital(core) && capital(next),
        // "Smith & Co."
        Place::Name => capital(core) && (capital(previous) || digit(previous) || previous == "&"),
        Place::Street => capital(core) && (capital(previous) || digit(previous)) && !capital(next),
        Place::Word => {
            (!capital(core) || previous.is_empty()) && next.starts_with(char::is_lowercase) && !digit(previous)
        }
        Place::Day => capital(core) || is_one_of("by meet next on you", previous),
        Place::Any => true,
    };
    holds.then_some((words, [Place::Title, Place::Number, Place::Between].contains(place)))
}

/// The name of a state by its code.
pub fn state(code: &str) -> Option<&'static str> {
    STATES.iter().find(|(key, _)| *key == code).map(|(_, name)| *name)
}

/// The word that was clipped.
pub fn clipped(word: &str) -> Option<&'static str> {
    find(CLIPPED, &word.replace('’', "'"))
}

fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    let lower = key.to_lowercase();
    table.iter().find(|(key, _)| *key == lower).map(|(_, words)| *words)
}
