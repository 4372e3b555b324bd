//! Expands words that misaki reads wrongly: ranges, fractions, versions, dimensions, Roman numerals, telephone numbers,
//! chemical formulas, and abbreviations that are also words.
//!
//! Plain numbers are left as digits; misaki reads them.

use super::accent::Accent;
use super::address::address;
use super::dates::date;
use super::{abbreviations, symbols};

/// Punctuation before a word.
const BEFORE: &str = "([{“\"'‘";
/// Punctuation after a word.
const AFTER: &str = ".,;:!?…)]}”\"'’";

/// Expands such words in a line.
pub fn expand(line: &str, accent: Accent) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let next = words.get(at + 1).copied().unwrap_or_default();
        if let Some(expanded) = area_code(word, next) {
            out.push(expanded);
            at += 2;
            continue;
        }
        if word.contains("](") {
            out.push(word.to_owned());
            at += 1;
            continue;
        }
        let core = word.trim_start_matches(|c| BEFORE.contains(c));
        let (head, core) = (&word[..word.len() - core.len()], bare(core));
        let tail = &word[head.len() + core.len()..];
        let previous = at.checked_sub(1).map_or("", |at| words[at]);
        if let Some(year) = short_year(head, core) {
            out.push([&year, tail].concat());
            at += 1;
            continue;
        }
        if let Some((expanded, taken)) = measure(core, tail, previous, &words[at + 1..]) {
            out.push([head, &expanded].concat());
            at += taken;
            continue;
        }
        let (expanded, tail) = match abbreviation(core, tail, previous, next) {
            Some(full) => (Some(full.to_owned()), if next.is_empty() { tail } else { &tail[1..] }),
            None => (expand_word(core, previous, accent), tail),
        };
        out.push(expanded.map_or_else(|| word.to_owned(), |expanded| [head, &expanded, tail].concat()));
        at += 1;
    }
    out.join(" ")
}

fn expand_word(core: &str, previous: &str, accent: Accent) -> Option<String> {
    if core.is_ascii() && core.bytes().all(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let rules = [
        address,
        range,
        fraction,
        version,
        dimensions,
        telephone,
        foreign_dollars,
        compound_unit,
        formula,
        power,
        letter,
        millions,
    ];
    abbreviations::clipped(core)
        .map(str::to_owned)
        .or_else(|| date(core, accent))
        .or_else(|| rules.iter().find_map(|rule| rule(core)))
        .or_else(|| code(core, previous))
        .or_else(|| roman(core, previous))
}

/// A number with its unit, in one word or in two: "10m", "6 in", "3 lb". Returns the words, with the punctuation after
/// them, and the number of words that they replace. `tail` is the punctuation after `core`.
fn measure(core: &str, tail: &str, previous: &str, next: &[&str]) -> Option<(String, usize)> {
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

/// "007" and "PIN 0042" digit by digit, because a leading zero makes a code of a number.
fn code(core: &str, previous: &str) -> Option<String> {
    const NAMED: &str = "pin code passcode zip extension ext flight";
    if !is_digits(core) || core.len() < 2 {
        return None;
    }
    let previous = previous.trim_end_matches([':', '#', '.']);
    let named = is_one_of(NAMED, &previous.to_lowercase());
    // "UA 1907"
    let airline = previous.len() == 2 && core.len() > 2 && is_one_of(AIRLINES, previous);
    (core.starts_with('0') || named || airline).then(|| spaced(core))
}

/// "'08" to "oh 8".
fn short_year(head: &str, core: &str) -> Option<String> {
    let year = core.strip_prefix('0').filter(|year| is_digits(year) && year.len() == 1 && *year != "0")?;
    ["'", "‘", "’"].contains(&head).then(|| format!("oh {year}"))
}

/// Codes of airlines, before the number of a flight.
const AIRLINES: &str =
    "AA AC AF AS AY AZ B6 BA CX DL EK EY F9 FR IB JL KE KL LH LX NH NK NZ OS QF QR SK SQ TK TP U2 UA VS WN WS";

/// "10^6" to "10 to the 6th", "x²" to "x squared", "2^n" to "2 to the n".
fn power(core: &str) -> Option<String> {
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let raised = |c: char| RAISED.chars().position(|digit| digit == c).map(|digit| char::from(b'0' + digit as u8));
    let (base, exponent) = match core.split_once('^') {
        Some((base, exponent)) => (base, exponent.trim_matches(['{', '}', '(']).to_owned()),
        None => {
            let at = core.find(|c| raised(c).is_some() || "⁻ⁿ".contains(c))?;
            let digit = |c| match c {
                '⁻' => Some('-'),
                'ⁿ' => Some('n'),
                c => raised(c),
            };
            (&core[..at], core[at..].chars().map(digit).collect::<Option<String>>()?)
        }
    };
    let plain = |text: &str| text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'.') && !text.is_empty();
    let (minus, size) = match exponent.strip_prefix(['-', '−']) {
        Some(size) => ("minus ", size),
        None => ("", exponent.as_str()),
    };
    if !plain(base) || !plain(size) || base.len() > 1 && !base.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(match size {
        "2" if minus.is_empty() => format!("{base} squared"),
        "3" if minus.is_empty() => format!("{base} cubed"),
        size if is_digits(size) && minus.is_empty() && size.len() < 4 => {
            format!("{base} to the {}", ordinal(size.parse().ok()?))
        }
        size => format!("{base} to the {minus}{size}"),
    })
}

/// "A-level" to the name of the letter, not the article.
fn letter(core: &str) -> Option<String> {
    let rest = core.strip_prefix("A-").filter(|rest| rest.len() > 1 && rest.bytes().all(|c| c.is_ascii_lowercase()))?;
    Some(format!("[A](/ˈA/) {rest}"))
}

/// "10M" to "10 million".
fn millions(core: &str) -> Option<String> {
    let number = core.strip_suffix('M')?;
    let whole = number.starts_with(|c: char| c.is_ascii_digit()) && number.ends_with(|c: char| c.is_ascii_digit());
    (whole && number.bytes().all(|c| c.is_ascii_digit() || c == b'.' || c == b',')).then(|| format!("{number} million"))
}

/// "21st" for 21.
pub fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// A word without the punctuation after it.
fn bare(word: &str) -> &str {
    word.trim_end_matches(|c| AFTER.contains(c))
}

fn is_one_of(words: &str, wanted: &str) -> bool {
    words.split_whitespace().any(|word| word == wanted)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// The characters of a text with spaces between them.
fn spaced(text: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// "3–5" to "3 to 5", "$5–10" to "5 to 10 dollars".
fn range(core: &str) -> Option<String> {
    let (from, to) = core.split_once('–')?;
    let amount = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let ends = from.ends_with(|c: char| c.is_ascii_digit() || c == '%') || from.ends_with("am") || from.ends_with("pm");
    let sign = from.chars().next().filter(|c| "$£€¥₹".contains(*c));
    match sign {
        Some(sign) if ends && amount(to) => {
            Some(format!("{} to {to} {}", &from[sign.len_utf8()..], symbols::symbol(sign)?))
        }
        _ => {
            (ends && amount(from) && amount(to.trim_start_matches(['$', '£', '€']))).then(|| format!("{from} to {to}"))
        }
    }
}

/// "2/3" to "2 thirds", but not dates or "24/7".
fn fraction(core: &str) -> Option<String> {
    const PARTS: [(&str, &str, &str); 10] = [
        ("2", "half", "halves"),
        ("3", "third", "thirds"),
        ("4", "quarter", "quarters"),
        ("5", "fifth", "fifths"),
        ("6", "sixth", "sixths"),
        ("8", "eighth", "eighths"),
        ("10", "tenth", "tenths"),
        ("16", "sixteenth", "sixteenths"),
        ("32", "thirty second", "thirty seconds"),
        ("100", "hundredth", "hundredths"),
    ];
    let (above, below) = core.split_once('/')?;
    let (_, one, many) = PARTS.into_iter().find(|(digits, ..)| *digits == below)?;
    let proper = is_digits(above) && above.parse::<u32>().ok()? < below.parse().ok()?;
    proper.then(|| format!("{above} {}", if above == "1" { one } else { many }))
}

/// "v1.2.3" to "v 1 point 2 point 3", "2.0" to "2 point 0".
fn version(core: &str) -> Option<String> {
    let numbers = core.trim_start_matches(['v', 'V']);
    let letter = if numbers.len() < core.len() { "v " } else { "" };
    let parts: Vec<&str> = numbers.split('.').collect();
    let whole = parts.len() > 1 && parts.iter().all(|part| is_digits(part)) && core.len() - numbers.len() < 2;
    let joint = if parts.len() > 3 { " dot " } else { " point " };
    let round = parts.len() == 2 && parts[1].bytes().all(|c| c == b'0');
    let wanted = parts.len() > 2 || round || !letter.is_empty();
    (whole && wanted).then(|| letter.to_owned() + &parts.join(joint))
}

/// "3x" to "3 times", "4x6" to "4 by 6".
fn dimensions(core: &str) -> Option<String> {
    let (from, to) = core.split_once(['x', '×'])?;
    match (is_digits(from), to) {
        (true, "") => Some(format!("{from} times")),
        (true, to) if is_digits(to) => Some(format!("{from} by {to}")),
        _ => None,
    }
}

/// "212-555-0123" and "+44", digit by digit.
fn telephone(core: &str) -> Option<String> {
    if let Some(code) = core.strip_prefix('+') {
        return (is_digits(code) && code.len() < 4).then(|| format!("plus {}", spaced(code)));
    }
    let groups: Vec<&str> = core.split(['-', '.']).collect();
    let known = groups.iter().map(|group| group.len()).eq([3, 3, 4]) && groups.iter().all(|group| is_digits(group));
    known.then(|| groups.iter().map(|group| spaced(group)).collect::<Vec<_>>().join(", "))
}

/// "(555) 123-4567" from two words, digit by digit.
fn area_code(word: &str, next: &str) -> Option<String> {
    let code = word.strip_prefix('(')?.strip_suffix(')')?;
    let number = bare(next);
    let (first, second) = number.split_once('-')?;
    let known = [code, first, second].iter().map(|group| group.len()).eq([3, 3, 4]);
    let known = known && [code, first, second].iter().all(|group| is_digits(group));
    known.then(|| format!("{}, {}, {}{}", spaced(code), spaced(first), spaced(second), &next[number.len()..]))
}

/// "US$100" to "100 U S dollars".
fn foreign_dollars(core: &str) -> Option<String> {
    const COUNTRIES: [(&str, &str); 6] = [
        ("US$", "U S"),
        ("C$", "Canadian"),
        ("CA$", "Canadian"),
        ("A$", "Australian"),
        ("NZ$", "New Zealand"),
        ("HK$", "Hong Kong"),
    ];
    let (sign, country) = COUNTRIES.into_iter().find(|(sign, _)| core.starts_with(sign))?;
    let sum = &core[sign.len()..];
    sum.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("{sum} {country} dollars"))
}

/// "100km/h" to "100 kilometers an hour", and such a unit without a number.
fn compound_unit(core: &str) -> Option<String> {
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

/// "CO₂" to "C O 2".
fn formula(core: &str) -> Option<String> {
    let subscript = |c: char| ('₀'..='₉').contains(&c);
    if !core.contains(subscript) || !core.chars().all(|c| c.is_ascii_alphanumeric() || subscript(c)) {
        return None;
    }
    let plain = |c: char| if subscript(c) { char::from(b'0' + (c as u32 - '₀' as u32) as u8) } else { c };
    Some(spaced(&core.chars().map(plain).collect::<String>()))
}

/// "IV" after "Chapter" to "4", "VIII" after "Henry" to "the 8th".
fn roman(core: &str, previous: &str) -> Option<String> {
    const PARTS: &str =
        "act article book chapter figure grade level part phase section scene stage table title type volume war";
    const RULERS: &str = "alexander benedict catherine charles clement edward elizabeth francis frederick george gregory \
        harold henry innocent ivan james john joseph julius leo leopold louis mary napoleon nicholas otto paul peter \
        philip pius ptolemy ramses richard robert urban victoria wilhelm william";
    let number = roman_number(core)?;
    let previous = previous.to_lowercase();
    if is_one_of(PARTS, &previous) {
        return Some(number.to_string());
    }
    // The "I" of "Elizabeth I went" may be the pronoun.
    (is_one_of(RULERS, &previous) && core.len() > 1).then(|| format!("the {}", ordinal(number)))
}

/// The value of a Roman numeral below 40.
fn roman_number(text: &str) -> Option<u32> {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    let tens = text.bytes().take_while(|c| *c == b'X').count();
    let ones = ONES.iter().position(|ones| *ones == &text[tens..])?;
    let number = 10 * tens as u32 + ones as u32;
    (1..40).contains(&number).then_some(number)
}

/// Expands words that are abbreviations only with a full stop and in context: "Fig. 3", "5th Ave.".
fn abbreviation(core: &str, tail: &str, previous: &str, next: &str) -> Option<&'static str> {
    if !tail.starts_with('.') {
        return None;
    }
    let number = next.starts_with(|c: char| c.is_ascii_digit());
    let name = previous.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    Some(match core {
        "Fig" | "fig" if number => "figure",
        "Figs" | "figs" if number => "figures",
        "Vol" | "vol" if number => "volume",
        "Ch" | "ch" if number => "chapter",
        "Sec" | "sec" if number && !name => "section",
        "Ave" if name => "Avenue",
        "Co" if name => "Company",
        "Corp" if name => "Corporation",
        _ => return None,
    })
}
