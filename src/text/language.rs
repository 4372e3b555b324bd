//! The languages that can be spoken, and what reads them.

use std::fmt;
use std::str::FromStr;

use super::G2p;
use super::english::{Accent, English};
use super::espeak::Espeak;
use crate::{Error, Result};

/// A language in which text can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Language {
    /// en-us, voices `af_` and `am_`.
    #[default]
    AmericanEnglish,
    /// en-gb, voices `bf_` and `bm_`.
    BritishEnglish,
    /// es, voices `ef_` and `em_`; through the program espeak-ng, as those that follow.
    Spanish,
    /// fr-fr, voices `ff_`.
    French,
    /// hi, voices `hf_` and `hm_`.
    Hindi,
    /// it, voices `if_` and `im_`.
    Italian,
    /// pt-br, voices `pf_` and `pm_`.
    Portuguese,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 7] = [
        Self::AmericanEnglish,
        Self::BritishEnglish,
        Self::Spanish,
        Self::French,
        Self::Hindi,
        Self::Italian,
        Self::Portuguese,
    ];

    /// The code by which the Python package knows it: `en-us`, `es`, ...
    pub fn code(self) -> &'static str {
        match self {
            Self::AmericanEnglish => "en-us",
            Self::BritishEnglish => "en-gb",
            Self::Spanish => "es",
            Self::French => "fr-fr",
            Self::Hindi => "hi",
            Self::Italian => "it",
            Self::Portuguese => "pt-br",
        }
    }

    /// The letter with which the names of its voices begin.
    pub fn letter(self) -> char {
        match self {
            Self::AmericanEnglish => 'a',
            Self::BritishEnglish => 'b',
            Self::Spanish => 'e',
            Self::French => 'f',
            Self::Hindi => 'h',
            Self::Italian => 'i',
            Self::Portuguese => 'p',
        }
    }

    /// The language that a voice speaks, by its name: `ef_dora` is Spanish. Names of another form are American English.
    ///
    /// # Errors
    /// [`Error::Argument`] for the voices of languages that cannot be read: `j` (Japanese) and `z` (Mandarin).
    pub fn of_voice(name: &str) -> Result<Self> {
        match name.as_bytes() {
            [letter, b'f' | b'm', b'_', ..] => char::from(*letter).to_string().parse(),
            _ => Ok(Self::default()),
        }
    }

    /// What reads it.
    ///
    /// # Errors
    /// [`Error::Program`] if it is read through espeak-ng, and that is not installed.
    pub fn reader(self) -> Result<Box<dyn G2p>> {
        Ok(match self {
            Self::AmericanEnglish => Box::new(English::new(Accent::American)?),
            Self::BritishEnglish => Box::new(English::new(Accent::British)?),
            language => Box::new(Espeak::new(language)?),
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = Error;

    /// A code (`en-us`, `en-gb`, `es`, `fr-fr`, `hi`, `it`, `pt-br`), its first part where that is enough, or the
    /// letter with which the names of the voices begin, in any case.
    fn from_str(name: &str) -> Result<Self> {
        let reason = match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "en-us" | "en" | "a" => return Ok(Self::AmericanEnglish),
            "en-gb" | "b" => return Ok(Self::BritishEnglish),
            "es" | "es-es" | "e" => return Ok(Self::Spanish),
            "fr-fr" | "fr" | "f" => return Ok(Self::French),
            "hi" | "hi-in" | "h" => return Ok(Self::Hindi),
            "it" | "it-it" | "i" => return Ok(Self::Italian),
            "pt-br" | "pt" | "p" => return Ok(Self::Portuguese),
            "ja" | "ja-jp" | "j" => "Japanese text is not read yet",
            "zh" | "zh-cn" | "cmn" | "z" => "Mandarin text is not read yet",
            _ => &format!("{name:?} is not known"),
        };
        let known: Vec<String> =
            Self::ALL.iter().map(|language| format!("{language} ({})", language.letter())).collect();
        let reason = format!("{reason}; there are {}, and phonemes are spoken in any language", known.join(", "));
        Err(Error::Argument { name: "language", reason })
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
    fn what_cannot_be_read_is_said_with_what_can() {
        for (name, said) in [("ja", "Japanese text is not read"), ("ZH", "Mandarin"), ("xx", "\"xx\" is not known")] {
            let error = name.parse::<Language>().unwrap_err().to_string();
            assert!(error.starts_with("language: ") && error.contains(said) && error.contains("pt-br (p)"), "{error}");
        }
        assert!(Language::of_voice("jf_alpha").unwrap_err().to_string().contains("Japanese"));
    }
}
