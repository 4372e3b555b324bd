//! The reader of each language.

#[cfg(feature = "japanese")]
use std::env;

use crate::english::{Accent, English};
use crate::error::Result;
use crate::espeak::Espeak;
use crate::g2p::G2p;
#[cfg(feature = "japanese")]
use crate::japanese::{DICTIONARY_VARIABLE, Japanese};
use crate::kana::Kana;
use crate::language::Language;
#[cfg(feature = "mandarin")]
use crate::mandarin::Mandarin;
use crate::phonemes::Vocabulary;

impl Language {
    /// A reader of the language for Kokoro-82M v1.0, the model with 54 voices.
    ///
    /// # Errors
    /// [`Error::Program`](crate::Error::Program) if the language needs espeak-ng and it is not installed;
    /// [`Error::Language`](crate::Error::Language) for Mandarin without the feature `mandarin`;
    /// [`Error::Io`](crate::Error::Io) and [`Error::BadFile`](crate::Error::BadFile) for Japanese if
    /// `$KOKORO_JAPANESE_DICTIONARY` names a folder without a dictionary. Without this variable, or without the feature
    /// `japanese`, only kana are read.
    pub fn reader(self) -> Result<Box<dyn G2p>> {
        self.reader_for(&Vocabulary::published())
    }

    /// A reader of the language for the model with this vocabulary. The vocabulary decides how Mandarin is written:
    /// IPA for v1.0, zhuyin for v1.1-zh.
    ///
    /// # Errors
    /// As [`Language::reader`].
    pub fn reader_for(self, vocabulary: &Vocabulary) -> Result<Box<dyn G2p>> {
        Ok(match self {
            Self::AmericanEnglish => Box::new(English::new(Accent::American)?),
            Self::BritishEnglish => Box::new(English::new(Accent::British)?),
            Self::Japanese => japanese()?,
            #[cfg(feature = "mandarin")]
            Self::Mandarin => Box::new(Mandarin::for_vocabulary(vocabulary)),
            #[cfg(not(feature = "mandarin"))]
            Self::Mandarin => {
                let _ = vocabulary; // only Mandarin depends on it
                let reason = "Mandarin needs the feature `mandarin`, which this build lacks".to_owned();
                return Err(crate::error::Error::Language { reason });
            }
            language => Box::new(Espeak::new(language)?),
        })
    }
}

/// The reader with the dictionary that the environment names, else the one for kana alone.
fn japanese() -> Result<Box<dyn G2p>> {
    #[cfg(feature = "japanese")]
    if let Some(folder) = env::var_os(DICTIONARY_VARIABLE) {
        return Ok(Box::new(Japanese::open(folder)?));
    }
    Ok(Box::new(Kana))
}
