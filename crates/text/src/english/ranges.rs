//! Ranges of numbers, days and months: "3–5", "Monday–Friday".

use super::accent::Accent;
use super::british;
use super::codes::telephone;
use super::dates::{calendar, month_name};
use super::money;
use super::numbers::{BEFORE, bare, is_digits, is_one_of, number_length};

/// Expands the ranges in a line, so that the unit after one belongs to its second number: "5–10 kg" to "5 to 10 kg".
pub fn ranges(line: &str, accent: Accent) -> String {
    let mut previous = "";
    let mut out: Vec<String> = Vec::new();
    let mut words = line.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let core = word.trim_start_matches(|c| BEFORE.contains(c));
        let (head, core) = (&word[..word.len() - core.len()], bare(core));
        // `month_and_day` reads "July 4–6".
        let skipped = || month_name(previous.trim_end_matches('.')).is_some() || telephone(&[core]).is_some();
        let expanded = money::range(core)
            .or_else(|| british::score(core, previous, line, accent))
            .or_else(|| range(core, previous))
            .filter(|_| !skipped());
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
    // "ages 0-3", but not the score.
    let zero = low.starts_with('0') && !(low == "0" && is_one_of(PARTS, &previous.to_lowercase()));
    let ascends = !zero && value(low)? < value(high)? && !is_digits(end);
    // "123-4567" after an area code
    let telephone = (low.len(), high.len()) == (3, 4) && !(low.ends_with('0') && high.ends_with('0'));
    let hours = ["am", "pm"].contains(&end);
    (dash || !unit.is_empty() || hours || ascends && !named && !telephone).then(|| format!("{from} to {to}"))
}

/// Words before a range of numbers, which may begin a sentence.
const PARTS: &str = "about aged ages between chapters days figs figures for from grades in levels lines of only page pages \
    roughly rows sections some steps tables the verses weeks years";
