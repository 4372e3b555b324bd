//! What reads text, kept with the model: an accent of English takes 0.2 s to load, and 90 MB.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::status::Result;
use kokoro_wgpu::Voice;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{G2p, Phonemes};

/// The language of text that is phonemes already.
const PHONEMES: &str = "phonemes";

#[derive(Default)]
pub(crate) struct Readers {
    /// By the language's code.
    loaded: Mutex<HashMap<&'static str, Arc<dyn G2p>>>,
}

impl Readers {
    /// What reads this language, or the voice's, for a model of this vocabulary.
    pub(crate) fn get(&self, language: Option<&str>, voice: &Voice, vocabulary: &Vocabulary) -> Result<Arc<dyn G2p>> {
        if language == Some(PHONEMES) {
            return Ok(Arc::new(Phonemes));
        }
        let (code, load) = language_reader(language, voice, vocabulary)?;
        // Loaded under the lock, so that two threads do not load the same; a reader that panicked was not kept.
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = loaded.get(code) {
            return Ok(Arc::clone(reader));
        }
        let reader: Arc<dyn G2p> = Arc::from(load()?);
        loaded.insert(code, Arc::clone(&reader));
        Ok(reader)
    }
}

type Load<'a> = Box<dyn FnOnce() -> Result<Box<dyn G2p>> + 'a>;

#[cfg(feature = "text")]
fn language_reader<'a>(
    language: Option<&str>,
    voice: &Voice,
    vocabulary: &'a Vocabulary,
) -> Result<(&'static str, Load<'a>)> {
    use kokoro_wgpu::text::Language;
    let language: Language = match language {
        None => Language::of_voice(voice.name())?,
        Some(name) => name.parse()?,
    };
    Ok((language.code(), Box::new(move || Ok(language.reader_for(vocabulary)?))))
}

#[cfg(not(feature = "text"))]
fn language_reader<'a>(_: Option<&str>, _: &Voice, _: &'a Vocabulary) -> Result<(&'static str, Load<'a>)> {
    Err(super::status::Failure::argument(
        "language",
        "this library was built without the feature `text`: it reads \"phonemes\" only",
    ))
}
