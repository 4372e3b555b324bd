//! What misaki reads otherwise than an editor would, word by word: ranges, fractions, versions, sizes, Roman numerals,
//! telephone numbers, formulas, abbreviations that are words too.

use super::names;

/// Marks that may stand around a word.
const BEFORE: &str = "([{“\"'‘";
const AFTER: &str = ".,;:!?…)]}”\"'’";

/// A line with such words rewritten.
pub fn rewrite(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let next = words.get(at + 1).copied().unwrap_or_default();
        if let Some(spoken) = area_code(word, next) {
            out.push(spoken);
            at += 2;
            continue;
        }
        let core = word.trim_start_matches(|c| BEFORE.contains(c));
        let (head, core) = (&word[..word.len() - core.len()], core.trim_end_matches(|c| AFTER.contains(c)));
        let tail = &word[head.len() + core.len()..];
        let previous = at.checked_sub(1).map_or("", |at| words[at]);
        let (spoken, tail) = match abbreviation(core, tail, previous, next) {
            Some(full) => (Some(full.to_owned()), if next.is_empty() { tail } else { &tail[1..] }),
            None => (reread(core, previous), tail),
        };
        out.push(spoken.map_or_else(|| word.to_owned(), |spoken| [head, &spoken, tail].concat()));
        at += 1;
    }
    out.join(" ")
}

fn reread(core: &str, previous: &str) -> Option<String> {
    if core.is_ascii() && core.bytes().all(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let readings = [range, fraction, version, size, telephone, foreign_dollars, speed, formula];
    readings.iter().find_map(|reading| reading(core)).or_else(|| roman(core, previous))
}

fn figures(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

fn spaced(figures: &str) -> String {
    figures.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// "3–5" is "3 to 5", "$5–10" is "5 to 10 dollars".
fn range(core: &str) -> Option<String> {
    let (from, to) = core.split_once('–')?;
    let amount = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let ends = from.ends_with(|c: char| c.is_ascii_digit() || c == '%') || from.ends_with("am") || from.ends_with("pm");
    let sign = from.chars().next().filter(|c| "$£€¥₹".contains(*c));
    match sign {
        Some(sign) if ends && amount(to) => {
            Some(format!("{} to {to} {}", &from[sign.len_utf8()..], names::symbol(sign)?))
        }
        _ => {
            (ends && amount(from) && amount(to.trim_start_matches(['$', '£', '€']))).then(|| format!("{from} to {to}"))
        }
    }
}

/// "2/3" is "two thirds"; dates and "24/7" are not.
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
    let (_, one, many) = PARTS.into_iter().find(|(figures, ..)| *figures == below)?;
    let proper = figures(above) && above.parse::<u32>().ok()? < below.parse().ok()?;
    proper.then(|| format!("{above} {}", if above == "1" { one } else { many }))
}

/// "v1.2.3" and "2.0" with every figure.
fn version(core: &str) -> Option<String> {
    let numbers = core.trim_start_matches(['v', 'V']);
    let letter = if numbers.len() < core.len() { "v " } else { "" };
    let parts: Vec<&str> = numbers.split('.').collect();
    let whole = parts.len() > 1 && parts.iter().all(|part| figures(part)) && core.len() - numbers.len() < 2;
    let joint = if parts.len() > 3 { " dot " } else { " point " };
    let round = parts.len() == 2 && parts[1].bytes().all(|c| c == b'0');
    let wanted = parts.len() > 2 || round || !letter.is_empty();
    (whole && wanted).then(|| letter.to_owned() + &parts.join(joint))
}

/// "3x" is "3 times", "4x6" is "4 by 6".
fn size(core: &str) -> Option<String> {
    let (from, to) = core.split_once(['x', '×'])?;
    match (figures(from), to) {
        (true, "") => Some(format!("{from} times")),
        (true, to) if figures(to) => Some(format!("{from} by {to}")),
        _ => None,
    }
}

/// "212-555-0123" and "+44", figure by figure.
fn telephone(core: &str) -> Option<String> {
    if let Some(code) = core.strip_prefix('+') {
        return (figures(code) && code.len() < 4).then(|| format!("plus {}", spaced(code)));
    }
    let groups: Vec<&str> = core.split(['-', '.']).collect();
    let known = groups.iter().map(|group| group.len()).eq([3, 3, 4]) && groups.iter().all(|group| figures(group));
    known.then(|| groups.iter().map(|group| spaced(group)).collect::<Vec<_>>().join(", "))
}

/// "(555) 123-4567"
fn area_code(word: &str, next: &str) -> Option<String> {
    let code = word.strip_prefix('(')?.strip_suffix(')')?;
    let number = next.trim_end_matches(|c| AFTER.contains(c));
    let (first, second) = number.split_once('-')?;
    let known = [code, first, second].iter().map(|group| group.len()).eq([3, 3, 4]);
    let known = known && [code, first, second].iter().all(|group| figures(group));
    known.then(|| format!("{}, {}, {}{}", spaced(code), spaced(first), spaced(second), &next[number.len()..]))
}

/// "US$100"
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

/// "100km/h", and a unit without its number.
fn speed(core: &str) -> Option<String> {
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

/// "CO₂", letter by letter.
fn formula(core: &str) -> Option<String> {
    let low = |c: char| ('₀'..='₉').contains(&c);
    if !core.contains(low) || !core.chars().all(|c| c.is_ascii_alphanumeric() || low(c)) {
        return None;
    }
    let plain = |c: char| if low(c) { char::from(b'0' + (c as u32 - '₀' as u32) as u8) } else { c };
    Some(spaced(&core.chars().map(plain).collect::<String>()))
}

/// "Chapter IV" and "Henry VIII".
fn roman(core: &str, previous: &str) -> Option<String> {
    const PARTS: &str =
        "act article book chapter figure grade level part phase section scene stage table title type volume war";
    const RULERS: &str = "alexander benedict catherine charles clement edward elizabeth francis frederick george gregory \
        harold henry innocent ivan james john joseph julius leo leopold louis mary napoleon nicholas otto paul peter \
        philip pius ptolemy ramses richard robert urban victoria wilhelm william";
    let number = roman_number(core)?;
    let previous = previous.to_lowercase();
    let one_of = |words: &str| words.split_whitespace().any(|word| word == previous);
    if one_of(PARTS) {
        return Some(number.to_string());
    }
    let ending = match number {
        11..=13 => "th",
        number => ["th", "st", "nd", "rd", "th", "th", "th", "th", "th", "th"][number as usize % 10],
    };
    // "Elizabeth I went" may be a sentence torn apart.
    (one_of(RULERS) && core.len() > 1).then(|| format!("the {number}{ending}"))
}

/// The value of a Roman numeral below forty, if it is written as one.
fn roman_number(text: &str) -> Option<u32> {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    let tens = text.bytes().take_while(|c| *c == b'X').count();
    let ones = ONES.iter().position(|ones| *ones == &text[tens..])?;
    let number = 10 * tens as u32 + ones as u32;
    (1..40).contains(&number).then_some(number)
}

/// Words that are abbreviations before a full stop and in the right company: "Fig. 3", "5th Ave.".
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
