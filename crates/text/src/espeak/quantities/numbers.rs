//! Numbers with their separators.

use super::{Words, digits, is_end, unspaced};
use crate::espeak::counting::scaled;
use crate::written::numbers::{Groups, SPACES, spaced};

/// The digits of the longest number with groups.
const LONGEST_NUMBER: usize = 16;

/// Whether a text begins with three numbers that rise by steps, as those of rooms: "100 200 300".
fn is_list(text: &str) -> bool {
    let mut rest = text;
    let mut next = || {
        let number = digits(rest);
        let after = &rest[number.len()..];
        let group = number.parse::<i32>().ok().filter(|_| number.len() == 3 && is_end(after));
        rest = after.strip_prefix(' ').unwrap_or_default();
        group
    };
    let (Some(a), Some(b), Some(c)) = (next(), next(), next()) else { return false };
    (1..=100).contains(&(b - a)) && b - a == c - b
}

impl Words {
    /// "1.234,5"
    pub fn number(&self, text: &str) -> Option<(String, usize)> {
        let (whole, decimals, length) = self.amount(text)?;
        // "1.2.3" and plain digits stay.
        let more = text[length..].strip_prefix(['.', ',', ':', '/']).is_some_and(|rest| !digits(rest).is_empty());
        if more || whole.len() == length {
            return None;
        }
        let by_digits = decimals.len() > 2 || decimals.starts_with('0');
        let decimals = if by_digits { spaced(&decimals) } else { decimals };
        let spoken = if decimals.is_empty() { whole } else { format!("{whole} {} {decimals}", self.decimal) };
        Some((spoken, length))
    }

    /// Whether a unit, a scale or a currency in words is after the number of `length` bytes at the start of `text`.
    pub fn is_measured(&self, length: usize, text: &str) -> bool {
        const CURRENCIES: [&str; 7] = ["euro", "dól", "dol", "libr", "rea", "lira", "lire"];
        let rest = unspaced(&text[length..]);
        self.unit_after("", length, text).is_some()
            || scaled("", rest, false, self.language).is_some()
            || CURRENCIES.iter().any(|name| rest.starts_with(name))
    }

    /// The digits before and after the decimal separator, and the length in bytes.
    pub fn amount(&self, text: &str) -> Option<(String, String, usize)> {
        let first = digits(text);
        if first.is_empty() {
            return None;
        }
        if is_list(text) {
            return Some((first.to_owned(), String::new(), first.len()));
        }
        let (mut whole, mut length) = self.spaced_groups(text).unwrap_or_else(|| (first.to_owned(), first.len()));
        let is_group = |c: char| c == self.group || self.group == ' ' && SPACES.contains(&c);
        while let Some(rest) = text[length..].strip_prefix(is_group).filter(|_| whole.len() < LONGEST_NUMBER) {
            let group = digits(rest);
            // Hindi groups by two digits, then by three.
            let size = group.len() == 3 || self.group == ',' && group.len() == 2;
            if !size || first.len() > 3 || first.starts_with('0') {
                break;
            }
            whole += group;
            length = text.len() - rest.len() + group.len();
        }
        let decimal = if self.group == ',' { '.' } else { ',' };
        let decimals = text[length..].strip_prefix(decimal).map_or("", digits);
        // A decimal point, as in English, is not a group if it is not followed by three digits.
        let point = text[length..].strip_prefix('.').map_or("", digits);
        let decimals = if decimals.is_empty() && whole == first && point.len() != 3 { point } else { decimals };
        if !decimals.is_empty() {
            length += 1 + decimals.len();
        }
        Some((whole, decimals.to_owned(), length))
    }

    /// "10 000" where full stops are usual between groups, and its length in bytes. "612 345 678" is a telephone number.
    fn spaced_groups(&self, text: &str) -> Option<(String, usize)> {
        // French has spaces anyway, and "1.000.000" at times.
        let (separators, least): (&[char], _) = match self.group {
            ',' => return None,
            ' ' => (&['.'], 7),
            _ => (&SPACES, 4),
        };
        let Groups { number, length, .. } =
            Groups::at(text, separators).filter(|groups| groups.number.len() >= least)?;
        let rest = &text[length..];
        let more = rest.strip_prefix(separators).is_some_and(|rest| !digits(rest).is_empty());
        let telephone = number.len() == 9 && number.starts_with(['6', '7', '8', '9']) && self.group == '.';
        (!more && is_end(rest) && !telephone).then_some((number, length))
    }
}
