//! Italian numbers after an article without its vowel, which espeak-ng would read as a letter: "l'8 marzo".

use super::clock::last_word;
use super::{Words, digits};
use crate::language::Language;

/// Articles, and prepositions with them, that have lost their vowel.
const ELIDED: [&str; 8] = ["l'", "quest'", "all'", "dall'", "dell'", "nell'", "sull'", "quell'"];

impl Words {
    /// What was `found` at the start of `text` after `before`, with its first number in words where an elided article is before it.
    pub fn elided(&self, found: Option<(String, usize)>, text: &str, before: &str) -> Option<(String, usize)> {
        let article = before.ends_with(['\'', '’']) && ELIDED.contains(&last_word(before).as_str());
        if self.language != Language::Italian || !article {
            return found;
        }
        let plain = digits(text);
        let alone = !text[plain.len()..].starts_with(|c: char| c.is_alphanumeric() || "º°ª".contains(c));
        let (spoken, length) = found.clone().or_else(|| Some((plain.to_owned(), plain.len())).filter(|_| alone))?;
        let number = digits(&spoken);
        match cardinal(number) {
            Some(words) => Some((words + &spoken[number.len()..], length)),
            None => found,
        }
    }
}

/// The words of a number below 1000 that begin with a vowel.
fn cardinal(number: &str) -> Option<String> {
    const ONES: [&str; 10] = ["", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"];
    const TEENS: [&str; 10] = [
        "dieci",
        "undici",
        "dodici",
        "tredici",
        "quattordici",
        "quindici",
        "sedici",
        "diciassette",
        "diciotto",
        "diciannove",
    ];
    const TENS: [&str; 10] =
        ["", "", "venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta"];
    let value: usize = number.parse().ok().filter(|_| !number.starts_with('0'))?;
    if !matches!(value, 1 | 8 | 11 | 80..=89 | 800..=899) {
        return None;
    }
    let (tens, ones) = (value / 10 % 10, value % 10);
    let hundreds = if value < 100 { "" } else { "ottocento" };
    let below = match (tens, ones) {
        (0, _) => ONES[ones].to_owned(),
        (1, _) => TEENS[ones].to_owned(),
        // "ottantuno", "ottantotto", "ottantatré"
        (_, 1 | 8) => format!("{}{}", &TENS[tens][..TENS[tens].len() - 1], ONES[ones]),
        (_, 3) => format!("{}tré", TENS[tens]),
        _ => format!("{}{}", TENS[tens], ONES[ones]),
    };
    Some(format!("{hundreds}{below}"))
}
