//! The text as the dictionary spells it, and back: which part of the text a word is.

use std::iter;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::spelling::{is_kanji_digit, respelled};

/// Letters of names that the dictionary has in another form only.
const VARIANTS: [(char, char); 5] = [('髙', '高'), ('﨑', '崎'), ('𠮷', '吉'), ('德', '徳'), ('濵', '浜')];

/// A text with its spelling in the dictionary, in which everything is full-width.
pub struct Source<'a> {
    written: &'a str,
    normalized: String,
    /// Where each character begins: in `normalized`, and in `written`.
    starts: Vec<(usize, usize)>,
}

impl<'a> Source<'a> {
    pub fn new(written: &'a str) -> Self {
        let (mut normalized, mut starts) = (String::new(), Vec::new());
        let (mut at, mut after_digit, mut after_time) = (0, false, false);
        while let Some(symbol) = written[at..].chars().next() {
            let parts = respelled(&written[..at], &written[at..], after_digit, after_time);
            after_time = parts.last().is_some_and(|(_, spelled)| spelled.ends_with(['時', '分', '秒']));
            after_digit = parts.is_empty() && narrow(symbol).is_ascii_digit();
            for (length, spelled) in &parts {
                starts.push((normalized.len(), at));
                normalized += spelled;
                at += length;
            }
            if !parts.is_empty() {
                continue;
            }
            // A character, with the voice marks after it.
            let mark = |c: char| matches!(c, '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}');
            let after = written[at..].char_indices().skip(1).find(|(_, c)| !mark(*c));
            let end = after.map_or(written.len(), |(length, _)| at + length);
            starts.push((normalized.len(), at));
            normalized.extend(written[at..end].nfkc().map(wide));
            at = end;
        }
        Self { written, normalized, starts }
    }

    pub fn normalized(&self) -> &str {
        &self.normalized
    }

    /// The text for a range of `normalized`, in bytes. A character that became several belongs to the first of them.
    pub fn written(&self, range: Range<usize>) -> &'a str {
        let position = |at: usize| {
            let next = self.starts.partition_point(|(start, _)| *start < at);
            self.starts.get(next).map_or(self.written.len(), |(_, written)| *written)
        };
        &self.written[position(range.start)..position(range.end)]
    }
}

/// The full-width form of a character.
pub fn wide(symbol: char) -> char {
    match symbol {
        ' ' => '\u{3000}',
        '¥' | '\\' => '￥',
        '-' => '−',
        '~' => '〜',
        '`' => '‘',
        '"' => '”',
        '\'' => '’',
        '!'..='}' => char::from_u32(symbol as u32 + 0xfee0).unwrap_or(symbol),
        _ => VARIANTS.iter().find(|(variant, _)| *variant == symbol).map_or(symbol, |(_, common)| *common),
    }
}

/// The ASCII form of a full-width letter or digit.
pub fn narrow(symbol: char) -> char {
    match symbol {
        '！'..='～' => char::from_u32(symbol as u32 - 0xfee0).unwrap_or(symbol),
        _ => symbol,
    }
}

/// The ranges of a text, in bytes, that are the words of a sequence. The rules for numbers replace words: １４日 becomes
/// 十四日, and ２６ becomes 二, 十 and 六, the first of which then has the range. Together the ranges are the whole text.
pub fn align(text: &str, words: &[&str]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(ranges.len()) {
        let rest = &text[at..];
        if rest.starts_with(word) {
            ranges.push(at..at + word.len());
            at += word.len();
            continue;
        }
        let number = number_length(rest);
        let counter = &rest[number..];
        let later = &words[ranges.len() + 1..];
        let tail = word.trim_start_matches(is_kanji_digit);
        if number > 0 && !tail.is_empty() && counter.starts_with(tail) {
            ranges.push(at..at + number + tail.len());
            at += number + tail.len();
            continue;
        }
        // The words up to the next one that is in the text as it is.
        let is_after = |word: &&str| {
            let tail = word.trim_start_matches(is_kanji_digit);
            counter.starts_with(*word) || (!tail.is_empty() && counter.starts_with(tail))
        };
        let (length, count) = if number > 0 {
            (number, later.iter().position(is_after).unwrap_or(later.len()))
        } else {
            let found = later.iter().enumerate().find_map(|(count, word)| Some((rest.find(*word)?, count)));
            found.unwrap_or((rest.len(), later.len()))
        };
        ranges.push(at..at + length);
        at += length;
        ranges.extend(iter::repeat_n(at..at, count));
    }
    if let Some(last) = ranges.last_mut() {
        last.end = text.len();
    }
    ranges
}

/// Length in bytes of the number at the beginning, either in Arabic digits, with signs, or in kanji.
fn number_length(text: &str) -> usize {
    let is_arabic = |c: char| matches!(c, '０'..='９' | '，' | '．' | '￥' | '＄' | '€');
    let arabic = text.starts_with(is_arabic);
    text.find(|c| if arabic { !is_arabic(c) } else { !is_kanji_digit(c) }).unwrap_or(text.len())
}
