//! Japanese written in kana, with the phonemes of misaki's `JAG2P()`.
//!
//! Kanji need a dictionary, which the feature `japanese` reads. Here a kanji is an error that names it, and particles are
//! guessed: を is always one, は and へ at the end of a word that a space or punctuation ends.

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};
use crate::g2p::{G2p, nothing_to_speak};
use crate::language::Language;
use crate::links::{self, inline_phonemes};
use crate::phonemes;
use crate::token::{self, Token};
use crate::written;

/// The five kana of a row; the consonant before a, e and o; before i; before u; and the vowel u.
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

/// Kana outside the rows: consonant and vowel.
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

/// How to get a dictionary.
const REMEDY: &str = if cfg!(feature = "japanese") {
    " (`kokoro fetch japanese` gets one; $KOKORO_JAPANESE_DICTIONARY names its folder)"
} else {
    " (the feature `japanese`, which this build lacks)"
};

/// Text in kana to phonemes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kana;

impl G2p for Kana {
    fn phonemize(&self, text: &str) -> Result<String> {
        let tokens = read(text)?;
        let sounds = |token: &Token| token.phonemes.contains(char::is_alphabetic);
        if tokens.iter().any(sounds) { Ok(token::phonemes(&tokens)) } else { Err(nothing_to_speak(text)) }
    }

    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        let tokens = read(text)?;
        let sounds = |token: &Token| token.phonemes.contains(char::is_alphabetic);
        Ok(if tokens.iter().any(sounds) { tokens } else { Vec::new() })
    }
}

/// The tokens of a text: words, and punctuation.
fn read(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    for line in text.lines() {
        push_space(&mut tokens);
        let (line, before) = (written::read(line, Language::Japanese), tokens.len());
        push_line(line.text(), &mut tokens)?;
        let read = tokens.split_off(before);
        tokens.extend(line.restore(read));
    }
    Ok(tokens)
}

fn push_space(tokens: &mut [Token]) {
    if let Some(last) = tokens.last_mut() {
        " ".clone_into(&mut last.whitespace);
    }
}

/// Appends the tokens of a line.
fn push_line(line: &str, tokens: &mut Vec<Token>) -> Result<()> {
    let mut rest = line;
    while let Some(symbol) = rest.chars().next() {
        if let Some((word, phonemes, length)) = inline_phonemes(rest) {
            push_space(tokens);
            tokens.push(Token::new(word, links::spoken(word, phonemes, phonemes::is_known), " "));
            rest = &rest[length..];
            continue;
        }
        let end = rest.find(|c| !is_kana(c)).unwrap_or(rest.len());
        if end > 0 {
            let (run, after) = rest.split_at(end);
            let ends = after.chars().next().is_none_or(|next| next.is_whitespace() || punctuation(next).is_some());
            push_words(run, ends, tokens);
            rest = after;
            continue;
        }
        match punctuation(symbol) {
            Some(mark) => {
                // No space between a word and the punctuation after it.
                if let Some(last) = tokens.last_mut() {
                    last.whitespace = if mark.starts_with(' ') { " ".to_owned() } else { String::new() };
                }
                tokens.push(Token::new(symbol, mark.trim(), if mark.ends_with(' ') { " " } else { "" }));
            }
            None if symbol.is_alphanumeric() => {
                let reason = format!(
                    "{symbol:?} in {:?}: only kana can be read in Japanese without a dictionary{REMEDY}; write kana, or \
                     [{symbol}](/phonemes/)",
                    line.trim().chars().take(40).collect::<String>()
                );
                return Err(Error::Unspeakable { reason });
            }
            None if symbol.is_whitespace() => push_space(tokens),
            None => log::warn!("no pronunciation for {symbol:?}, skipped"),
        }
        rest = &rest[symbol.len_utf8()..];
    }
    Ok(())
}

fn is_kana(symbol: char) -> bool {
    matches!(symbol, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | 'ー' | '\u{3099}' | '\u{309a}' | '\u{ff66}'..='\u{ff9f}')
}

/// The punctuation of the vocabulary, with the spaces around it.
pub(crate) fn punctuation(symbol: char) -> Option<&'static str> {
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

/// Appends the words of a run of kana: it is divided at を and between hiragana and katakana. `ends`: white space or
/// punctuation follows.
fn push_words(run: &str, ends: bool, tokens: &mut Vec<Token>) {
    let katakana = |c: char| matches!(c, '\u{30a1}'..='\u{30fa}' | '\u{ff66}'..='\u{ff6f}' | '\u{ff71}'..='\u{ff9d}');
    // Marks of voice and of length belong to the kana before them.
    let bar = |c: char| matches!(c, 'ー' | 'ｰ');
    let mark = |c: char| matches!(c, '\u{3099}' | '\u{309a}' | 'ﾞ' | 'ﾟ');
    let mut parts: Vec<&str> = Vec::new();
    let (mut start, mut before) = (0, None);
    for (at, symbol) in run.char_indices().filter(|(_, symbol)| !mark(*symbol)) {
        let apart = matches!(symbol, 'を') || before == Some('を');
        let script_changes =
            before.is_some_and(|before| !bar(symbol) && !bar(before) && katakana(before) != katakana(symbol));
        // "ケーキは": the length mark ー belongs to the katakana before it.
        let after_bar = before.is_some_and(bar) && !katakana(symbol) && !bar(symbol);
        if (apart || script_changes || after_bar) && before.is_some() {
            parts.push(&run[start..at]);
            start = at;
        }
        before = Some(symbol);
    }
    parts.push(&run[start..]);
    for (at, part) in parts.iter().enumerate() {
        let last = ends || at + 1 < parts.len();
        tokens.push(Token::new(*part, word(&part.nfkc().collect::<String>(), last), " "));
    }
}

/// The phonemes of a word. A final は or へ is a particle if the word certainly ends there (`ends`).
pub(crate) fn word(kana: &str, ends: bool) -> String {
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
            symbol => match next.and_then(|small| with_small_kana(symbol, small)) {
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

/// The consonant and vowel of one kana. Small kana are like large ones.
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

/// The phonemes of a kana with a small one after it: キャ, ファ, ティ, ウェ.
fn with_small_kana(kana: char, small: char) -> Option<String> {
    let (consonant, vowel) = mora(kana)?;
    let palatal = if consonant.ends_with(['ʲ', 'ɕ', 'ʥ', 'ʨ', 'ɲ', 'ç']) { "" } else { "ʲ" };
    Some(match (small, kana) {
        ('ャ', _) => format!("{consonant}{palatal}a"),
        ('ュ', _) => format!("{consonant}{palatal}ɨ"),
        ('ョ', _) => format!("{consonant}{palatal}o"),
        ('ェ', 'イ') => "je".to_owned(),
        ('ァ' | 'ィ' | 'ェ' | 'ォ', 'ウ') => format!("β{}", mora(small)?.1),
        ('ァ' | 'ィ' | 'ェ' | 'ォ' | 'ヮ', 'ク' | 'グ') => format!("{consonant}ᵝ{}", mora(small)?.1),
        // The same vowel, lengthened: なぁ.
        ('ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ', _) if mora(small)?.1 == vowel => format!("{consonant}{vowel}ː"),
        ('ィ', _) => format!("{consonant}{palatal}i"),
        ('ゥ', _) => format!("{consonant}ɯ"),
        ('ァ' | 'ェ' | 'ォ', _) => format!("{consonant}{}", mora(small)?.1),
        _ => return None,
    })
}

/// The phoneme of ん, which depends on the next consonant.
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
    fn kana_are_phonemized() {
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
    fn other_characters_are_errors_and_every_kana_has_phonemes() {
        for (written, symbol) in [("これは日本です", "'日'"), ("ねこが3びき", "'3'"), ("abc", "'a'")] {
            let error = Kana.phonemize(written).unwrap_err().to_string();
            assert!(error.contains(symbol) && error.contains("only kana"), "{error}");
            assert!(Kana.tokens(written).is_err(), "{written}");
        }
        let tokens = Kana.tokens("コーヒーを ください。[ねこ](https://a.jp/)と**いぬ** ｶﾞ 😀").unwrap();
        let words: Vec<(&str, &str)> =
            tokens.iter().map(|token| (token.text.as_str(), token.phonemes.as_str())).collect();
        let expected = [
            ("コーヒー", "koːçiː"),
            ("を", "o"),
            ("ください", "kɯdasai"),
            ("。", "."),
            ("[ねこ](https://a.jp/)と**いぬ**", "nekotoinɯ"),
            ("ｶﾞ", "ɡa"),
        ];
        assert_eq!(words, expected);
        assert!(Kana.phonemize("。。").is_err() && Kana.tokens("。。").unwrap().is_empty());
        for kana in ('ぁ'..='ゖ').chain('ァ'..='ヺ') {
            let spoken = word(&kana.to_string(), false);
            assert!(!spoken.is_empty() && phonemes::unknown(&spoken).count() == 0, "{kana}: {spoken}");
        }
    }
}
