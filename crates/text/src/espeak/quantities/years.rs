//! Years in Hindi.

use super::{Words, digits, is_devanagari, is_end};
use crate::language::Language;

/// Months, and what else stands before a year in Hindi.
const BEFORE: &str =
    "जनवरी फ़रवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर सितम्बर अक्टूबर अक्तूबर नवंबर नवम्बर दिसंबर दिसम्बर सन् सन वर्ष साल";

/// Words of comparison after "से": "1500 से अधिक".
pub const MORE: [&str; 6] = ["अधिक", "ज़्यादा", "ज़्यादा", "ज्यादा", "कम", "ऊपर"];

impl Words {
    /// "1947 में" in Hindi with its hundreds, "19 सौ 47".
    pub fn year(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let number = digits(text);
        if self.language != Language::Hindi || number.len() != 4 {
            return None;
        }
        let after = &text[4..];
        let year = number.parse().ok().filter(|year: &u32| (1100..2000).contains(year))?;
        // "इस साल 1200", so many in this year
        let head = before.trim_end();
        let this = ["इस", "पिछले", "अगले", "हर"]
            .iter()
            .any(|this| head.rsplit_once(' ').is_some_and(|(head, _)| head.ends_with(this)));
        let counts = || self.money(text).is_some() || self.is_measured(4, text) || is_counted(after);
        let joins = after.trim_start().starts_with(['-', '–']);
        let months = || !this && !joins && BEFORE.split(' ').any(|word| head.ends_with(word)) && !counts();
        let more = after.strip_prefix(['.', ',', ':', '/', '-', '–']).is_some_and(|rest| !digits(rest).is_empty());
        let known = is_when(after) || months() && is_end(after) && !more;
        known.then(|| (format!("{} सौ {}", year / 100, year % 100).trim_end_matches(" 0").to_owned(), 4))
    }
}

/// Whether people or rupees are counted by the number before a text.
pub fn is_counted(after: &str) -> bool {
    const COUNTED: [&str; 4] = ["लोग", "रुपये", "रुपए", "रुपयों"];
    COUNTED.iter().any(|noun| after.trim_start().starts_with(noun))
}

/// Whether a postposition of time is at the start of a text: "में", "तक", but "से अधिक" compares.
fn is_when(text: &str) -> bool {
    const WORDS: [&str; 7] = ["में", "के", "को", "का", "की", "से", "तक"];
    let rest = text.strip_prefix(' ').unwrap_or_default();
    WORDS.iter().any(|word| {
        let next = rest.strip_prefix(word).filter(|next| !next.starts_with(is_devanagari));
        next.is_some_and(|next| !MORE.iter().any(|more| next.trim_start().starts_with(more)))
    })
}
