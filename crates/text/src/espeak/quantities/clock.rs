//! Times of a clock, and ranges of them.

use super::fractions::is_verse;
use super::{Words, digits, is_end, unspaced};
use crate::espeak::counting::{self, counted};
use crate::espeak::{signs, words};
use crate::language::Language;

/// The last word of a text, in lower case, with an apostrophe at its end.
pub fn last_word(text: &str) -> String {
    let end = text.trim_end();
    let start = end.char_indices().rev().take(16).find(|(_, c)| !c.is_alphanumeric() && !"'’".contains(*c));
    end[start.map_or(0, |(at, c)| at + c.len_utf8())..].to_lowercase().replace('’', "'")
}

/// Whether a text ends with the word for a scale: "escala de 1:50".
fn is_scale(before: &str) -> bool {
    const SCALES: [&str; 8] =
        ["escala", "échelle", "scala", "proporción", "proportion", "proporzione", "proporção", "ratio"];
    let before = before.trim_end();
    let word = last_word([" de", " di"].iter().find_map(|of| before.strip_suffix(of)).unwrap_or(before));
    SCALES.contains(&word.trim_start_matches("l'"))
}

/// A time of a clock.
struct Time {
    hour: u32,
    minute: u32,
    second: Option<u32>,
    /// Whether "min" follows the minutes.
    named: bool,
    /// "de la tarde", where the text has "p. m."
    half: &'static str,
    length: usize,
}

/// The parts of the day in which an hour is said that has "a. m." or "p. m.", each with the hour at which it ends.
#[rustfmt::skip]
const HALVES: [(Language, &[(u32, &str)]); 5] = [
    (Language::Spanish, &[(1, "de la noche"), (6, "de la madrugada"), (12, "de la mañana"), (13, "del mediodía"), (20, "de la tarde"), (24, "de la noche")]),
    (Language::French, &[(1, "de la nuit"), (12, "du matin"), (13, ""), (18, "de l'après-midi"), (24, "du soir")]),
    (Language::Italian, &[(5, "di notte"), (12, "di mattina"), (13, ""), (18, "del pomeriggio"), (22, "di sera"), (24, "di notte")]),
    (Language::Portuguese, &[(1, "da noite"), (6, "da madrugada"), (12, "da manhã"), (13, "do dia"), (19, "da tarde"), (24, "da noite")]),
    (Language::Hindi, &[(4, "रात"), (12, "सुबह"), (16, "दोपहर"), (20, "शाम"), (24, "रात")]),
];

impl Words {
    /// A time after `before`, or a range of times: "9:00-14:00".
    pub fn clock(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let previous = last_word(before);
        // "escala 1:50", "Juan 3:16"
        if is_scale(before) || is_verse(text, before) {
            return None;
        }
        let dotted = self.before_time.split_whitespace().any(|word| word == previous);
        let first = self.time(text, dotted)?;
        let rest = &text[first.length..];
        let joint = unspaced(rest).strip_prefix(['-', '–']).map(unspaced);
        let second = joint.and_then(|text| Some((self.time(text, dotted)?, text)));
        if let Some((second, after)) = second {
            // "9 a 14 horas"
            let named = matches!(self.language, Language::French | Language::Hindi);
            let last = named || self.language != Language::Italian;
            let spoken = format!("{} {} {}", self.say(&first, named), self.to.1, self.say(&second, last));
            return Some((spoken, text.len() - after.len() + second.length));
        }
        // "a la una", "l'una"
        let one = first.hour == 1 && ["la", "l'", "all'", "dall'"].contains(&previous.as_str());
        Some((self.say(&first, !one), first.length))
    }

    /// "17:30", "17:30 h", "9h30", "9 h 30", "9h15min", "9h", "5 p. m."; if it is `dotted`, or an h follows, also "17.30".
    fn time(&self, text: &str, dotted: bool) -> Option<Time> {
        let hours = digits(text);
        let hour = hours.parse::<u32>().ok().filter(|hour| hours.len() < 3 && *hour < 25)?;
        let half = |length: usize| self.half_of_day(hour, &text[length..]).map(|(half, more)| (half, length + more));
        if let Some((half, length)) = half(hours.len()) {
            return Some(Time { hour, minute: 0, second: None, named: false, half, length });
        }
        // Around the letter there may be spaces if minutes follow.
        let spaced = unspaced(&text[hours.len()..]).strip_prefix('h').map(unspaced);
        let spaced = spaced.filter(|rest| digits(rest).len() == 2);
        let letter = spaced.is_some() || text[hours.len()..].starts_with('h');
        let full_stop = text[hours.len()..].starts_with('.');
        let rest = spaced.or_else(|| text[hours.len()..].strip_prefix([':', 'h', '.']))?;
        let minutes = digits(rest);
        let mut length = text.len() - rest.len() + minutes.len();
        let minute = minutes.parse::<u32>().unwrap_or(0);
        let valid = minute < 60 && (minutes.len() == 2 || letter && minutes.is_empty());
        let after = |sign: &str| {
            let rest = unspaced(&text[length..]).strip_prefix(sign).filter(|rest| is_end(rest))?;
            Some(text.len() - rest.len())
        };
        let hourly = after("h").filter(|_| !letter);
        // "alle 8.45", but "le 2.50 €" and "delle 3.20 t"; in Hindi the hour has its name: "8.45 बजे".
        let said = self.language == Language::Hindi && after(self.full_hour.0).is_some();
        let counts = || self.money(text).is_some() || self.is_measured(length, text);
        if full_stop && hourly.is_none() && !said && (!dotted || counts()) {
            return None;
        }
        let named = after("min").filter(|_| letter);
        let joined = named.is_none() && hourly.is_none() && !is_end(&rest[minutes.len()..]);
        let seconds = rest[minutes.len()..].strip_prefix(':').map(digits);
        let second =
            seconds.and_then(|seconds| seconds.parse::<u32>().ok().filter(|second| seconds.len() == 2 && *second < 60));
        let more = &rest[(minutes.len() + 3 * usize::from(second.is_some())).min(rest.len())..];
        if !valid || joined || more.starts_with(':') || more.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (one, many) = self.full_hour;
        let name = [one, many].into_iter().find_map(after).filter(|_| minute == 0 || self.language == Language::Hindi);
        length = named.or(hourly).or(name).unwrap_or(length + 3 * usize::from(second.is_some()));
        let (half, length) = half(length).unwrap_or(("", length));
        Some(Time { hour, minute, second, named: named.is_some(), half, length })
    }

    /// "a. m." and "PM" as they are said. A full stop that also ends the sentence stays.
    fn half_of_day(&self, hour: u32, text: &str) -> Option<(&'static str, usize)> {
        if !(1..=12).contains(&hour) {
            return None;
        }
        let rest = unspaced(text);
        let letter = rest.chars().next().filter(|c| "apAP".contains(*c))?;
        let after = rest[1..].strip_prefix('.').map_or(&rest[1..], unspaced);
        let after = after.strip_prefix(['m', 'M'])?;
        let stop = after.strip_prefix('.').filter(|rest| {
            let next = rest.trim_start().chars().next();
            next.is_some_and(|c| !c.is_uppercase())
        });
        let after = stop.unwrap_or(after);
        // The hour from noon or midnight on.
        let (afternoon, hour) = (letter.eq_ignore_ascii_case(&'p'), hour % 12);
        let names = &HALVES.iter().find(|(language, _)| *language == self.language)?.1;
        let (_, spoken) = names.iter().find(|(until, _)| hour + 12 * u32::from(afternoon) < *until)?;
        is_end(after).then_some((spoken, text.len() - after.len()))
    }

    /// A time in words; a full hour with its name if it is `named`.
    fn say(&self, time: &Time, named: bool) -> String {
        let Time { hour, minute, .. } = *time;
        // "zéro heure"
        let one = hour == 1 || hour == 0 && self.language == Language::French;
        let pick = |(single, many): (&'static str, &'static str)| if one { single } else { many };
        let hours = counting::feminine(hour, self.language);
        // "5 heures de l'après-midi", but "las 5 de la tarde"
        let named =
            if time.half.is_empty() { named } else { matches!(self.language, Language::French | Language::Hindi) };
        let spoken = match minute {
            0 if !named => hours,
            0 => match self.language {
                // "un'ora" has another name than "l'una in punto".
                Language::Italian => format!("{hours} {}", pick(self.full_hour)),
                language => counted(&hour.to_string(), pick(self.full_hour), language),
            },
            // A time that something takes.
            minute if time.named => {
                let part = |number: u32, unit: &str| {
                    let name = words::unit(unit, number == 1, self.language).unwrap_or_default();
                    counted(&number.to_string(), &name, self.language)
                };
                let and = match self.language {
                    Language::French | Language::Hindi => "",
                    language => signs::and(language),
                };
                let joint = if and.is_empty() { " ".to_owned() } else { format!(" {and} ") };
                format!("{}{joint}{}", part(hour, "h"), part(minute, "min"))
            }
            minute => {
                // Minutes are feminine in French only.
                let minute = match self.language {
                    Language::French => counting::feminine(minute, Language::French),
                    _ => minute.to_string(),
                };
                match self.language {
                    Language::French => {
                        format!("{} {minute}", counted(&hour.to_string(), pick(self.hour), Language::French))
                    }
                    _ => format!("{hours} {} {minute} {}", pick(self.hour), self.minute),
                }
            }
        };
        let seconds = time.second.filter(|second| *second > 0).map(|second| {
            let name = words::unit("s", second == 1, self.language).unwrap_or_default();
            format!("{} {}", signs::and(self.language), counted(&second.to_string(), &name, self.language))
        });
        let mut parts = [spoken.trim_end(), seconds.as_deref().unwrap_or_default(), time.half];
        // "शाम 5 बजे"
        if self.language == Language::Hindi {
            parts.rotate_right(1);
        }
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
