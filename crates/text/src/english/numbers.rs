//! Expands words that misaki reads wrongly, by the rules of the modules of each kind; here are ranges, magnitudes, and
//! abbreviations that are also words.
//!
//! Plain numbers are left as digits; misaki reads them.

use super::abbreviations;
use super::accent::Accent;
use super::acronyms::lower_acronym;
use super::address::address;
use super::codes::{code, military_hour, round_decimal, telephone, version};
use super::dates::{date, month_and_day, month_name, timestamp};
use super::durations::duration;
use super::formulas::formula as formula_with_power;
use super::maths::{formula, fraction, odds, over_letter, power};
use super::money::{self, foreign};
use super::roman::roman;
use super::street::{house_number, street};
use super::symbols::CURRENCIES;
use super::units::{bearing, compound_unit, dimensions, measure};

/// Punctuation before a word.
const BEFORE: &str = "([{“\"'‘";
/// Punctuation after a word.
const AFTER: &str = ".,;:!?…)]}”\"'’";

/// Faces of punctuation, which are not spoken.
const EMOTICONS: &str = ":) :-) ;) ;-) :( :-( :D :-D ;D =D =) =( :P :-P ;P :p :/ :-/ :| :'( :’( :') :’) :o :O :3 XD xD ^_^ ^^ -_- >_< T_T o_O \
    :* <\\3 :] (: (; ):";

/// The marks of a sentence after a face, if a word is one.
fn without_face(word: &str) -> Option<&str> {
    let face = word.trim_end_matches(['.', ',', '!', '?']);
    let is_face = |face: &str| face.len() > 1 && is_one_of(EMOTICONS, face);
    (is_face(word) || is_face(face)).then(|| if is_face(word) { "" } else { &word[face.len()..] })
}

/// "love" for "<3" after "I", else "heart", but not where it may be a comparison: "x <3".
fn heart(core: &str, previous: &str, next: &str) -> Option<&'static str> {
    let person = is_one_of("I We we You you They they", previous);
    let ends = next.is_empty() || next.starts_with(|c: char| c.is_uppercase() || ":<".contains(c));
    let compared = bare(previous).len() < 2 || previous.ends_with(|c: char| c.is_ascii_digit());
    match (core, person && !next.is_empty()) {
        ("<3", true) => Some("love"),
        ("<3", false) if ends && !compared => Some("heart"),
        _ => None,
    }
}

/// Expands such words in a line.
pub fn expand(line: &str, accent: Accent) -> String {
    let line = ranges(line);
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let previous = at.checked_sub(1).map_or("", |at| words[at]);
        if let Some((expanded, taken)) = telephone(&words[at..]).or_else(|| month_and_day(&words[at..], previous)) {
            out.push(expanded);
            at += taken;
            continue;
        }
        if let Some(words) = formula_with_power(word) {
            out.push(words);
            at += 1;
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
        let next = &words[at + 1..];
        if let Some(marks) = without_face(word) {
            if let Some(last) = out.last_mut() {
                last.push_str(marks);
            }
            at += 1;
            continue;
        }
        let following = next.first().copied().unwrap_or_default();
        let single = heart(core, previous, following)
            .or_else(|| abbreviations::title_before_name(core, tail, following))
            .map(str::to_owned)
            .or_else(|| duration(core, previous, following));
        if let Some(words) = single {
            out.push([head, &words, tail].concat());
            at += 1;
            continue;
        }
        if let Some(year) = short_year(head, core) {
            out.push([&year, tail].concat());
            at += 1;
            continue;
        }
        if let Some((expanded, taken)) = measure(core, tail, previous, next).or_else(|| foreign(core, tail, next)) {
            out.push([head, &expanded].concat());
            at += taken;
            continue;
        }
        let (expanded, tail) = match abbreviation(core, tail, previous, next) {
            // The full stop may end the sentence too: "by Acme Co. The next".
            Some((full, false)) if following.is_empty() || tail == "." && begins_sentence(following) => {
                (Some(full), tail)
            }
            Some((full, _)) => (Some(full), tail.strip_prefix('.').unwrap_or(tail)),
            None => (house_number(core, next).or_else(|| expand_word(core, &words[..at], following, accent)), tail),
        };
        out.push(expanded.map_or_else(|| word.to_owned(), |expanded| [head, &expanded, tail].concat()));
        at += 1;
    }
    out.join(" ")
}

/// The words for an abbreviation, and whether its full stop never ends a sentence.
fn abbreviation(core: &str, tail: &str, previous: &str, next: &[&str]) -> Option<(String, bool)> {
    let following = next.first().copied().unwrap_or_default();
    let dotted = || abbreviations::in_place(core, previous, following).filter(|_| tail.starts_with('.'));
    street(core, tail, previous, next).or_else(dotted).map(|(words, never_ends)| (words.to_owned(), never_ends))
}

/// Whether a word after a full stop may begin a sentence, unlike "CEO" or "NW".
fn begins_sentence(word: &str) -> bool {
    let word = bare(word);
    word.starts_with(|c: char| c.is_uppercase()) && (word.chars().any(char::is_lowercase) || ["A", "I"].contains(&word))
}

/// The words for a word between those `before` it and the `next`.
fn expand_word(core: &str, before: &[&str], next: &str, accent: Accent) -> Option<String> {
    let previous = before.last().copied().unwrap_or_default();
    if core == "degrees" && ["1", "-1", "−1"].contains(&previous) {
        return Some("degree".to_owned());
    }
    if core == "a" && is_one_of("= == ≠ < > ≤ ≥ + - − * / ± → ⇒ && ||", next) {
        return Some(LETTER_A.to_owned());
    }
    if core == "x" && [previous, next].iter().all(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
        return Some("by".to_owned());
    }
    if core.is_ascii() && core.bytes().all(|c| c.is_ascii_lowercase()) {
        return lower_acronym(core).or_else(|| roman(core, before, next));
    }
    let rules = [
        lower_acronym,
        address,
        per,
        version,
        compound_unit,
        formula,
        power,
        letter,
        millions,
        signed,
        ordinal_compound,
        over_letter,
        bearing,
        possessive,
    ];
    abbreviations::clipped(core)
        .map(str::to_owned)
        .or_else(|| date(core, accent))
        .or_else(|| timestamp(core, accent))
        .or_else(|| round_decimal(core, previous))
        .or_else(|| odds(core, before))
        .or_else(|| fraction(core, previous))
        .or_else(|| rules.iter().find_map(|rule| rule(core)))
        .or_else(|| dimensions(core, next))
        .or_else(|| money::cents(core, previous, next))
        .or_else(|| money::code_after(core, previous))
        .or_else(|| counted(core, previous, next))
        .or_else(|| day_before_hours(core, before, next))
        .or_else(|| military_hour(core, next))
        .or_else(|| code(core, before))
        .or_else(|| roman(core, before, next))
}

/// "$50/month" to "$50 a month".
fn per(core: &str) -> Option<String> {
    const TIMES: &str = "second minute hour day night week month year person";
    let (amount, time) = core.split_once('/').filter(|(_, time)| is_one_of(TIMES, time))?;
    let article = if time == "hour" { "an" } else { "a" };
    amount.ends_with(|c: char| c.is_ascii_digit() || c == 'k' || c == 'K').then(|| format!("{amount} {article} {time}"))
}

/// "'08" to "oh 8".
fn short_year(head: &str, core: &str) -> Option<String> {
    let year = core.strip_prefix('0').filter(|year| is_digits(year) && year.len() == 1 && *year != "0")?;
    ["'", "‘", "’"].contains(&head).then(|| format!("oh {year}"))
}

/// "A-level" to the name of the letter, not the article.
fn letter(core: &str) -> Option<String> {
    let rest = core.strip_prefix("A-").filter(|rest| rest.len() > 1 && rest.bytes().all(|c| c.is_ascii_lowercase()))?;
    Some(format!("{LETTER_A} {rest}"))
}

/// "10M" to "10 million".
fn millions(core: &str) -> Option<String> {
    let number = core.strip_suffix('M')?;
    let whole = number.starts_with(|c: char| c.is_ascii_digit()) && number.ends_with(|c: char| c.is_ascii_digit());
    (whole && number.bytes().all(|c| c.is_ascii_digit() || c == b'.' || c == b',')).then(|| format!("{number} million"))
}

/// "+100" to "plus 100", "-$50" to "minus $50". misaki reads a minus before a number.
fn signed(core: &str) -> Option<String> {
    let (number, sign) = match core.strip_prefix('+') {
        Some(number) => (number, "plus"),
        None => (core.strip_prefix(['-', '−']).filter(|sum| sum.starts_with(|c| CURRENCIES.contains(c)))?, "minus"),
    };
    let sum = number.trim_start_matches(|c| CURRENCIES.contains(c));
    sum.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("{sign} {number}"))
}

/// "the 1990's" to "1990s", "2024's" to "2024s", which `English::correct` reads.
fn possessive(core: &str) -> Option<String> {
    let number = core.strip_suffix("'s").or_else(|| core.strip_suffix("’s")).filter(|number| is_digits(number))?;
    Some(format!("{number}s"))
}

/// "1st-born" to "1st born".
fn ordinal_compound(core: &str) -> Option<String> {
    let (number, rest) = core.split_once('-')?;
    let digits = ["st", "nd", "rd", "th"].into_iter().find_map(|ending| number.strip_suffix(ending))?;
    (is_digits(digits) && rest.starts_with(char::is_alphabetic)).then(|| format!("{number} {rest}"))
}

/// "has 1950 members" to "has 1,950 members"; misaki reads four digits as a year.
fn counted(core: &str, previous: &str, next: &str) -> Option<String> {
    const COUNTING: &str = "about almost are around bought contains counted employs had has have held just lost made nearly needs \
        only over planted roughly some sold were";
    // What a year has: "over 2023 results".
    const OF_YEARS: &str =
        "data elections events figures games levels models prices rates results rules sales standards";
    let year = core.len() == 4 && is_digits(core) && !core.starts_with('0') && !core.ends_with("00");
    let counts = year && is_one_of(COUNTING, &previous.to_lowercase()) && is_plural(next);
    let counts = counts && !is_one_of(OF_YEARS, bare(next));
    counts.then(|| format!("{},{}", &core[..1], &core[1..]))
}

/// Whether a word looks like a noun in the plural, which a number before it counts.
pub fn is_plural(word: &str) -> bool {
    const WITHOUT_S: &str = "children men people women";
    const NO_NOUNS: &str = "always as does goes has his hers its ours perhaps plus says this thus us was yes";
    let word = bare(word);
    let ends = word.len() > 2 && word.ends_with('s') && !word.ends_with("ss");
    is_one_of(WITHOUT_S, word) || ends && word.bytes().all(|c| c.is_ascii_lowercase()) && !is_one_of(NO_NOUNS, word)
}

/// "Sat 9" to "Saturday", not at the beginning, where it may be the verb.
fn day_before_hours(core: &str, before: &[&str], next: &str) -> Option<String> {
    let hours = next.starts_with(|c: char| c.is_ascii_digit()) && !before.is_empty();
    weekday(core).filter(|_| hours).map(str::to_owned)
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
pub fn bare(word: &str) -> &str {
    word.trim_end_matches(|c| AFTER.contains(c))
}

pub fn is_one_of(words: &str, wanted: &str) -> bool {
    words.split_whitespace().any(|word| word == wanted)
}

pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// The name of the letter, where misaki would read the article.
pub const LETTER_A: &str = "[A](/ˈA/)";

/// The characters of a text with spaces between them.
pub fn spaced(text: &str) -> String {
    text.chars().map(|c| if c == 'A' { LETTER_A.to_owned() } else { c.into() }).collect::<Vec<_>>().join(" ")
}

/// Expands the ranges in a line, so that the unit after one belongs to its second number: "5–10 kg" to "5 to 10 kg".
fn ranges(line: &str) -> String {
    let mut previous = "";
    let mut out: Vec<String> = Vec::new();
    let mut words = line.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let core = word.trim_start_matches(|c| BEFORE.contains(c));
        let (head, core) = (&word[..word.len() - core.len()], bare(core));
        // `month_and_day` reads "July 4–6".
        let skipped = month_name(previous.trim_end_matches('.')).is_some() || telephone(&[core]).is_some();
        let expanded = money::range(core).or_else(|| range(core, previous)).filter(|_| !skipped);
        out.push(match expanded {
            Some(expanded) => {
                let tail = &word[head.len() + core.len()..];
                // The full stop of "Nov.–Mar. each year" belongs to the month.
                let goes_on = words.peek().is_some_and(|next| next.starts_with(char::is_lowercase));
                let stop = goes_on && core.contains(".–") | core.contains(".-") && tail.starts_with('.');
                [head, &expanded, &tail[usize::from(stop)..]].concat()
            }
            None => word.to_owned(),
        });
        previous = word;
    }
    out.join(" ")
}

/// "3–5" to "3 to 5", "Monday–Friday" to "Monday to Friday". A hyphen may also join a score or a name, so with it the
/// second number must be the larger and no name be before it ("Boeing 737-800").
fn range(core: &str, previous: &str) -> Option<String> {
    let named = previous.starts_with(|c: char| c.is_uppercase()) && !is_one_of(PARTS, &previous.to_lowercase());
    // A ratio, "1:4", or a verse, "John 3:5". Times have two digits.
    if let Some((from, to)) =
        core.split_once(':').filter(|(from, to)| is_digits(from) && is_digits(to) && to.len() == 1)
    {
        return Some(if named { format!("{from} {to}") } else { format!("{from} to {to}") });
    }
    // The shop and the date.
    if ["7-11", "9-11"].contains(&core) {
        return None;
    }
    let (from, to) = core.split_once('–').or_else(|| core.split_once('-'))?;
    if let (Some(from), Some(to)) = (calendar(from), calendar(to)) {
        return Some(format!("{from} to {to}"));
    }
    let dash = core.contains('–');
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    if dash
        && letter(from.chars().next_back())
        && letter(to.chars().next())
        && !from.contains(|c: char| c.is_ascii_digit())
    {
        return Some(core.replace('–', "-"));
    }
    let split = |text| str::split_at(text, number_length(text));
    let ((low, unit), (high, end)) = (split(from), split(to));
    let same = unit.is_empty() || ["%", "am", "pm"].contains(&unit) || unit == end;
    if low.is_empty() || high.is_empty() || !same || end.contains('-') {
        return None;
    }
    let value = |text: &str| text.replace(',', "").parse::<f64>().ok();
    let ascends = !low.starts_with('0') && value(low)? < value(high)? && !is_digits(end);
    // "123-4567" after an area code
    let telephone = (low.len(), high.len()) == (3, 4) && !(low.ends_with('0') && high.ends_with('0'));
    (dash || !unit.is_empty() || ascends && !named && !telephone).then(|| format!("{from} to {to}"))
}

/// Words before a range of numbers, which may begin a sentence.
const PARTS: &str = "about aged ages between chapters days figs figures for from grades in levels lines of only page pages \
    roughly rows sections some steps tables the verses weeks years";

/// The name of a day of the week or of a month, which may be abbreviated.
fn calendar(word: &str) -> Option<&'static str> {
    let word = word.trim_end_matches('.');
    weekday(word).or_else(|| month_name(word))
}

/// The name of a day of the week, which may be abbreviated.
fn weekday(word: &str) -> Option<&'static str> {
    const DAYS: [(&str, &str); 7] = [
        ("Monday", "Mon"),
        ("Tuesday", "Tue Tues"),
        ("Wednesday", "Wed Weds"),
        ("Thursday", "Thu Thur Thurs"),
        ("Friday", "Fri"),
        ("Saturday", "Sat"),
        ("Sunday", "Sun"),
    ];
    DAYS.into_iter().find(|(day, short)| *day == word || is_one_of(short, word)).map(|(day, _)| day)
}

/// The length of the number at the start of a text, with commas and a decimal point.
pub fn number_length(text: &str) -> usize {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    text[..digits].trim_end_matches(['.', ',']).len()
}
