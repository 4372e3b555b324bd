//! Syllables, and their spelling in the alphabets of both models.
//!
//! v1.0 was trained on IPA with an arrow for the tone after the vowel. v1.1-zh was trained on zhuyin: a letter for the
//! initial, a symbol for the whole final, a digit for the tone.

/// Initials in pinyin and IPA, in the order of the zhuyin letters, which begin at `ㄅ`.
const INITIALS: [(&str, &str); 21] = [
    ("b", "p"),
    ("p", "pʰ"),
    ("m", "m"),
    ("f", "f"),
    ("d", "t"),
    ("t", "tʰ"),
    ("n", "n"),
    ("l", "l"),
    ("g", "k"),
    ("k", "kʰ"),
    ("h", "x"),
    ("j", "ʨ"),
    ("q", "ʨʰ"),
    ("x", "ɕ"),
    ("zh", "\u{ab67}"),
    ("ch", "\u{ab67}ʰ"),
    ("sh", "ʂ"),
    ("r", "ɻ"),
    ("z", "ʦ"),
    ("c", "ʦʰ"),
    ("s", "s"),
];

/// A final.
struct Final {
    /// Pinyin without its spelling rules.
    pinyin: &'static str,
    /// IPA, as are `vowel` and `coda`.
    glide: &'static str,
    vowel: &'static str,
    coda: &'static str,
    /// The symbol of v1.1-zh.
    zhuyin: &'static str,
}

const fn entry(
    pinyin: &'static str,
    glide: &'static str,
    vowel: &'static str,
    coda: &'static str,
    zhuyin: &'static str,
) -> Final {
    Final { pinyin, glide, vowel, coda, zhuyin }
}

/// v1.1-zh writes a final without a zhuyin letter as a Chinese character that sounds like it.
#[rustfmt::skip]
const FINALS: [Final; 40] = [
    entry("a", "", "a", "", "ㄚ"), entry("o", "", "ɔ", "", "ㄛ"), entry("e", "", "ɤ", "", "ㄜ"), entry("ê", "", "ɛ", "", "ㄝ"),
    entry("ai", "", "ai", "", "ㄞ"), entry("ei", "", "ei", "", "ㄟ"), entry("ao", "", "au", "", "ㄠ"), entry("ou", "", "ou", "", "ㄡ"),
    entry("an", "", "a", "n", "ㄢ"), entry("en", "", "ə", "n", "ㄣ"), entry("ang", "", "a", "ŋ", "ㄤ"), entry("eng", "", "ə", "ŋ", "ㄥ"),
    entry("er", "", "ɚ", "", "ㄦ"), entry("ong", "", "ʊ", "ŋ", "中"),
    entry("i", "", "i", "", "ㄧ"), entry("ia", "j", "a", "", "压"), entry("io", "j", "ɔ", "", "ㄛ"), entry("ie", "j", "e", "", "ㄝ"),
    entry("iao", "j", "au", "", "要"), entry("iou", "j", "ou", "", "又"), entry("ian", "j", "ɛ", "n", "言"), entry("in", "", "i", "n", "阴"),
    entry("iang", "j", "a", "ŋ", "阳"), entry("ing", "", "i", "ŋ", "应"), entry("iong", "j", "ʊ", "ŋ", "用"),
    entry("u", "", "u", "", "ㄨ"), entry("ua", "w", "a", "", "穵"), entry("uo", "w", "o", "", "我"), entry("uai", "w", "ai", "", "外"),
    entry("uei", "w", "ei", "", "为"), entry("uan", "w", "a", "n", "万"), entry("uen", "w", "ə", "n", "文"),
    entry("uang", "w", "a", "ŋ", "王"), entry("ueng", "w", "ə", "ŋ", "瓮"),
    entry("ü", "", "y", "", "ㄩ"), entry("üe", "ɥ", "e", "", "月"), entry("üan", "ɥ", "ɛ", "n", "元"), entry("ün", "", "y", "n", "云"),
    // The vowels of zi and of zhi, which pinyin writes with an i.
    entry("ɿ", "", "ɨ", "", "ㄭ"), entry("ʅ", "", "ɨ", "", "十"),
];

/// One syllable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syllable {
    /// An index into [`INITIALS`].
    initial: Option<usize>,
    /// A final, or a consonant that is a syllable by itself.
    rhyme: Rhyme,
    /// 1 to 4, or 5 for the neutral tone.
    pub tone: u8,
    /// Whether the syllable ends in the r of 儿.
    pub erhua: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rhyme {
    /// An index into [`FINALS`].
    Final(usize),
    /// 嗯, 呣, 哼: IPA, and the nearest zhuyin letters.
    Consonant(&'static str, &'static str),
}

impl Syllable {
    /// Parses pinyin with the tone as a digit at its end (`zhuang4`). Without a digit the tone is neutral.
    pub fn parse(pinyin: &str) -> Option<Self> {
        let letters = pinyin.trim_end_matches(|c: char| c.is_ascii_digit());
        let tone = match &pinyin[letters.len()..] {
            "" | "0" => 5,
            digit => digit.parse().ok().filter(|tone| (1..=5).contains(tone))?,
        };
        let consonant = match letters {
            "hm" => Some(("hm", "ㄏㄣ")),
            "hng" => Some(("hŋ", "ㄏㄥ")),
            "m" => Some(("m", "ㄇ")),
            "n" | "ng" => Some((if letters == "n" { "n" } else { "ŋ" }, "ㄣ")),
            _ => None,
        };
        if let Some((ipa, zhuyin)) = consonant {
            return Some(Self { initial: None, rhyme: Rhyme::Consonant(ipa, zhuyin), tone, erhua: false });
        }
        let initial = (0..INITIALS.len())
            .filter(|at| letters.starts_with(INITIALS[*at].0))
            .max_by_key(|at| INITIALS[*at].0.len());
        let name = initial.map_or("", |at| INITIALS[at].0);
        let spelled = without_spelling_rules(name, &letters[name.len()..]);
        let at = FINALS.iter().position(|known| known.pinyin == spelled)?;
        Some(Self { initial, rhyme: Rhyme::Final(at), tone, erhua: false })
    }

    /// Whether it is the syllable of 儿.
    pub fn is_er(self) -> bool {
        matches!(self.rhyme, Rhyme::Final(at) if FINALS[at].pinyin == "er")
    }

    /// The spelling of v1.0.
    pub fn ipa(self) -> String {
        let tone = ["", "→", "↗", "↓", "↘", ""][usize::from(self.tone.min(5))];
        let initial = self.initial.map_or("", |at| INITIALS[at].1);
        match self.rhyme {
            Rhyme::Consonant(ipa, _) => format!("{ipa}{tone}"),
            Rhyme::Final(at) => {
                let Final { pinyin, glide, vowel, coda, .. } = FINALS[at];
                // Pinyin "bo" is spoken "buo".
                let (glide, vowel) = if pinyin == "o" && self.initial.is_some() { ("w", "o") } else { (glide, vowel) };
                format!("{initial}{glide}{vowel}{tone}{coda}")
            }
        }
    }

    /// The spelling of v1.1-zh.
    pub fn zhuyin(self) -> String {
        let mut out = String::new();
        out.extend(self.initial.and_then(|at| char::from_u32('ㄅ' as u32 + at as u32)));
        match self.rhyme {
            Rhyme::Consonant(_, zhuyin) => out += zhuyin,
            Rhyme::Final(at) if self.erhua && FINALS[at].pinyin == "e" => out.push('ㄦ'),
            Rhyme::Final(at) => {
                out += FINALS[at].zhuyin;
                out += if self.erhua { "R" } else { "" };
            }
        }
        out.push(char::from(b'0' + self.tone));
        out
    }
}

/// Whether [`Syllable::zhuyin`] writes a symbol.
pub fn is_zhuyin(symbol: char) -> bool {
    matches!(symbol, 'ㄅ'..='ㄙ' | '1'..='5' | 'R') || FINALS.iter().any(|known| known.zhuyin.contains(symbol))
}

/// A final without the spelling rules of pinyin: "yu" is "ü".
fn without_spelling_rules(initial: &str, spelled: &str) -> String {
    let palatal = ["j", "q", "x"].contains(&initial);
    match (initial, spelled) {
        ("zh" | "ch" | "sh" | "r", "i") => "ʅ".to_owned(),
        ("z" | "c" | "s", "i") => "ɿ".to_owned(),
        ("", "yi" | "yin" | "ying") => spelled[1..].to_owned(),
        ("", "you") => "iou".to_owned(),
        ("", spelled) if spelled.starts_with("yu") => spelled.replacen("yu", "ü", 1),
        ("", spelled) if spelled.starts_with('y') => spelled.replacen('y', "i", 1),
        ("", "wu") => "u".to_owned(),
        ("", "wei") => "uei".to_owned(),
        ("", "wen") => "uen".to_owned(),
        ("", spelled) if spelled.starts_with('w') => spelled.replacen('w', "u", 1),
        (_, spelled) if palatal && spelled.starts_with('u') => spelled.replacen('u', "ü", 1),
        (_, "iu") => "iou".to_owned(),
        (_, "ui") => "uei".to_owned(),
        (_, "un") => "uen".to_owned(),
        (_, "v" | "ve") => spelled.replacen('v', "ü", 1),
        (_, spelled) => spelled.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes;

    #[test]
    fn syllables_have_a_spelling_in_both_alphabets() {
        for (pinyin, ipa, zhuyin) in [
            ("ma1", "ma→", "ㄇㄚ1"),
            ("zhuang4", "\u{ab67}wa↘ŋ", "ㄓ王4"),
            ("shi2", "ʂɨ↗", "ㄕ十2"),
            ("si4", "sɨ↘", "ㄙㄭ4"),
            ("de", "tɤ", "ㄉㄜ5"),
            ("bo1", "pwo→", "ㄅㄛ1"),
            ("o2", "ɔ↗", "ㄛ2"),
            ("yi1", "i→", "ㄧ1"),
            ("you3", "jou↓", "又3"),
            ("liu2", "ljou↗", "ㄌ又2"),
            ("yuan2", "ɥɛ↗n", "元2"),
            ("qu4", "ʨʰy↘", "ㄑㄩ4"),
            ("xun2", "ɕy↗n", "ㄒ云2"),
            ("lü4", "ly↘", "ㄌㄩ4"),
            ("nüe4", "nɥe↘", "ㄋ月4"),
            ("wen2", "wə↗n", "文2"),
            ("dun4", "twə↘n", "ㄉ文4"),
            ("gui4", "kwei↘", "ㄍ为4"),
            ("yong4", "jʊ↘ŋ", "用4"),
            ("xiong2", "ɕjʊ↗ŋ", "ㄒ用2"),
            ("er2", "ɚ↗", "ㄦ2"),
            ("ng4", "ŋ↘", "ㄣ4"),
        ] {
            let syllable = Syllable::parse(pinyin).unwrap_or_else(|| panic!("{pinyin}"));
            assert_eq!((syllable.ipa().as_str(), syllable.zhuyin().as_str()), (ipa, zhuyin), "{pinyin}");
            assert_eq!(phonemes::unknown(ipa).count(), 0, "{ipa}");
        }
        let erhua = |pinyin| Syllable { erhua: true, ..Syllable::parse(pinyin).unwrap() }.zhuyin();
        assert_eq!((erhua("dian3").as_str(), erhua("ge1").as_str()), ("ㄉ言R3", "ㄍㄦ1"));
        for wrong in ["", "4", "ma6", "xyz1", "bong"] {
            assert!(Syllable::parse(wrong).is_none_or(|_| wrong == "bong"), "{wrong}");
        }
    }
}
