//! How numbers and signs are spelled so that the dictionary reads them: dates, times, fractions, amounts, units.

use super::align::{narrow, wide};
use super::quantities::quantity;

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

/// Abbreviations in capitals that are said as words, and that the dictionary lacks. It has NASA, LAN and many others; the rest are
/// said letter by letter.
const WORDS: [(&str, &str); 10] = [
    ("RAM", "ラム"),
    ("SIM", "シム"),
    ("PIN", "ピン"),
    ("GIF", "ジフ"),
    ("JETRO", "ジェトロ"),
    ("JAF", "ジャフ"),
    ("JASRAC", "ジャスラック"),
    ("IELTS", "アイエルツ"),
    ("CAD", "キャド"),
    ("MERS", "マーズ"),
];

/// Whether a character is a figure, of any width.
pub fn is_figure(symbol: char) -> bool {
    narrow(symbol).is_ascii_digit()
}

/// The spelling of what stands at the beginning of `text`, after `before`, if it is another: in parts, each with its length in
/// bytes. `after_digit` tells that a number goes on, `after_time` that a time has just been spelled.
pub fn respelled(before: &str, text: &str, after_digit: bool, after_time: bool) -> Vec<(usize, String)> {
    let Some(symbol) = text.chars().next() else { return Vec::new() };
    if let Some(parts) = quantity(before, text, after_digit) {
        return parts;
    }
    let one = |spelled: &str| vec![(symbol.len_utf8(), spelled.to_owned())];
    let last = before.chars().next_back();
    if is_figure(symbol) {
        return if after_digit { Vec::new() } else { date_time_or_fraction(text, last) };
    }
    let rest = &text[symbol.len_utf8()..];
    let number_before = |c: char| is_figure(c) || is_kanji_digit(c);
    let figure_follows = rest.starts_with(is_figure);
    // 3〜5 is "from 3 to 5", and so is 18:00-20:00, and 3-5 before a counter.
    if matches!(symbol, '〜' | '～') && figure_follows
        || after_time && matches!(symbol, '-' | '−' | '－' | '–' | '~') && !date_time_or_fraction(rest, None).is_empty()
        || matches!(symbol, '-' | '–' | '~') && last.is_some_and(is_figure) && is_counted(before, rest)
    {
        return one("から");
    }
    if matches!(symbol, '-' | '–') && last.is_some_and(is_figure) && is_result(before, rest) {
        return one("対");
    }
    // "3割2分5厘"
    let tenths = || before.trim_end_matches(number_before).strip_suffix('割');
    // "時間割5分前"
    if symbol == '分' && tenths().is_some_and(|head| head.ends_with(number_before)) {
        return one("ぶ");
    }
    let apart = || [" - ", " – "].iter().find_map(|joint| text.strip_prefix(joint));
    if after_time && let Some(second) = apart().filter(|second| !date_time_or_fraction(second, None).is_empty()) {
        return vec![(text.len() - second.len(), "から".to_owned())];
    }
    // -5 is "minus 5", but not in 3-5 or A-5.
    if matches!(symbol, '-' | '−' | '－') && figure_follows && !last.is_some_and(|c| narrow(c).is_ascii_alphanumeric())
    {
        return one("マイナス");
    }
    // 3分の2 is no time.
    let of = |rest: &str| rest.strip_prefix('の').is_some_and(|rest| rest.starts_with(number_before));
    if symbol == '分' && last.is_some_and(number_before) && of(rest) {
        let number = before.trim_end_matches(number_before);
        return if number.ends_with('時') { Vec::new() } else { one("ぶん") };
    }
    if after_digit && let Some((sign, spelled)) = UNITS.into_iter().find(|(sign, _)| text.starts_with(sign)) {
        return vec![(sign.len(), spelled.to_owned())];
    }
    if symbol.is_ascii_uppercase() && !last.is_some_and(|c| narrow(c).is_ascii_alphanumeric()) {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let known = WORDS.into_iter().find(|(letters, _)| *letters == &text[..end]);
        return known.map_or_else(Vec::new, |(letters, kana)| vec![(letters.len(), kana.to_owned())]);
    }
    Vec::new()
}

/// Whether two numbers joined by a hyphen, the second at the beginning of `rest`, are a result: "2-1で勝った", "3-0の勝利".
fn is_result(before: &str, rest: &str) -> bool {
    const AFTER: [&str; 20] = [
        "で勝",
        "で負け",
        "で敗",
        "で破",
        "で下し",
        "で下す",
        "で引き分け",
        "で快勝",
        "で大勝",
        "で圧勝",
        "で完勝",
        "で辛勝",
        "で逆転",
        "で優勝",
        "と快勝",
        "の勝利",
        "の快勝",
        "の引き分け",
        "の敗",
        "と勝利",
    ];
    let after = rest.trim_start_matches(is_figure);
    let head = before.trim_end_matches(is_figure);
    let short = |length: usize| (1..=2).contains(&length);
    short(rest[..rest.len() - after.len()].chars().count())
        && short(before[head.len()..].chars().count())
        && !head.ends_with(|c: char| matches!(narrow(c), '-' | '/' | ':' | '.') || c.is_ascii_alphabetic())
        && AFTER.iter().any(|word| after.starts_with(word))
}

/// Whether two numbers joined by a hyphen, the second at the beginning of `rest`, count something: 10-20人, but not 03-1234-5678.
fn is_counted(before: &str, rest: &str) -> bool {
    const COUNTERS: &str = "人個日月年時分秒回本枚匹冊歳度円台週名倍点ヶか％%℃";
    const LATIN: [&str; 9] = ["km", "cm", "mm", "kg", "m", "g", "L", "GB", "MB"];
    let after = rest.trim_start_matches(is_figure);
    let head = before.trim_end_matches(is_figure);
    let unit = || {
        LATIN.iter().any(|unit| {
            after.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        })
    };
    after.len() < rest.len()
        && (after.starts_with(|c| COUNTERS.contains(c)) || unit())
        && !head.ends_with(|c: char| matches!(narrow(c), '-' | '/' | ':' | '.') || c.is_ascii_alphabetic())
}

/// A date, a time or a fraction in figures at the beginning of a text, in parts: the length of each in bytes, with the separator
/// after it, and how it is read. 9:30 is 9時 and 30分, 2026/10/1 is 2026年, 10月 and 1日, 10/1 is a date and 1/2 is a half.
pub fn date_time_or_fraction(text: &str, before: Option<char>) -> Vec<(usize, String)> {
    // Length in bytes and in digits, and value.
    let mut fields: Vec<(usize, usize, u32)> = Vec::new();
    let (mut rest, mut separator) = (text, None);
    loop {
        let digits: String = rest.chars().take_while(|c| is_figure(*c)).map(narrow).collect();
        let length = rest.find(|c| !is_figure(c)).unwrap_or(rest.len());
        let Ok(value) = digits.parse() else { return Vec::new() };
        fields.push((length, digits.len(), value));
        rest = &rest[length..];
        let Some(next) = rest.chars().next().filter(|c| matches!(narrow(*c), ':' | '/' | '-' | '.')) else { break };
        // The end of the first of two times.
        if separator == Some(':') && narrow(next) == '-' {
            break;
        }
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
        // "16:9"
        (Some(':'), [(first, 1 | 2, above), (second, 1, below)])
            if !before
                .is_some_and(|c| narrow(c).is_ascii_alphanumeric() || matches!(narrow(c), ':' | '/' | '.' | '-')) =>
        {
            return vec![(*first, spelled(*above, "対")), (*second, spelled(*below, ""))];
        }
        (Some('/' | '-' | '.'), [(_, 4, _), (_, 1 | 2, 1..=12), (_, 1 | 2, 1..=31)]) => ["年", "月", "日"],
        (Some('/'), [(_, 4, 1000..3000), (_, 1 | 2, 1..=12)]) => ["年", "月", ""],
        (Some('/'), [(first, _, above), (second, _, below)])
            if !before.is_some_and(|c| narrow(c).is_ascii_alphanumeric() || matches!(narrow(c), '/' | '.' | '-')) =>
        {
            let weekday = weekday(rest);
            if is_date(*above, *below, weekday.is_some() || rest.starts_with("から")) {
                let mut parts = vec![(*first, spelled(*above, "月")), (*second, spelled(*below, "日"))];
                parts.extend(weekday);
                return parts;
            }
            let is_fraction = (1..*below).contains(above);
            let fraction = format!("{}{}", spelled(*below, "ぶんの"), spelled(*above, ""));
            return if is_fraction { vec![(first + second, fraction)] } else { Vec::new() };
        }
        _ => return Vec::new(),
    };
    let mut parts: Vec<(usize, String)> = Vec::new();
    for ((length, _, value), unit) in fields.into_iter().zip(units) {
        match parts.last_mut() {
            // 9:00 is 9時.
            Some(before) if value == 0 => before.0 += length,
            _ => parts.push((length, spelled(value, unit))),
        }
    }
    parts.extend(weekday(rest).filter(|_| separator != Some(':')));
    parts
}

/// A number in full-width figures, with its counter.
pub fn spelled(value: u32, unit: &str) -> String {
    value.to_string().chars().map(wide).chain(unit.chars()).collect()
}

/// Whether 10/1 is a date. Where it may also be a fraction it is one if the denominator is small, unless the text `says_date`.
fn is_date(above: u32, below: u32, says_date: bool) -> bool {
    let valid = (1..=12).contains(&above) && (1..=31).contains(&below);
    let fraction = above < below && (below <= 10 || above == 1 && matches!(below, 12 | 16 | 20));
    valid && (says_date || !fraction)
}

/// "(水)" after a date, as it is read.
fn weekday(text: &str) -> Option<(usize, String)> {
    let inner = text.strip_prefix(['(', '（'])?;
    let day = inner.chars().next().filter(|c| "月火水木金土日".contains(*c))?;
    let rest = inner[day.len_utf8()..].strip_prefix([')', '）'])?;
    Some((text.len() - rest.len(), format!("{day}曜日")))
}

/// Whether a character is a figure in kanji.
pub fn is_kanji_digit(symbol: char) -> bool {
    "〇○零一二三四五六七八九十百千壱弐貳参".contains(symbol)
}
