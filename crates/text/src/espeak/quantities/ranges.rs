//! Ranges of numbers and amounts, and results.

use super::{SPACED_DASHES, Words, clock, digits, is_end, is_named};
use crate::espeak::counting::{before_noun, counted};
use crate::espeak::signs;
use crate::written::numbers::is_sum;

/// Words before the number of a part, and then a title: "Capítulo 5 - 10 consejos".
const PARTS: &str = "capítulo chapitre capitolo lección leçon lezione lição parte partie tema unidad unité unità unidade episodio \
    épisode episódio paso étape passo nivel niveau livello nível día jour giorno dia semana semaine settimana temporada saison \
    stagione अध्याय पाठ भाग";

impl Words {
    /// "5-10 km", "2019–2021", "5 - 10 km", and results such as "3-2".
    pub fn range(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let (first, length) = self.money(text).unwrap_or_else(|| self.measure(text));
        let spaced = || SPACED_DASHES.iter().find_map(|joint| text[length..].strip_prefix(*joint));
        let joined = text[length..].strip_prefix(['-', '–']);
        let second = joined.or_else(spaced).filter(|rest| !digits(rest).is_empty())?;
        // A difference; apart also the next part of a title, or a result beside a name.
        let ascends = || digits(text).parse::<u64>().ok() < digits(second).parse().ok();
        let named = || is_named(before) || PARTS.split_whitespace().any(|part| part == clock::last_word(before));
        if is_sum(before, second) || joined.is_none() && (!ascends() || named()) {
            return None;
        }
        let (spoken, end) = self.money(second).unwrap_or_else(|| self.measure(second));
        let after = &second[end..];
        let more = after.strip_prefix(['-', '–', '/', '.', ',', ':']).is_some_and(|rest| !digits(rest).is_empty());
        if more || !is_end(after) || after.starts_with(['-', '–']) {
            return None;
        }
        let (from, to) = (digits(text), digits(second));
        let code = |number: &str| number.len() > 1 && number.starts_with('0');
        // "123.456.789-09"
        let descends =
            || first.parse::<u64>().is_ok_and(|first| digits(&spoken).parse().is_ok_and(|second: u64| second <= first));
        if length > from.len() && (code(to) && end == to.len() || descends()) {
            return None;
        }
        if length == from.len() {
            let alone = end == to.len();
            let (a, b): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
            let is_range = match (from.len(), to.len()) {
                // A year, and the end of the next one.
                (4, 2) => alone && (1900..2100).contains(&a) && b == a % 100 + 1,
                // Telephone numbers.
                (4, 4) => a < b && (!alone || (1000..2100).contains(&a) && b < 2200),
                (3, 4) => a < b && !alone,
                (1..=2, 1..=2) => true,
                (1..=4, 1..=4) => a < b,
                _ => a < b && !alone,
            };
            if !is_range || code(from) || code(to) {
                return None;
            }
        }
        // "una a dos horas"
        let noun = spoken.split_once(' ').map_or("", |(_, noun)| noun);
        let agreeing = |number: &str| {
            before_noun(number, &spoken, after, self.language).map_or(number.to_owned(), |(words, _)| words)
        };
        let (first, last) = (if length == from.len() { agreeing(&first) } else { first }, agreeing(&spoken));
        let agreeing = if noun.is_empty() { String::new() } else { counted(&first, noun, self.language) };
        let first = agreeing
            .strip_suffix(noun)
            .filter(|first| length == from.len() && !first.is_empty())
            .map_or(first.as_str(), str::trim_end);
        // "entre 2019 y 2021"
        let between = ["entre", "tra", "fra"].contains(&clock::last_word(before).as_str());
        let to = if between { signs::and(self.language) } else { self.to.0 };
        Some((format!("{first} {to} {last}"), text.len() - after.len()))
    }
}
