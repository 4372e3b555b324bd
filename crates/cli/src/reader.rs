//! The reader of a language. Japanese needs a dictionary, which is fetched when a text has more than kana.

use std::env;

#[cfg(feature = "serve")]
use kokoro_wgpu::text;
use kokoro_wgpu::text::japanese::{DICTIONARY_VARIABLE, Japanese};
use kokoro_wgpu::text::kana::Kana;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{G2p, Language, Lexicon};

use crate::failure::{Failure, note};
use crate::published::{Access, PublishedFile};

/// The reader of a language for this vocabulary, after the words of a lexicon. `text` is what it will read, None if that is not
/// known yet.
pub fn open(
    language: Language,
    vocabulary: &Vocabulary,
    text: Option<&str>,
    lexicon: Option<&Lexicon>,
    access: Access,
) -> Result<Box<dyn G2p>, Failure> {
    Ok(after(lexicon, of_language(language, vocabulary, text, access)?))
}

/// The reader of a language for this vocabulary, without downloads: Japanese with the dictionary if it is here, else kana only.
#[cfg(feature = "serve")]
pub fn with_what_is_here(
    language: Language,
    vocabulary: &Vocabulary,
    lexicon: Option<&Lexicon>,
) -> text::Result<Box<dyn G2p>> {
    if takes_fetched_dictionary(language)
        && let Some(folder) = PublishedFile::Dictionary.find_in_packages(false)
    {
        return Ok(after(lexicon, Box::new(Japanese::open(folder)?)));
    }
    Ok(after(lexicon, language.reader_for(vocabulary)?))
}

fn after(lexicon: Option<&Lexicon>, reader: Box<dyn G2p>) -> Box<dyn G2p> {
    match lexicon {
        Some(lexicon) => lexicon.clone().reader(reader),
        None => reader,
    }
}

fn of_language(
    language: Language,
    vocabulary: &Vocabulary,
    text: Option<&str>,
    access: Access,
) -> Result<Box<dyn G2p>, Failure> {
    if !takes_fetched_dictionary(language) {
        return Ok(language.reader_for(vocabulary)?);
    }
    let is_kana = text.is_some_and(|text| Kana.tokens(text).is_ok());
    // A dictionary that is there reads kana better, too: it knows the particles.
    let found = match PublishedFile::Dictionary.find_in_packages(access.verify) {
        Some(folder) => Ok(folder),
        None if is_kana => return Ok(Box::new(Kana)),
        None => access.get(PublishedFile::Dictionary),
    };
    match found {
        Ok(folder) => Ok(Box::new(Japanese::open(folder)?)),
        Err(failure) if text.is_some() => Err(failure),
        Err(failure) => {
            if !access.quiet {
                note(format_args!("notice: only kana can be read: {}", failure.message()));
            }
            Ok(Box::new(Kana))
        }
    }
}

/// Whether the reader of a language takes the dictionary that `kokoro fetch` brings: Japanese, unless the user names another.
fn takes_fetched_dictionary(language: Language) -> bool {
    language == Language::Japanese && env::var_os(DICTIONARY_VARIABLE).is_none()
}
