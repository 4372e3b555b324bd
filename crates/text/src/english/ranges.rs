//! Ranges of numbers, days and months: "3–5", "Monday–Friday".

use super::accent::Accent;
use super::british;
use super::codes::{book, telephone};
use super::dates::{calendar, month_name};
use super::money;
use super::numbers::{BEFORE, bare, is_digits, is_one_of, is_plural, number_length};
use super::symbols::CURRENCIES;
use crate::written::numbers::is_sum;

/// Expands the ranges in a line, so that the unit after one belongs to its second number: "5–10 kg" to "5 to 10 kg".
pub fn ranges(line: &str, accent: Accent) -> String {
    let mut previous = "";
    let mut out: Vec<String> = Vec::new();
    let words: Vec<&str> = line.split_whitespace().collect();
    for (at, &word) in words.iter().enumerate() {
        // "May 5 - 10" as "May 5–10", which `month_and_day` reads.
        if let Some(last) = out.last_mut().filter(|_| between_days(&words, at)) {
            last.push('–');
            continue;
        }
        if let Some(last) = out.last_mut().filter(|_| at > 0 && between_days(&words, at - 1)) {
            last.push_str(word);
            previous = word;
            continue;
        }
        if let Some(joint) = between(&words, at) {
            out.push(joint.to_owned());
            continue;
        }
        let core = word.trim_start_matches(|c| BEFORE.contains(c));
        let (head, core) = (&word[..word.len() - core.len()], bare(core));
        // `month_and_day` reads "July 4–6".
        let skipped = || {
            month_name(previous.trim_end_matches('.')).is_some()
                || telephone(&[core]).is_some()
                || book(core, &words[..at]).is_some()
        };
        let expanded = money::range(core)
            .or_else(|| british::score(core, previous, line, accent))
            .or_else(|| life(core, head))
            .or_else(|| from_zero(core, words.get(at + 1).copied().unwrap_or_default()))
            .or_else(|| range(core, previous).filter(|_| !is_set(&words, at)))
            .filter(|_| !skipped());
        out.push(match expanded {
            Some(expanded) => {
                let tail = &word[head.len() + core.len()..];
                // The full stop of "Nov.–Mar. each year" belongs to the month.
                let goes_on = words.get(at + 1).is_some_and(|next| next.starts_with(char::is_lowercase));
                let stop = goes_on && core.contains(".–") | core.contains(".-") && tail.starts_with('.');
                [head, &expanded, &tail[usize::from(stop)..]].concat()
            }
            None => word.to_owned(),
        });
        previous = word;
    }
    out.join(" ")
}

/// Words before a number that is that of a part.
const LABELS: &str = "Chapter Day Episode Lesson Level Part Round Season Stage Step Unit Week";
/// The words of the sums that are looked at around a sign.
const NEAR: usize = 8;

/// Whether a word is a dash alone between two days of a month.
fn between_days(words: &[&str], at: usize) -> bool {
    let [Some(month), Some(first), Some(last)] =
        [at.checked_sub(2), at.checked_sub(1), Some(at + 1)].map(|at| words.get(at?).copied())
    else {
        return false;
    };
    let day = |word: &str| word.parse::<u32>().ok().filter(|day| is_digits(word) && (1..32).contains(day));
    let ascends = || day(first).is_some_and(|first| day(bare(last)).is_some_and(|last| first < last));
    // "In May 5 - 10 people came"
    let counts = || bare(last) == last && words.get(at + 2).is_some_and(|next| is_plural(next));
    ["-", "–"].contains(&words[at]) && month_name(month.trim_end_matches('.')).is_some() && ascends() && !counts()
}

/// The word for a dash between two numbers that stands alone: "5 - 10 km" is a range, "7 - 4 = 3" a difference. Beside a name are
/// results and titles, "Chelsea 1 - 3", "Chapter 5 - 10 ways to write".
fn between(words: &[&str], at: usize) -> Option<&'static str> {
    if !["-", "–"].contains(&words[at]) {
        return None;
    }
    let number = |word: &str| {
        let number = word.trim_start_matches(|c| BEFORE.contains(c) || CURRENCIES.contains(c));
        let (number, unit) = number.split_at(number_length(number));
        (number.replace(',', ""), unit.to_owned())
    };
    let (low, unit) = number(words.get(at.checked_sub(1)?)?);
    let (high, _) = number(words.get(at + 1)?);
    let (from, to): (f64, f64) = (low.parse().ok()?, high.parse().ok()?);
    let (before, after) = (words[at.saturating_sub(NEAR)..at].join(" "), &words[at + 1..words.len().min(at + NEAR)]);
    if unit.is_empty() && is_sum(&before, &after.join(" ")) {
        return Some("minus");
    }
    // A verb may begin a sentence: "Add 5 - 10 drops".
    let begins = at == 2 || at > 2 && words[at - 3].ends_with(['.', '!', '?', ':']);
    let name_follows = words.get(at + 2).is_some_and(|next| next.starts_with(char::is_uppercase));
    let goes_on = at > 1 && bare(words[at - 2]) == words[at - 2];
    let named = goes_on && is_name(words[at - 2]) && (!begins || name_follows || is_one_of(LABELS, words[at - 2]));
    let telephone = (low.len(), high.len()) == (3, 4) && !(low.ends_with('0') && high.ends_with('0'));
    (from < to && !named && !telephone && (unit.is_empty() || unit == "%")).then_some("to")
}

/// The sets of a match at most.
const MOST_SETS: usize = 5;

/// Whether a word is a set of tennis in a result, "6-4, 3-6, 7-5": the words beside it with numbers are sets too, and one of
/// them falls, or they may be hours.
fn is_set(words: &[&str], at: usize) -> bool {
    let games = |word: &&str| {
        let (first, second) = bare(word.trim_start_matches('(')).split_once('-')?;
        Some((first.parse::<u8>().ok()?, second.parse::<u8>().ok()?))
    };
    let before = words[..at].iter().rev().take(MOST_SETS).map_while(games);
    let sets: Vec<(u8, u8)> = before.chain(words[at..].iter().take(MOST_SETS).map_while(games)).collect();
    let set = |&(first, second): &(u8, u8)| match (first.max(second), first.min(second)) {
        (6, lost) => lost < 5,
        (won, lost) => won == 7 && matches!(lost, 5 | 6),
    };
    sets.len() > 1 && sets.iter().all(set) && sets.iter().any(|(first, second)| first > second)
}

/// Whether a word before a number may be a name.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_uppercase()) && !is_one_of(PARTS, &bare(word).to_lowercase())
}

/// The years of a life or a reign in brackets: "Jane Austen (1775-1817)".
fn life(core: &str, head: &str) -> Option<String> {
    let (from, to) = core.split_once('-')?;
    let year = |text: &str| text.len() == 4 && is_digits(text);
    (head.ends_with('(') && year(from) && year(to) && from < to).then(|| format!("{from} to {to}"))
}

/// A range that begins at zero, which a unit tells from a score: "0-60 mph".
fn from_zero(core: &str, next: &str) -> Option<String> {
    const UNITS: &str =
        "mph kph kmh km/h km kg cm mm ml mg Hz kHz psi bpm ft lbs degrees hours hrs mins minutes secs seconds miles";
    let to = core.strip_prefix("0-").filter(|to| is_digits(to) && !to.starts_with('0'))?;
    is_one_of(UNITS, bare(next)).then(|| format!("0 to {to}"))
}

/// "3–5" to "3 to 5", "Monday–Friday" to "Monday to Friday". A hyphen may also join a score or a name, so with it the
/// second number must be the larger and no name be before it ("Boeing 737-800").
fn range(core: &str, previous: &str) -> Option<String> {
    let named = is_name(previous);
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
    // Neither scores nor names have "0.80-0.94".
    let decimal = low.contains('.') && high.contains('.');
    // "ages 0-3", but not the score.
    let zero = low.starts_with('0') && !decimal && !(low == "0" && is_one_of(PARTS, &previous.to_lowercase()));
    let ascends = !zero && value(low)? < value(high)? && !is_digits(end);
    // "123-4567" after an area code
    let telephone = (low.len(), high.len()) == (3, 4) && !(low.ends_with('0') && high.ends_with('0'));
    let hours = ["am", "pm"].contains(&end);
    (dash || !unit.is_empty() || hours || ascends && (decimal || !named) && !telephone)
        .then(|| format!("{from} to {to}"))
}

/// Words before a range of numbers, which may begin a sentence.
const PARTS: &str = "about aged ages articles between chapters days exercises figs figures for from grades in items lessons levels lines \
    makes of only page pages players problems questions roughly rows schedules sections serves some steps tables the verses volumes weeks \
    years yield yields";
