//! The supported languages and their readers.

use std::fmt;
use std::str::FromStr;

use super::G2p;
use super::english::{Accent, English};
use super::espeak::Espeak;
use super::kana::Kana;
#[cfg(feature = "mandarin")]
use super::mandarin::{Alphabet, Mandarin};
use super::phonemes::Vocabulary;
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
    /// zh, voices `zf_` and `zm_`; with the feature `mandarin`.
    Mandarin,
    /// ja, voices `jf_` and `jm_`; in kana only.
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
            Self::Mandarin => "zh",
            Self::Japanese => "ja",
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
            Self::Mandarin => 'z',
            Self::Japanese => 'j',
        }
    }

    /// The language that a voice speaks, by its name: `ef_dora` is Spanish. Names of another form are American English.
    ///
    /// # Errors
    /// [`Error::Language`] for a letter that no language has.
    pub fn of_voice(name: &str) -> Result<Self> {
        match name.as_bytes() {
            [letter, b'f' | b'm', b'_', ..] => char::from(*letter).to_string().parse(),
            _ => Ok(Self::default()),
        }
    }

    /// A reader of the language for Kokoro-82M v1.0, the model of 54 voices.
    ///
    /// # Errors
    /// [`Error::Program`] if it is read through espeak-ng, and that is not installed; [`Error::Language`] for Mandarin
    /// without the feature `mandarin`.
    pub fn reader(self) -> Result<Box<dyn G2p>> {
        self.reader_for(&Vocabulary::published())
    }

    /// A reader of the language that writes the alphabet of the model with this vocabulary: v1.1-zh writes Mandarin in
    /// zhuyin.
    ///
    /// # Errors
    /// As [`Language::reader`].
    pub fn reader_for(self, vocabulary: &Vocabulary) -> Result<Box<dyn G2p>> {
        Ok(match self {
            Self::AmericanEnglish => Box::new(English::new(Accent::American)?),
            Self::BritishEnglish => Box::new(English::new(Accent::British)?),
            Self::Japanese => Box::new(Kana),
            #[cfg(feature = "mandarin")]
            Self::Mandarin => Box::new(Mandarin::new(Alphabet::of(vocabulary))),
            #[cfg(not(feature = "mandarin"))]
            Self::Mandarin => {
                let _ = vocabulary; // only Mandarin depends on it
                let reason = "Mandarin is read with the feature `mandarin`, which this build lacks".to_owned();
                return Err(Error::Language { reason });
            }
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

    /// A code (`en-us`, `en-gb`, `es`, `fr-fr`, `hi`, `it`, `pt-br`, `zh`, `ja`), its first part where that is enough, or the
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
            "zh" | "zh-cn" | "cmn" | "z" => return Ok(Self::Mandarin),
            "ja" | "ja-jp" | "j" => return Ok(Self::Japanese),
            _ => format!("{name:?} is not known"),
        };
        let known: Vec<String> =
            Self::ALL.iter().map(|language| format!("{language} ({})", language.letter())).collect();
        let reason = format!("{reason}; there are {}, and phonemes are spoken in any language", known.join(", "));
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
    fn what_cannot_be_read_is_said_with_what_can() {
        let error = "xx".parse::<Language>().unwrap_err().to_string();
        assert!(error.starts_with("language: \"xx\" is not known") && error.contains("pt-br (p)"), "{error}");
        assert!(Language::of_voice("xf_alpha").unwrap_err().to_string().contains("\"x\" is not known"));
    }
}
