//! The text as the dictionary spells it, and back: which part of the text a word is.

use std::iter;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// Letters of names that the dictionary has in another form only.
const VARIANTS: [(char, char); 5] = [('髙', '高'), ('﨑', '崎'), ('𠮷', '吉'), ('德', '徳'), ('濵', '浜')];

/// Units after a number, and how they are read.
const UNITS: [(&str, &str); 8] = [
    ("℃", "度"),
    ("°C", "度"),
    ("°", "度"),
    ("km/h", "キロメートル毎時"),
    ("m/s", "メートル毎秒"),
    ("km²", "平方キロメートル"),
    ("㎡", "平方メートル"),
    ("m²", "平方メートル"),
];

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
        let (mut at, mut after_digit) = (0, false);
        while let Some(symbol) = written[at..].chars().next() {
            let rest = &written[at..];
            let (before, number_before) = (written[..at].chars().next_back(), after_digit);
            let fields = if after_digit { Vec::new() } else { date_or_time(rest) };
            after_digit = fields.is_empty() && narrow(symbol).is_ascii_digit();
            for (length, spelled) in &fields {
                starts.push((normalized.len(), at));
                normalized += spelled;
                at += length;
            }
            if !fields.is_empty() {
                continue;
            }
            // 3〜5 is "from 3 to 5".
            if matches!(symbol, '〜' | '～') && rest.chars().nth(1).is_some_and(|next| narrow(next).is_ascii_digit())
            {
                starts.push((normalized.len(), at));
                normalized += "から";
                at += symbol.len_utf8();
                continue;
            }
            let figure_follows = rest.chars().nth(1).is_some_and(|next| narrow(next).is_ascii_digit());
            // -5 is "minus 5", but not in 3-5 or A-5.
            if matches!(symbol, '-' | '−' | '－')
                && figure_follows
                && !before.is_some_and(|c| narrow(c).is_ascii_alphanumeric())
            {
                starts.push((normalized.len(), at));
                normalized += "マイナス";
                at += symbol.len_utf8();
                continue;
            }
            if let Some((sign, spelled)) = UNITS.into_iter().find(|(sign, _)| number_before && rest.starts_with(sign)) {
                starts.push((normalized.len(), at));
                normalized += spelled;
                at += sign.len();
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

/// The fields of a date or time in figures at the beginning of a text: the length of each in bytes, with the separator
/// after it, and how it is read. 9:30 is 9時 and 30分, 2026/10/1 is 2026年, 10月 and 1日.
fn date_or_time(text: &str) -> Vec<(usize, String)> {
    let figure = |c: char| narrow(c).is_ascii_digit();
    // Length in bytes and in digits, and value.
    let mut fields: Vec<(usize, usize, u32)> = Vec::new();
    let (mut rest, mut separator) = (text, None);
    loop {
        let digits: String = rest.chars().take_while(|c| figure(*c)).map(narrow).collect();
        let length = rest.find(|c| !figure(c)).unwrap_or(rest.len());
        let Ok(value) = digits.parse() else { return Vec::new() };
        fields.push((length, digits.len(), value));
        rest = &rest[length..];
        let Some(next) = rest.chars().next().filter(|c| matches!(narrow(*c), ':' | '/' | '-')) else { break };
        if fields.len() == 3 || separator.is_some_and(|separator| separator != narrow(next)) {
            return Vec::new();
        }
        separator = Some(narrow(next));
        rest = &rest[next.len_utf8()..];
        if let Some(field) = fields.last_mut() {
            field.0 += next.len_utf8();
        }
    }
    let units = match (separator, fields.as_slice()) {
        (Some(':'), [(_, 1 | 2, 0..30), (_, 2, 0..60)] | [(_, 1 | 2, 0..30), (_, 2, 0..60), (_, 2, 0..60)]) => {
            ["時", "分", "秒"]
        }
        (Some('/' | '-'), [(_, 4, _), (_, 1 | 2, 1..=12), (_, 1 | 2, 1..=31)]) => ["年", "月", "日"],
        _ => return Vec::new(),
    };
    let mut spelled: Vec<(usize, String)> = Vec::new();
    for ((length, _, value), unit) in fields.into_iter().zip(units) {
        match spelled.last_mut() {
            // 9:00 is 9時.
            Some(before) if value == 0 => before.0 += length,
            _ => spelled.push((length, value.to_string().chars().map(wide).collect::<String>() + unit)),
        }
    }
    spelled
}

/// The full-width form of a character.
fn wide(symbol: char) -> char {
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

fn is_kanji_digit(symbol: char) -> bool {
    "〇○零一二三四五六七八九十百千壱弐貳参".contains(symbol)
}
