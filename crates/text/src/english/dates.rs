//! Dates in digits: `2026-11-25`, and `11/25/2026` in the order of the accent.

use super::accent::Accent;
use super::numbers::ordinal;
use crate::language::Language;
use crate::ssml::month;

/// The words of a date; the year stays in digits, which misaki reads as a year.
pub fn date(core: &str, accent: Accent) -> Option<String> {
    let separator = core.chars().find(|c| !c.is_ascii_digit()).filter(|c| "-/.".contains(*c))?;
    let [first, second, third] = core.split(separator).collect::<Vec<_>>()[..] else { return None };
    let (year, month_text, day) = match (first.len(), second.len(), third.len(), separator) {
        (4, 1..=2, 1..=2, '-' | '/') => (first, second, third),
        (1..=2, 1..=2, 4, '-' | '/' | '.') => {
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
    let (year, day) = (number(year).filter(|year| (1000..2100).contains(year))?, number(day)?);
    let name = month(number(month_text)?, Language::AmericanEnglish)?;
    if !(1..=31).contains(&day) {
        return None;
    }
    Some(match accent {
        Accent::American => format!("{name} {}, {year}", ordinal(day)),
        Accent::British => format!("the {} of {name} {year}", ordinal(day)),
    })
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
