//! Which parts of a line are one word, and how the phonemes of its parts are joined.

use std::ops::Range;

use misaki_rs::abbrev::is_period_abbreviation;
use misaki_rs::lexicon::Lexicon;

use super::Word;

/// The tags of punctuation.
const PUNCTUATION: [&str; 11] = [".", ",", "-LRB-", "-RRB-", "``", "\"\"", "''", ":", "$", "#", "NFP"];
/// The marks that have a phoneme.
const SPOKEN: &str = ";:,.!?—…\"“”";
/// What is silent within a word.
const SILENT: &str = "',-._‘’/";
/// Phonemes of two sounds.
const DIPHTHONGS: &str = "AIOQWYʤʧ";

/// Whether a part is punctuation by its tag, and no word.
pub fn is_punctuation(word: &Word) -> bool {
    PUNCTUATION.contains(&word.tag) && !word.text.bytes().all(|c| c.is_ascii_alphabetic())
}

/// The phonemes of punctuation: quotation marks and brackets by the tag, others by themselves.
pub fn punctuation(word: &Word) -> String {
    match (word.tag, word.text.as_str()) {
        ("-LRB-", _) => "(".to_owned(),
        ("-RRB-", _) => ")".to_owned(),
        ("``", _) => "“".to_owned(),
        ("''" | "\"\"", _) => "”".to_owned(),
        (":", "-" | "–") => "—".to_owned(),
        (_, text) => text.chars().filter(|symbol| SPOKEN.contains(*symbol)).collect(),
    }
}

/// Whether a part of a word has nothing to say.
pub fn is_silent(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|symbol| SILENT.contains(symbol))
}

/// The parts that are one word each: those with no white space between them. Punctuation stands alone, but for the full stop
/// of an abbreviation.
pub fn groups(words: &[Word]) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::with_capacity(words.len());
    // Whether the last group may get another part.
    let mut open = false;
    for (at, word) in words.iter().enumerate() {
        let last = groups.last_mut().filter(|_| open);
        if word.spoken_as.is_some() || is_punctuation(word) {
            match last {
                Some(last) if word.text == "." && is_abbreviation(&words[last.clone()]) => {
                    last.end = at + 1;
                    open = word.whitespace.is_empty();
                }
                _ => {
                    groups.push(at..at + 1);
                    open = false;
                }
            }
            continue;
        }
        match last {
            Some(last) if is_joined(&words[last.end - 1], word) => last.end = at + 1,
            _ => {
                groups.push(at..at + 1);
                open = word.whitespace.is_empty();
            }
        }
    }
    groups
}

/// Whether two parts are of one word. What stands after a word with phonemes is not, or it would hide them: `[Bob](/bˈɑb/)'s`.
fn is_joined(before: &Word, part: &Word) -> bool {
    before.whitespace.is_empty() && before.phonemes.is_some() == part.phonemes.is_some()
}

/// Whether a full stop after parts belongs to them. Those with phonemes of a marker are all that the marker has.
fn is_abbreviation(parts: &[Word]) -> bool {
    if parts.iter().any(|part| part.phonemes.is_some()) {
        return false;
    }
    let text: String = parts.iter().flat_map(|part| [part.text.as_str(), &part.whitespace]).collect();
    is_period_abbreviation(format!("{text}.").trim())
}

/// The text of parts together, and the tag of the one with most letters; capitals count twice.
pub fn joined(parts: &[Word]) -> (String, &'static str) {
    let weight = |part: &Word| -> usize {
        part.text.chars().map(|c| if c.to_lowercase().next() == Some(c) { 1 } else { 2 }).sum()
    };
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        text.push_str(&part.text);
        if at + 1 < parts.len() {
            text.push_str(&part.whitespace);
        }
    }
    (text, parts.iter().max_by_key(|part| weight(part)).map_or("", |part| part.tag))
}

/// The phonemes of a word from those of its parts. With letters and digits or signs in it there are spaces between; else some
/// of the parts lose their stress.
pub fn phonemes(lexicon: &Lexicon, text: &str, parts: &[Word], mut spoken: Vec<String>) -> String {
    let kind = |symbol: char| match symbol {
        symbol if symbol.is_alphabetic() => 0,
        symbol if symbol.is_ascii_digit() => 1,
        _ => 2,
    };
    let mut kinds = text.chars().filter(|symbol| !SILENT.contains(*symbol)).map(kind);
    let first = kinds.next();
    let spaced = text.contains([' ', '/']) || kinds.any(|kind| Some(kind) != first);
    if !spaced {
        soften(lexicon, parts, &mut spoken);
    }
    let mut out = String::new();
    for part in spoken {
        if spaced && !out.is_empty() && !out.ends_with(char::is_whitespace) && !part.is_empty() {
            out.push(' ');
        }
        out.push_str(&part);
    }
    out
}

/// Makes the stress of the lighter half of the parts secondary, if more than half have a primary one; of two, that of the
/// second if the first is one letter.
fn soften(lexicon: &Lexicon, parts: &[Word], spoken: &mut [String]) {
    let weight = |phonemes: &str| phonemes.chars().map(|c| if DIPHTHONGS.contains(c) { 2 } else { 1 }).sum::<usize>();
    let heard = spoken.iter().enumerate().filter(|(_, phonemes)| !phonemes.is_empty());
    let mut heard: Vec<_> = heard.map(|(at, phonemes)| (phonemes.contains('ˈ'), weight(phonemes), at)).collect();
    let stressed = heard.iter().filter(|(stressed, ..)| *stressed).count();
    let softened = match heard[..] {
        [(.., first), second] if parts[first].text.chars().count() == 1 => vec![second],
        _ if heard.len() > 1 && stressed > heard.len().div_ceil(2) => {
            heard.sort_unstable();
            heard.truncate(heard.len() / 2);
            heard
        }
        _ => return,
    };
    for (.., at) in softened {
        spoken[at] = lexicon.apply_stress(&spoken[at], Some(-0.5));
    }
}
