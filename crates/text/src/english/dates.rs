//! Dates in digits, `2026-11-25`, and `11/25/2026` in the order of the accent, and days beside the names of months.

use super::abbreviations::words;
use super::accent::Accent;
use super::numbers::{bare, begins_sentence, is_digits, is_one_of, is_plural, ordinal};
use crate::language::Language;
use crate::ssml::month;

/// The words of a date; the year stays in digits, which misaki reads as a year.
pub fn date(core: &str, accent: Accent) -> Option<String> {
    let separator = core.chars().find(|c| !c.is_ascii_digit()).filter(|c| "-/.".contains(*c))?;
    let [first, second, third] = core.split(separator).collect::<Vec<_>>()[..] else { return None };
    let (year, month_text, day) = match (first.len(), second.len(), third.len(), separator) {
        (4, 1..=2, 1..=2, '-' | '/') => (first, second, third),
        (1..=2, 1..=2, 4, '-' | '/' | '.') | (1..=2, 1..=2, 2, '/') => {
            // A number above 12 is the day, in either accent.
            let (month_first, above) =
                (accent == Accent::American && separator != '.', |text: &str| number(text) > Some(12));
            match month_first && !above(first) || above(second) {
                true => (third, first, second),
                false => (third, second, first),
            }
        }
        _ => return None,
    };
    let year = match year.len() {
        2 => number(year).map(|year| if year < 50 { 2000 + year } else { 1900 + year })?,
        _ => number(year).filter(|year| (1000..2100).contains(year))?,
    };
    let day = number(day)?;
    let name = month(number(month_text)?, Language::AmericanEnglish)?;
    if !(1..=31).contains(&day) {
        return None;
    }
    Some(match accent {
        Accent::American => format!("{name} {}, {year}", ordinal(day)),
        Accent::British => format!("the {} of {name} {year}", ordinal(day)),
    })
}

/// "3/7" after "on" or a day of the week, in the order of the accent. "1/2" is a half anyway, and some are names.
pub fn day_of_month(core: &str, previous: &str, next: &str, accent: Accent) -> Option<String> {
    const NAMES: [&str; 3] = ["9/11", "7/11", "24/7"];
    const UNITS: &str = "acre cup foot inch kilometer litre liter mile ounce pint pound teaspoon yard";
    let (first, second) = core.split_once('/')?;
    let (a, b) = (number(first)?, number(second)?);
    let dated = is_one_of("dated on since till until", &previous.to_lowercase()) || weekday(bare(previous)).is_some();
    if !dated || a < b && b < 5 || next == "of" || NAMES.contains(&core) {
        return None;
    }
    // Parts: "on 9/10 occasions", "on 3/8 inch rods".
    if is_plural(next) || is_one_of(UNITS, bare(next)) {
        return None;
    }
    let (number, day) = if (accent == Accent::American || b > 12) && a <= 12 { (a, b) } else { (b, a) };
    let name = month(number, Language::AmericanEnglish).filter(|_| (1..=31).contains(&day))?;
    Some(match accent {
        Accent::American => format!("{name} {}", ordinal(day)),
        Accent::British => format!("the {} of {name}", ordinal(day)),
    })
}

/// A date and a time as programs write them: "2026-11-25T14:30:00Z". The clock stays in digits, and parts of a second are left
/// out.
pub fn timestamp(core: &str, accent: Accent) -> Option<String> {
    let (day, time) = core.split_once('T')?;
    let day = date(day, accent).filter(|_| day.contains('-'))?;
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let clock = clock.split('.').next().unwrap_or(clock);
    let parts: Vec<&str> = clock.split(':').collect();
    let timed = parts.len() > 1 && parts.len() < 4 && parts.iter().all(|part| part.len() == 2 && is_digits(part));
    let zone = match zone.split_at_checked(1) {
        None | Some(("Z", "")) => if zone.is_empty() { "" } else { " U T C" }.to_owned(),
        Some((sign, hours)) => {
            let (hours, minutes) = hours.split_once(':').unwrap_or((hours, "00"));
            let hours = number(hours).filter(|hours| *hours < 24)?;
            let minutes = if number(minutes)? == 0 { String::new() } else { format!(" {minutes}") };
            format!(" {} {hours}{minutes}", if sign == "+" { "plus" } else { "minus" })
        }
    };
    timed.then(|| format!("{day}, {clock}{zone}"))
}

/// A month with a day or a year at the start of `words`: "Jan. 5" to "January 5th", "July 4–6" to "July 4th to 6th",
/// "11 November" to "the 11th of November", "Aug. 1931" to "August 1931". Returns the words, with the punctuation around
/// them, and the number of words that they replace.
pub fn month_and_day(words: &[&str], previous: &str) -> Option<(String, usize)> {
    let [first, second, rest @ ..] = words else { return None };
    let name = first.trim_start_matches(['(', '“', '"']);
    let head = &first[..first.len() - name.len()];
    let core = bare(second);
    let tail = &second[core.len()..];
    if let Some(name) = month_name(name.strip_suffix('.').unwrap_or(name)) {
        let next = rest.first().copied().unwrap_or_default();
        if tail.is_empty() && is_digits(core) && (counts(previous, next) || is_verb(first, previous, next)) {
            return None;
        }
        let abbreviated_year = first.ends_with('.') && core.len() == 4 && is_digits(core);
        let day = if abbreviated_year { core.to_owned() } else { days(core)? };
        return Some((format!("{head}{name} {day}{tail}"), 2));
    }
    let (day, name) = (days(name)?, month_name(core)?);
    let article = if previous.eq_ignore_ascii_case("the") { "" } else { "the " };
    // The full stop of "5 Jan. 2020" belongs to the month.
    let stop = core.len() < name.len() && rest.first().is_some_and(|next| !next.starts_with(char::is_uppercase));
    let tail = if stop { tail.strip_prefix('.').unwrap_or(tail) } else { tail };
    Some((format!("{head}{article}{day} of {name}{tail}"), 2))
}

/// Whether a number after a month counts the `next` word: "In March 3 people died", "By June 12 villages had no water".
/// A day would have "on" before the month.
fn counts(previous: &str, next: &str) -> bool {
    let previous = previous.to_lowercase();
    previous == "in" && next.starts_with(|c: char| c.is_ascii_lowercase())
        || is_one_of("after before by since until", &previous) && is_plural(next)
}

/// Whether the name of a month that begins a sentence is another word, which the counted `next` follows: "Mar 5 lines",
/// "May 5 people enter?"
fn is_verb(month: &str, previous: &str, next: &str) -> bool {
    // What takes place on a day: "March 3 elections were quiet."
    const OF_DAYS: &str = "attacks data elections events games matches polls primaries protests results talks voters";
    let begins = previous.is_empty() || previous.ends_with(['.', '!', '?', ':']);
    begins && is_one_of("Mar March May", month) && is_plural(next) && !is_one_of(OF_DAYS, bare(next))
}

/// The name Jan, where no month can be meant: "Jan saw it", but "in Jan", "Jan 5" and "Dec and Jan".
pub fn name(core: &str, tail: &str, before: &[&str], next: &str, accent: Accent) -> Option<String> {
    const BEFORE_MONTHS: &str = "by during each early every for from in last late mid next of since this till to until";
    if core != "Jan" {
        return None;
    }
    let mut earlier = before.iter().rev().map(|word| bare(word));
    let previous = earlier.next().unwrap_or_default();
    let begins = before.last().is_none_or(|word| word.ends_with(['.', '!', '?']));
    let joined =
        ["and", "or", "to"].contains(&previous) && earlier.next().is_some_and(|word| month_name(word).is_some());
    let counted = |word: &str| word.contains(|c: char| c.is_ascii_digit()) || month_name(bare(word)).is_some();
    let dated = joined || counted(previous) || is_one_of(BEFORE_MONTHS, &previous.to_lowercase());
    let month = dated && !begins || counted(next);
    // The full stop of "Jan. was cold" is that of an abbreviation.
    let stop = tail.starts_with('.') && !next.is_empty() && !begins_sentence(next);
    let alone = before.is_empty() && next.is_empty();
    let phonemes = if accent == Accent::American { "ʤˈæn" } else { "ʤˈan" };
    (!month && !stop && !alone).then(|| format!("[Jan](/{phonemes}/)"))
}

/// The day of the week before a date or a time: "Sat 9pm" is on Saturday, but "she Sat 9 minutes" is the verb.
pub fn day_before_date(core: &str, before: &[&str], next: &[&str]) -> Option<String> {
    const HALVES: &str = "am pm a.m p.m AM PM A.M P.M o'clock noon";
    let day = weekday(core)?;
    let word = |at: usize| next.get(at).copied().unwrap_or_default();
    let (first, second) = (bare(word(0)), bare(word(1)));
    if !first.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = first.trim_end_matches(|c: char| !c.is_ascii_digit());
    let ending = &first[digits.len()..];
    let range = second == "to" && word(2).starts_with(|c: char| c.is_ascii_digit());
    let dated = first.contains([':', '/', '-', '–'])
        || is_one_of("am pm AM PM a.m p.m st nd rd th", ending)
        || first.split_once('.').is_some_and(|(_, minutes)| minutes.len() == 2)
        || is_one_of(HALVES, second)
        || month_name(second).is_some()
        || range;
    // "Sun", "Sat" and "Wed" are words too; "Mon 5 people came" is none of them.
    let is_word = is_one_of("Sat Sun Wed", core);
    let previous = before.last().copied().unwrap_or_default().to_lowercase();
    let day_of_month = number(first).is_some_and(|day| (1..=31).contains(&day));
    let ends = word(0) != first || word(1).is_empty() || second == "at";
    let expected = is_one_of("and by every from last next on or since this till to until", &previous);
    let likely = day_of_month && (ends || expected) && previous != "the";
    // In the middle of a sentence the verbs are in lower case.
    let verb = core == "Sun" || is_plural(second);
    (dated || !before.is_empty() && (!is_word || !verb || likely)).then(|| day.to_owned())
}

/// The day of the week without a date, where the words beside it tell that it is one: "by Fri", "Mon, Wed and Fri".
pub fn weekday_in_context(core: &str, tail: &str, before: &[&str], next: &[&str]) -> Option<String> {
    const AFTER: &str = "and at because but for from he I if in it or she so the they to we when with";
    // The others are words of `abbreviations`, which take their full stop along.
    let day = weekday(core).filter(|day| *day != core && words(core).is_none())?;
    let earlier = |count: usize| before.len().checked_sub(count).map_or("", |at| before[at]);
    let later = |at: usize| next.get(at).copied().unwrap_or_default();
    let previous = earlier(1);
    // "by Sun Microsystems", "the last Sun king"
    let ends = !tail.is_empty() || later(0).is_empty() || is_one_of(AFTER, later(0));
    let previous_lower = previous.to_lowercase();
    // "runs on Sun, HP", "bought by Sun"
    let expected = match is_one_of("Sat Sun Wed", core) {
        true => ends && is_one_of("every last next since till until", &previous_lower),
        false => {
            (ends || !later(0).starts_with(char::is_uppercase))
                && is_one_of("by every last next on since till until", &previous_lower)
        }
    };
    let joins = |word: &str| is_one_of("& and or to", word);
    // "On Friday, Sun announced" has no list.
    let is_short = |word: &str| {
        let word = bare(word.trim_start_matches('('));
        weekday(word).is_some_and(|day| day != word)
    };
    let listed = previous.ends_with(',') && is_short(previous)
        || joins(previous) && is_short(earlier(2)) && !earlier(3).eq_ignore_ascii_case("the")
        || tail == "," && is_short(later(0))
        || tail.is_empty() && joins(later(0)) && is_short(later(1));
    // "the Sun and Sat nav firms"
    let name = previous_lower == "the" || tail.is_empty() && later(0).starts_with(char::is_uppercase);
    (expected || listed && !name).then(|| day.to_owned())
}

/// The name of a day of the week or of a month, which may be abbreviated.
pub fn calendar(word: &str) -> Option<&'static str> {
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

/// "4th" for 4, "4th to 6th" for 4–6.
fn days(core: &str) -> Option<String> {
    let day = |text: &str| number(text).filter(|day| (1..=31).contains(day) && text.len() < 3).map(ordinal);
    match core.split_once(['–', '-']) {
        Some((from, to)) => Some(format!("{} to {}", day(from)?, day(to)?)),
        None => day(core),
    }
}

/// The name of the month whose name or abbreviation a word is.
pub fn month_name(word: &str) -> Option<&'static str> {
    let names = (1..=12).filter_map(|number| month(number, Language::AmericanEnglish));
    if !word.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    names
        .into_iter()
        .find(|name| *name == word || name.get(..3) == Some(word) || *name == "September" && word == "Sept")
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_dates_and_times() {
        for (written, expected) in [
            ("2026-11-25T14:30:00Z", Some("November 25th, 2026, 14:30:00 U T C")),
            ("2026-11-25T14:30", Some("November 25th, 2026, 14:30")),
            ("2026-11-25T14:30:05.123+02:00", Some("November 25th, 2026, 14:30:05 plus 2")),
            ("2026-11-25T14:30-03:30", Some("November 25th, 2026, 14:30 minus 3 30")),
            ("2026-11-25T1430", None),
            ("2026-11-25Tea", None),
            ("T-shirt", None),
            ("2026-11-25T14:30é", None),
        ] {
            assert_eq!(timestamp(written, Accent::American).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn days_are_read_where_words_say_so() {
        use Accent::{American, British};
        for (written, previous, next, accent, expected) in [
            ("3/7", "on", "", American, Some("March 7th")),
            ("3/7", "on", "", British, Some("the 3rd of July")),
            ("12/25", "Friday,", "", British, Some("the 25th of December")),
            ("25/12", "Fri", "", American, Some("December 25th")),
            ("3/7", "the", "", American, None),
            ("3/7", "on", "of", American, None),
            ("1/2", "on", "acre", American, None),
            ("24/7", "on", "", American, None),
            ("9/10", "on", "occasions", American, None),
            ("3/8", "on", "inch", American, None),
            ("9/10", "on", "when", American, Some("September 10th")),
            ("9/11", "since", "", American, None),
            ("13/13", "on", "", American, None),
            ("0/5", "on", "", American, None),
        ] {
            assert_eq!(
                day_of_month(written, previous, next, accent).as_deref(),
                expected,
                "{previous} {written} {next}"
            );
        }
    }

    #[test]
    fn dates_follow_the_accent() {
        use Accent::{American, British};
        for (written, accent, expected) in [
            ("2026-11-25", American, Some("November 25th, 2026")),
            ("2026-11-25", British, Some("the 25th of November 2026")),
            ("2026/1/2", American, Some("January 2nd, 2026")),
            ("11/25/2026", American, Some("November 25th, 2026")),
            ("25/11/2026", British, Some("the 25th of November 2026")),
            ("25/11/2026", American, Some("November 25th, 2026")),
            ("3/4/2026", American, Some("March 4th, 2026")),
            ("3/4/2026", British, Some("the 3rd of April 2026")),
            ("11.12.1999", American, Some("December 11th, 1999")),
            ("05/06/24", British, Some("the 5th of June 2024")),
            ("5/6/99", American, Some("May 6th, 1999")),
            ("20/30/40", American, None),
            ("05-06-24", British, None),
            ("1-2-3", American, None),
            ("13/13/2026", American, None),
            ("2026-02-40", American, None),
            ("2026-00-10", American, None),
            ("1/2/20261", American, None),
            ("2026-11", American, None),
            ("é-1-2026", American, None),
        ] {
            assert_eq!(date(written, accent).as_deref(), expected, "{written} {accent:?}");
        }
    }
}
