//! Expands words that misaki reads wrongly, by the rules of the modules of each kind; here are magnitudes and
//! abbreviations that are also words.
//!
//! Plain numbers are left as digits; misaki reads them.

use super::abbreviations;
use super::accent::Accent;
use super::acronyms::lower_acronym;
use super::address::address;
use super::british::{self, postcode, road};
use super::codes::{code, flight, military_hour, round_decimal, telephone, version};
use super::dates::{self, date, day_before_date, day_of_month, month_and_day, timestamp, weekday_in_context};
use super::durations::duration;
use super::formulas::formula as formula_with_power;
use super::letters;
use super::maths::{formula, fraction, odds, over_letter, power, rating};
use super::money::{self, foreign};
use super::normalize::MAX_RUN;
use super::ranges::ranges;
use super::roman::{bracketed, roman};
use super::street::{house_number, street};
use super::symbols::CURRENCIES;
use super::units::{bearing, compound_unit, dimensions, measure};

/// Punctuation before a word.
pub const BEFORE: &str = "([{“\"'‘";
/// Punctuation after a word.
const AFTER: &str = ".,;:!?…)]}”\"'’";

/// Faces of punctuation, which are not spoken.
const EMOTICONS: &str = ":) :-) ;) ;-) :( :-( :D :-D ;D =D =) =( :P :-P ;P :p :/ :-/ :| :'( :’( :') :’) :o :O :3 XD xD ^_^ ^^ -_- >_< T_T o_O \
    :* <\\3 :] (: (; ):";

/// The marks of a sentence after a face, if a word is one.
fn without_face(word: &str) -> Option<&str> {
    // Nearly all words.
    if matches!(word.as_bytes(), [first, second, _, ..] if first.is_ascii_alphanumeric() && second.is_ascii_alphanumeric())
    {
        return None;
    }
    let face = word.trim_end_matches(['.', ',', '!', '?']);
    let is_face = |face: &str| face.len() > 1 && is_one_of(EMOTICONS, face);
    (is_face(word) || is_face(face)).then(|| if is_face(word) { "" } else { &word[face.len()..] })
}

/// "love" for "<3" after "I", else "heart", but not where it may be a comparison: "x <3".
fn heart(core: &str, previous: &str, next: &str) -> Option<&'static str> {
    if core != "<3" {
        return None;
    }
    let person = is_one_of("I We we You you They they", previous);
    let ends = next.is_empty() || next.starts_with(|c: char| c.is_uppercase() || ":<".contains(c));
    let compared = bare(previous).len() < 2 || previous.ends_with(|c: char| c.is_ascii_digit());
    match person && !next.is_empty() {
        true => Some("love"),
        false => (ends && !compared).then_some("heart"),
    }
}

/// Expands such words in a line.
pub fn expand(line: &str, accent: Accent) -> String {
    let line = ranges(&bracketed(line), accent);
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let previous = at.checked_sub(1).map_or("", |at| words[at]);
        if let Some((expanded, taken)) =
            telephone(&words[at..]).or_else(|| month_and_day(&words[at..], previous)).or_else(|| postcode(&words[at..]))
        {
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
        let marks = word.len() - word.trim_start_matches(|c| BEFORE.contains(c)).len();
        let core = bare(&word[marks..]);
        // The first bracket of "(NH4)2SO4" is its own.
        let own = word[..marks].ends_with('(') && core.contains(')') && !core.contains('(');
        let (head, rest) = word.split_at(marks - usize::from(own));
        let core = bare(rest);
        let tail = &word[head.len() + core.len()..];
        let next = &words[at + 1..];
        if word == "per" && numbered(previous) && next.first().is_some_and(|next| bare(next) == "cent") {
            out.push(format!("percent{}", &next[0]["cent".len()..]));
            at += 2;
            continue;
        }
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
            None => {
                let before = &words[..at];
                let expanded = house_number(core, next)
                    .or_else(|| british::time(core, tail, before, next, accent))
                    .or_else(|| dates::name(core, tail, before, following, accent))
                    .or_else(|| day_of_month(core, previous, if tail.is_empty() { following } else { "" }, accent))
                    .or_else(|| rating(core, before, if tail.is_empty() { following } else { "" }))
                    .or_else(|| letters::name(head, core, tail, before, next))
                    .or_else(|| expand_word(core, tail, before, next, accent));
                (expanded, tail)
            }
        };
        out.push(expanded.map_or_else(|| word.to_owned(), |expanded| [head, &expanded, tail].concat()));
        at += 1;
    }
    out.join(" ")
}

fn numbered(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// The words for an abbreviation, and whether its full stop never ends a sentence.
fn abbreviation(core: &str, tail: &str, previous: &str, next: &[&str]) -> Option<(String, bool)> {
    let following = next.first().copied().unwrap_or_default();
    let dotted = || abbreviations::in_place(core, previous, following).filter(|_| tail.starts_with('.'));
    street(core, tail, previous, next).or_else(dotted).map(|(words, never_ends)| (words.to_owned(), never_ends))
}

/// Whether a word after a full stop may begin a sentence, unlike "CEO" or "NW".
pub fn begins_sentence(word: &str) -> bool {
    let word = bare(word);
    !is_one_of("Inc LLC Ltd Plc", word)
        && word.starts_with(|c: char| c.is_uppercase())
        && (word.chars().any(char::is_lowercase) || ["A", "I"].contains(&word))
}

/// The words for a word between those `before` it and the `next`; `tail` is the punctuation after it.
fn expand_word(core: &str, tail: &str, before: &[&str], following: &[&str], accent: Accent) -> Option<String> {
    let previous = before.last().copied().unwrap_or_default();
    let next = following.first().copied().unwrap_or_default();
    if core == "degrees" && ["1", "-1", "−1"].contains(&previous) {
        return Some("degree".to_owned());
    }
    if core == "a" && is_one_of("= == ≠ < > ≤ ≥ + - − * / ± → ⇒ && ||", next) {
        return Some(LETTER_A.to_owned());
    }
    if core == "x"
        && numbered(next)
        && (numbered(previous.trim_start_matches('(')) || is_one_of("feet inches foot inch", previous))
    {
        return Some("by".to_owned());
    }
    // "at No 10", but "No 10 people"
    let ranked = "a at by from her his in into its number of the their to";
    if core == "No" && is_one_of(ranked, &previous.to_lowercase()) && is_digits(bare(next)) {
        return Some("number".to_owned());
    }
    // "the Rt Hon Jane Smith"
    if core == "Rt" && is_one_of("Hon Rev", bare(next)) {
        return Some("Right".to_owned());
    }
    if core == "Hon" && is_one_of("Rt Rt. the The", previous) && next.starts_with(char::is_uppercase) {
        return Some("Honorable".to_owned());
    }
    if core.is_ascii() && core.bytes().all(|c| c.is_ascii_lowercase()) {
        return lower_acronym(core).or_else(|| roman(core, tail, before, next));
    }
    let rules = [
        lower_acronym,
        address,
        per,
        version,
        compound_unit,
        formula,
        power,
        millions,
        signed,
        ordinal_compound,
        over_letter,
        bearing,
        possessive,
    ];
    abbreviations::clipped(core)
        .map(str::to_owned)
        .or_else(|| road(core, accent))
        .or_else(|| flight(core, before))
        .or_else(|| date(core, accent))
        .or_else(|| timestamp(core, accent))
        .or_else(|| round_decimal(core, previous))
        .or_else(|| odds(core, before))
        .or_else(|| fraction(core, previous, next == "of"))
        .or_else(|| rules.iter().find_map(|rule| rule(core)))
        .or_else(|| dimensions(core, next))
        .or_else(|| money::cents(core, previous, next))
        .or_else(|| money::code_after(core, previous))
        .or_else(|| counted(core, previous, next))
        .or_else(|| day_before_date(core, before, following))
        .or_else(|| weekday_in_context(core, tail, before, following))
        .or_else(|| military_hour(core, next))
        .or_else(|| code(core, before, following))
        .or_else(|| roman(core, tail, before, next))
}

/// "$50/month" to "$50 a month", "£14/hr" to "£14 an hour".
fn per(core: &str) -> Option<String> {
    const TIMES: &str = "second minute hour day night week month year person";
    const SHORT: [(&str, &str); 6] =
        [("hr", "hour"), ("min", "minute"), ("mo", "month"), ("mth", "month"), ("wk", "week"), ("yr", "year")];
    let (amount, time) = core.split_once('/')?;
    if amount.starts_with(|c| CURRENCIES.contains(c)) && amount.ends_with(|c: char| c.is_ascii_digit()) {
        // "$3/M tokens", "$0.25/1K calls"
        let scale = match time.trim_start_matches('1') {
            "K" | "k" => Some("thousand"),
            "M" => Some("million"),
            _ => None,
        };
        if let Some(scale) = scale {
            return Some(format!("{amount} per {scale}"));
        }
    }
    let short = SHORT.into_iter().find(|(short, _)| *short == time).map(|(_, time)| time);
    // "£3/kg"
    let priced = || abbreviations::unit(time, true).filter(|_| amount.starts_with(|c| CURRENCIES.contains(c)));
    let time = short.or(Some(time).filter(|time| is_one_of(TIMES, time))).or_else(priced)?;
    let article = if time == "hour" || time == "ounce" { "an" } else { "a" };
    amount.ends_with(|c: char| c.is_ascii_digit() || c == 'k' || c == 'K').then(|| format!("{amount} {article} {time}"))
}

/// "'08" to "oh 8".
fn short_year(head: &str, core: &str) -> Option<String> {
    let year = core.strip_prefix('0').filter(|year| is_digits(year) && year.len() == 1 && *year != "0")?;
    ["'", "‘", "’"].contains(&head).then(|| format!("oh {year}"))
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

/// "1st-born" to "1st born", "mid-19th-century" to "mid 19th century".
fn ordinal_compound(core: &str) -> Option<String> {
    let parted = core.split_once('-').filter(|(part, _)| is_one_of("early Early late Late mid Mid", part));
    let (part, rest) = parted.unwrap_or(("", core));
    let (number, noun) = rest.split_once('-').unwrap_or((rest, ""));
    let joined = if noun.is_empty() { !part.is_empty() } else { noun.starts_with(char::is_alphabetic) };
    (joined && is_ordinal(number)).then(|| format!("{part} {number} {noun}").trim().to_owned())
}

/// Whether a word is a number with the ending of its order: "19th".
fn is_ordinal(word: &str) -> bool {
    ["st", "nd", "rd", "th"].into_iter().find_map(|ending| word.strip_suffix(ending)).is_some_and(is_digits)
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

/// Whether a list of words with a space between them has a word.
pub fn is_one_of(words: &str, wanted: &str) -> bool {
    // Bytes, because this is asked several times about every word of a text.
    let wanted = wanted.as_bytes();
    !wanted.is_empty() && words.as_bytes().split(|byte| *byte == b' ').any(|word| word == wanted)
}

pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// The name of the letter, where misaki would read the article.
pub const LETTER_A: &str = "[A](/ˈA/)";

/// The characters of a text with spaces between them, as letters and digits are said.
pub fn spaced(text: &str) -> String {
    crate::written::numbers::spaced(text).replace('A', LETTER_A)
}

/// The length of the number at the start of a text, with commas and a decimal point.
pub fn number_length(text: &str) -> usize {
    // This is asked at every digit of a run, which may be as long as a text.
    let digits = text.bytes().take(MAX_RUN).take_while(|c| c.is_ascii_digit() || b".,".contains(c)).count();
    text[..digits].trim_end_matches(['.', ',']).len()
}
