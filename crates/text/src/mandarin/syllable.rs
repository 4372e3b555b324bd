//! Syllables, and how both of Kokoro's alphabets write them.
//!
//! The model of 54 voices (v1.0) was trained on IPA with an arrow for the tone after the vowel that carries it, v1.1-zh
//! on zhuyin: one letter for the initial, one symbol for the whole final, a figure for the tone.

/// Initials in the order of the zhuyin letters, which begin at `ㄅ`, and in IPA.
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

/// A final: in pinyin without its spelling rules; glide, vowel and coda in IPA; v1.1-zh's symbol.
struct Final {
    pinyin: &'static str,
    glide: &'static str,
    vowel: &'static str,
    coda: &'static str,
    zhuyin: &'static str,
}

const fn of(
    pinyin: &'static str,
    glide: &'static str,
    vowel: &'static str,
    coda: &'static str,
    zhuyin: &'static str,
) -> Final {
    Final { pinyin, glide, vowel, coda, zhuyin }
}

/// v1.1-zh writes what has no zhuyin letter of its own as a character that is read like it.
#[rustfmt::skip]
const FINALS: [Final; 40] = [
    of("a", "", "a", "", "ㄚ"), of("o", "", "ɔ", "", "ㄛ"), of("e", "", "ɤ", "", "ㄜ"), of("ê", "", "ɛ", "", "ㄝ"),
    of("ai", "", "ai", "", "ㄞ"), of("ei", "", "ei", "", "ㄟ"), of("ao", "", "au", "", "ㄠ"), of("ou", "", "ou", "", "ㄡ"),
    of("an", "", "a", "n", "ㄢ"), of("en", "", "ə", "n", "ㄣ"), of("ang", "", "a", "ŋ", "ㄤ"), of("eng", "", "ə", "ŋ", "ㄥ"),
    of("er", "", "ɚ", "", "ㄦ"), of("ong", "", "ʊ", "ŋ", "中"),
    of("i", "", "i", "", "ㄧ"), of("ia", "j", "a", "", "压"), of("io", "j", "ɔ", "", "ㄛ"), of("ie", "j", "e", "", "ㄝ"),
    of("iao", "j", "au", "", "要"), of("iou", "j", "ou", "", "又"), of("ian", "j", "ɛ", "n", "言"), of("in", "", "i", "n", "阴"),
    of("iang", "j", "a", "ŋ", "阳"), of("ing", "", "i", "ŋ", "应"), of("iong", "j", "ʊ", "ŋ", "用"),
    of("u", "", "u", "", "ㄨ"), of("ua", "w", "a", "", "穵"), of("uo", "w", "o", "", "我"), of("uai", "w", "ai", "", "外"),
    of("uei", "w", "ei", "", "为"), of("uan", "w", "a", "n", "万"), of("uen", "w", "ə", "n", "文"),
    of("uang", "w", "a", "ŋ", "王"), of("ueng", "w", "ə", "ŋ", "瓮"),
    of("ü", "", "y", "", "ㄩ"), of("üe", "ɥ", "e", "", "月"), of("üan", "ɥ", "ɛ", "n", "元"), of("ün", "", "y", "n", "云"),
    // The vowels of zi and of zhi, which pinyin writes with an i.
    of("ɿ", "", "ɨ", "", "ㄭ"), of("ʅ", "", "ɨ", "", "十"),
];

/// One syllable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syllable {
    /// A place in [`INITIALS`].
    initial: Option<usize>,
    /// A place in [`FINALS`], or a consonant that is a syllable by itself.
    rhyme: Rhyme,
    /// 1 to 4, and 5 for the neutral one.
    pub tone: u8,
    /// Ends in the r of 儿.
    pub erhua: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rhyme {
    Final(usize),
    /// 嗯, 呣, 哼: IPA, and the letters nearest to it.
    Consonant(&'static str, &'static str),
}

impl Syllable {
    /// Reads pinyin with the tone's figure at its end (`zhuang4`); without one it is neutral.
    pub fn parse(pinyin: &str) -> Option<Self> {
        let letters = pinyin.trim_end_matches(|c: char| c.is_ascii_digit());
        let tone = match &pinyin[letters.len()..] {
            "" | "0" => 5,
            figure => figure.parse().ok().filter(|tone| (1..=5).contains(tone))?,
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
        let spelt = plain(name, &letters[name.len()..]);
        let at = FINALS.iter().position(|known| known.pinyin == spelt)?;
        Some(Self { initial, rhyme: Rhyme::Final(at), tone, erhua: false })
    }

    /// Whether it is 儿's own.
    pub fn is_er(self) -> bool {
        matches!(self.rhyme, Rhyme::Final(at) if FINALS[at].pinyin == "er")
    }

    /// As v1.0 is given it.
    pub fn ipa(self) -> String {
        let tone = ["", "→", "↗", "↓", "↘", ""][usize::from(self.tone.min(5))];
        let initial = self.initial.map_or("", |at| INITIALS[at].1);
        match self.rhyme {
            Rhyme::Consonant(ipa, _) => format!("{ipa}{tone}"),
            Rhyme::Final(at) => {
                let Final { pinyin, glide, vowel, coda, .. } = FINALS[at];
                // "bo" is "buo".
                let (glide, vowel) = if pinyin == "o" && self.initial.is_some() { ("w", "o") } else { (glide, vowel) };
                format!("{initial}{glide}{vowel}{tone}{coda}")
            }
        }
    }

    /// As v1.1-zh is given it.
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

/// A final without the spelling rules of pinyin.
fn plain(initial: &str, spelt: &str) -> String {
    let palatal = ["j", "q", "x"].contains(&initial);
    match (initial, spelt) {
        ("zh" | "ch" | "sh" | "r", "i") => "ʅ".to_owned(),
        ("z" | "c" | "s", "i") => "ɿ".to_owned(),
        ("", "yi" | "yin" | "ying") => spelt[1..].to_owned(),
        ("", "you") => "iou".to_owned(),
        ("", spelt) if spelt.starts_with("yu") => spelt.replacen("yu", "ü", 1),
        ("", spelt) if spelt.starts_with('y') => spelt.replacen('y', "i", 1),
        ("", "wu") => "u".to_owned(),
        ("", "wei") => "uei".to_owned(),
        ("", "wen") => "uen".to_owned(),
        ("", spelt) if spelt.starts_with('w') => spelt.replacen('w', "u", 1),
        (_, spelt) if palatal && spelt.starts_with('u') => spelt.replacen('u', "ü", 1),
        (_, "iu") => "iou".to_owned(),
        (_, "ui") => "uei".to_owned(),
        (_, "un") => "uen".to_owned(),
        (_, "v" | "ve") => spelt.replacen('v', "ü", 1),
        (_, spelt) => spelt.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes;

    #[test]
    fn syllables_are_written_in_both_alphabets() {
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
