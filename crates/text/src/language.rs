//! The supported languages and their names.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// A language that can be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Language {
    /// en-us, voices `af_` and `am_`.
    #[default]
    AmericanEnglish,
    /// en-gb, voices `bf_` and `bm_`.
    BritishEnglish,
    /// es, voices `ef_` and `em_`. Needs the program espeak-ng, like the four languages after it.
    Spanish,
    /// fr-fr, voices `ff_`.
    French,
    /// hi, voices `hf_` and `hm_`.
    Hindi,
    /// it, voices `if_` and `im_`.
    Italian,
    /// pt-br, voices `pf_` and `pm_`.
    Portuguese,
    /// zh, voices `zf_` and `zm_`. Needs the feature `mandarin`.
    Mandarin,
    /// ja, voices `jf_` and `jm_`. Kanji need the feature `japanese` and a dictionary, kana do not.
    Japanese,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 9] = [
        Self::AmericanEnglish,
        Self::BritishEnglish,
        Self::Spanish,
        Self::French,
        Self::Hindi,
        Self::Italian,
        Self::Portuguese,
        Self::Mandarin,
        Self::Japanese,
    ];

    /// The language code that the Python package uses: `en-us`, `es`, ...
    pub fn code(self) -> &'static str {
        match self {
            Self::AmericanEnglish => "en-us",
            Self::BritishEnglish => "en-gb",
            Self::Spanish => "es",
            Self::French => "fr-fr",
            Self::Hindi => "hi",
            Self::Italian => "it",
            Self::Portuguese => "pt-br",
            Self::Mandarin => "zh",
            Self::Japanese => "ja",
        }
    }

    /// The first letter of the names of its voices.
    pub fn letter(self) -> char {
        match self {
            Self::AmericanEnglish => 'a',
            Self::BritishEnglish => 'b',
            Self::Spanish => 'e',
            Self::French => 'f',
            Self::Hindi => 'h',
            Self::Italian => 'i',
            Self::Portuguese => 'p',
            Self::Mandarin => 'z',
            Self::Japanese => 'j',
        }
    }

    /// The language of a voice, from its name: `ef_dora` is Spanish. A name of another form means American English.
    ///
    /// # Errors
    /// [`Error::Language`] if no language has that letter.
    pub fn of_voice(name: &str) -> Result<Self> {
        match name.as_bytes() {
            [letter, b'f' | b'm', b'_', ..] => char::from(*letter).to_string().parse(),
            _ => Ok(Self::default()),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = Error;

    /// Accepts, in any case, a code (`en-us`, `en-gb`, `es`, `fr-fr`, `hi`, `it`, `pt-br`, `zh`, `ja`), its first part if
    /// that is unambiguous, or the first letter of the names of the voices.
    fn from_str(name: &str) -> Result<Self> {
        let reason = match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "en-us" | "en" | "a" => return Ok(Self::AmericanEnglish),
            "en-gb" | "b" => return Ok(Self::BritishEnglish),
            "es" | "es-es" | "e" => return Ok(Self::Spanish),
            "fr-fr" | "fr" | "f" => return Ok(Self::French),
            "hi" | "hi-in" | "h" => return Ok(Self::Hindi),
            "it" | "it-it" | "i" => return Ok(Self::Italian),
            "pt-br" | "pt" | "p" => return Ok(Self::Portuguese),
            "zh" | "zh-cn" | "cmn" | "z" => return Ok(Self::Mandarin),
            "ja" | "ja-jp" | "j" => return Ok(Self::Japanese),
            _ => format!("{name:?} is not known"),
        };
        let known: Vec<String> =
            Self::ALL.iter().map(|language| format!("{language} ({})", language.letter())).collect();
        let reason = format!("{reason}; expected one of {} (phonemes need no language)", known.join(", "));
        Err(Error::Language { reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_codes_letters_and_voices() {
        for language in Language::ALL {
            assert_eq!(language.code().parse::<Language>().unwrap(), language);
            assert_eq!(language.letter().to_string().parse::<Language>().unwrap(), language);
            assert_eq!(Language::of_voice(&format!("{}m_x", language.letter())).unwrap(), language);
        }
        for (voice, code) in
            [("ef_dora", "es"), ("bf_emma", "en-gb"), ("af_heart", "en-us"), ("seeded:0", "en-us"), ("bella", "en-us")]
        {
            assert_eq!(Language::of_voice(voice).unwrap().code(), code, "{voice}");
        }
    }

    #[test]
    fn an_unknown_language_is_reported_with_the_known_ones() {
        let error = "xx".parse::<Language>().unwrap_err().to_string();
        assert!(error.starts_with("language: \"xx\" is not known") && error.contains("pt-br (p)"), "{error}");
        assert!(Language::of_voice("xf_alpha").unwrap_err().to_string().contains("\"x\" is not known"));
    }
}
