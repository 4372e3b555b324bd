//! Japanese written in kana, in the phonemes of misaki's `JAG2P()`.
//!
//! Readings of kanji need a dictionary, and none can be had that is built without a download: a kanji is an error that
//! names it. Without one は and へ are particles only at the end of a word that a space or a mark ends; を always is one.

use unicode_normalization::UnicodeNormalization;

use super::espeak::link;
use super::{G2p, nothing_in};
use crate::{Error, Result};

/// Five kana of a row with the consonant before a, e and o, that before i, that before u, and u itself.
const ROWS: [(&str, &str, &str, &str, &str); 13] = [
    ("アイウエオ", "", "", "", "ɯ"),
    ("カキクケコ", "k", "kʲ", "k", "ɯ"),
    ("ガギグゲゴ", "ɡ", "ɡʲ", "ɡ", "ɯ"),
    ("サシスセソ", "s", "ɕ", "s", "ɨ"),
    ("ザジズゼゾ", "ʣ", "ʥ", "z", "ɨ"),
    ("タチツテト", "t", "ʨ", "ʦ", "ɨ"),
    ("ダヂヅデド", "d", "ʥ", "z", "ɨ"),
    ("ナニヌネノ", "n", "ɲ", "n", "ɯ"),
    ("ハヒフヘホ", "h", "ç", "ɸ", "ɯ"),
    ("バビブベボ", "b", "bʲ", "b", "ɯ"),
    ("パピプペポ", "p", "pʲ", "p", "ɯ"),
    ("マミムメモ", "m", "mʲ", "m", "ɯ"),
    ("ラリルレロ", "ɾ", "ɾʲ", "ɾ", "ɯ"),
];

/// Kana outside the rows.
const OTHERS: [(char, &str, &str); 14] = [
    ('ヤ', "j", "a"),
    ('ユ', "j", "ɯ"),
    ('ヨ', "j", "o"),
    ('ワ', "β", "a"),
    ('ヰ', "", "i"),
    ('ヱ', "", "e"),
    ('ヲ', "", "o"),
    ('ヴ', "v", "ɯ"),
    ('ヷ', "v", "a"),
    ('ヸ', "vʲ", "i"),
    ('ヹ', "v", "e"),
    ('ヺ', "v", "o"),
    ('ヵ', "k", "a"),
    ('ヶ', "k", "e"),
];

/// Text in kana to phonemes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kana;

impl G2p for Kana {
    fn phonemize(&self, text: &str) -> Result<String> {
        let mut spoken = String::new();
        for line in text.lines() {
            spoken.push(' ');
            read(line, &mut spoken)?;
        }
        let spoken = spoken.split_whitespace().collect::<Vec<_>>().join(" ");
        if spoken.contains(char::is_alphabetic) {
            return Ok(spoken);
        }
        Err(nothing_in(text))
    }
}

fn read(line: &str, spoken: &mut String) -> Result<()> {
    let mut rest = line;
    while let Some(symbol) = rest.chars().next() {
        if let Some((_, phonemes, length)) = link(rest) {
            *spoken += &format!(" {phonemes} ");
            rest = &rest[length..];
            continue;
        }
        // White space, marks and を end a word; so does a change between the two kana.
        let end = rest.find(|c| !is_kana(c)).unwrap_or(rest.len());
        if end > 0 {
            let (run, after) = rest.split_at(end);
            let last = after.chars().next().is_none_or(|next| next.is_whitespace() || mark(next).is_some());
            words(&run.nfkc().collect::<String>(), last, spoken);
            rest = after;
            continue;
        }
        match mark(symbol) {
            Some(mark) => {
                // A mark stands directly after its word.
                if !mark.starts_with(' ') {
                    spoken.truncate(spoken.trim_end().len());
                }
                *spoken += mark;
            }
            None if symbol.is_alphanumeric() => {
                let reason = format!(
                    "{symbol:?} in {:?}: of Japanese only kana are read; give the kana, or [{symbol}](/phonemes/)",
                    line.trim().chars().take(40).collect::<String>()
                );
                return Err(Error::Unspeakable { reason });
            }
            None if symbol.is_whitespace() => spoken.push(' '),
            None => log::warn!("no reading for {symbol:?}: skipped"),
        }
        rest = &rest[symbol.len_utf8()..];
    }
    Ok(())
}

fn is_kana(symbol: char) -> bool {
    matches!(symbol, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | 'ー' | '\u{3099}' | '\u{309a}' | '\u{ff66}'..='\u{ff9f}')
}

fn mark(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '。' | '．' | '｡' | '.' => ". ",
        '、' | '，' | '､' | ',' => ", ",
        '！' | '!' => "! ",
        '？' | '?' => "? ",
        '：' | ':' => ": ",
        '；' | ';' => "; ",
        '…' => "…",
        '〜' | '～' | '—' => "—",
        '「' | '『' | '“' | '«' => " “",
        '」' | '』' | '”' | '»' => "” ",
        '（' | '(' | '【' => " (",
        '）' | ')' | '】' => ") ",
        _ => return None,
    })
}

/// A run of kana, divided at を and where hiragana and katakana meet. `ends`: a space or a mark follows it.
fn words(run: &str, ends: bool, spoken: &mut String) {
    let katakana = |c: char| ('\u{30a1}'..='\u{30fa}').contains(&c);
    let mut parts: Vec<String> = vec![String::new()];
    let mut before = None;
    for symbol in run.chars() {
        let apart = symbol == 'を' || before == Some('を');
        let meets =
            before.is_some_and(|before| symbol != 'ー' && before != 'ー' && katakana(before) != katakana(symbol));
        // "ケーキは": the bar belongs to what it lengthens.
        let after_bar = before == Some('ー') && !katakana(symbol) && symbol != 'ー';
        if (apart || meets || after_bar) && before.is_some() {
            parts.push(String::new());
        }
        parts.last_mut().into_iter().for_each(|part| part.push(symbol));
        before = Some(symbol);
    }
    let count = parts.len();
    for (at, part) in parts.iter().enumerate() {
        let last = ends || at + 1 < count;
        *spoken += &format!("{} ", word(part, last));
    }
}

/// A word's phonemes; a last は or へ is a particle if `ends` says that the word is known to end there.
fn word(kana: &str, ends: bool) -> String {
    let katakana =
        |c: char| if ('ぁ'..='ゖ').contains(&c) { char::from_u32(c as u32 + 0x60).unwrap_or(c) } else { c };
    let particle = match kana.chars().next_back() {
        Some('は') if ends => Some("βa"),
        Some('へ') if ends => Some("e"),
        _ => None,
    };
    let symbols: Vec<char> = kana.chars().map(katakana).collect();
    let count = symbols.len() - usize::from(particle.is_some());
    let mut spoken = String::new();
    let mut at = 0;
    while at < count {
        let next = symbols[..count].get(at + 1).copied();
        at += 1;
        match symbols[at - 1] {
            'ー' => spoken.push('ː'),
            'ッ' => spoken.push('ʔ'),
            'ン' => spoken.push_str(nasal(next)),
            symbol => match next.and_then(|small| joined(symbol, small)) {
                Some(mora) => {
                    spoken += &mora;
                    at += 1;
                }
                None => {
                    let (consonant, vowel) = mora(symbol).unwrap_or_default();
                    spoken += &[consonant, vowel].concat();
                }
            },
        }
    }
    spoken + particle.unwrap_or_default()
}

/// Consonant and vowel of one kana; small ones are read like large.
fn mora(kana: char) -> Option<(&'static str, &'static str)> {
    let large = match kana {
        'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' => char::from_u32(kana as u32 + 1)?,
        kana => kana,
    };
    if let Some((_, consonant, vowel)) = OTHERS.iter().find(|(other, ..)| *other == large) {
        return Some((consonant, vowel));
    }
    ROWS.iter().find_map(|&(row, plain, before_i, before_u, u)| {
        Some(match row.chars().position(|other| other == large)? {
            0 => (plain, "a"),
            1 => (before_i, "i"),
            2 => (before_u, u),
            3 => (plain, "e"),
            _ => (plain, "o"),
        })
    })
}

/// A kana with a small one after it: キャ, ファ, ティ, ウェ.
fn joined(kana: char, small: char) -> Option<String> {
    let (consonant, vowel) = mora(kana)?;
    let soft = if consonant.ends_with(['ʲ', 'ɕ', 'ʥ', 'ʨ', 'ɲ', 'ç']) { "" } else { "ʲ" };
    Some(match (small, kana) {
        ('ャ', _) => format!("{consonant}{soft}a"),
        ('ュ', _) => format!("{consonant}{soft}ɨ"),
        ('ョ', _) => format!("{consonant}{soft}o"),
        ('ェ', 'イ') => "je".to_owned(),
        ('ァ' | 'ィ' | 'ェ' | 'ォ', 'ウ') => format!("β{}", mora(small)?.1),
        ('ァ' | 'ィ' | 'ェ' | 'ォ' | 'ヮ', 'ク' | 'グ') => format!("{consonant}ᵝ{}", mora(small)?.1),
        // The same vowel, drawn out: なぁ.
        ('ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ', _) if mora(small)?.1 == vowel => format!("{consonant}{vowel}ː"),
        ('ィ', _) => format!("{consonant}{soft}i"),
        ('ゥ', _) => format!("{consonant}ɯ"),
        ('ァ' | 'ェ' | 'ォ', _) => format!("{consonant}{}", mora(small)?.1),
        _ => return None,
    })
}

/// ん by what follows it.
fn nasal(next: Option<char>) -> &'static str {
    let consonant = next.and_then(mora).map_or("", |(consonant, _)| consonant);
    match consonant.chars().next() {
        Some('m' | 'p' | 'b') => "m",
        Some('k' | 'ɡ') => "ŋ",
        Some('ɲ' | 'ʨ' | 'ʥ') => "ɲ",
        Some('n' | 't' | 'd' | 'ɾ' | 'z') => "n",
        _ => "ɴ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes;

    #[test]
    fn kana_are_read() {
        for (written, expected) in [
            ("こんにちは", "koɲɲiʨiβa"),
            ("ありがとう ございます。", "aɾʲiɡatoɯ ɡoʣaimasɨ."),
            ("わたしは がくせいです。", "βataɕiβa ɡakɯseidesɨ."),
            ("コーヒーをください。", "koːçiː o kɯdasai."),
            ("きょうは とうきょうへ いく", "kʲoɯβa toɯkʲoɯe ikɯ"),
            ("しゅっぱつ、じゃあね！", "ɕɨʔpaʦɨ, ʥaane!"),
            ("ファイル ウェブ ティー チェック クォーツ", "ɸaiɾɯ βebɯ tʲiː ʨeʔkɯ kᵝoːʦɨ"),
            ("しんぶん でんわ さんかい ほんとう", "ɕimbɯɴ deɴβa saŋkai hontoɯ"),
            ("「はい」といった", "“hai” toiʔta"),
            ("ﾃｽﾄ", "tesɨto"),
            ("[日本](/ɲihoɴ/)ご", "ɲihoɴ ɡo"),
        ] {
            let spoken = Kana.phonemize(written).unwrap_or_else(|error| panic!("{written}: {error}"));
            assert_eq!(spoken, expected, "{written}");
            assert_eq!(phonemes::unknown(&spoken).collect::<String>(), "");
        }
    }

    #[test]
    fn what_has_no_reading_is_named_and_nothing_dropped() {
        for (written, named) in [("これは日本です", "'日'"), ("ねこが3びき", "'3'"), ("abc", "'a'")] {
            let error = Kana.phonemize(written).unwrap_err().to_string();
            assert!(error.contains(named) && error.contains("only kana"), "{error}");
            assert!(Kana.tokens(written).is_err(), "{written}");
        }
        assert!(Kana.phonemize("。。").is_err() && Kana.tokens("。。").unwrap().is_empty());
        for kana in ('ぁ'..='ゖ').chain('ァ'..='ヺ') {
            let spoken = word(&kana.to_string(), false);
            assert!(!spoken.is_empty() && phonemes::unknown(&spoken).count() == 0, "{kana}: {spoken}");
        }
    }
}
