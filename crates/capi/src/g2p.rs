//! Converters from text to phonemes (G2P), cached with the model: an English accent takes 0.1 s to load, and 45 MB.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::status::Result;
use kokoro_wgpu::Voice;
#[cfg(feature = "text")]
use kokoro_wgpu::text::Lexicon;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{G2p, Phonemes};

/// The language name for text that consists of phonemes.
const PHONEMES: &str = "phonemes";

#[derive(Default)]
pub(crate) struct G2pCache {
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    /// Language code -> converter, which has the words of the lexicon.
    loaded: HashMap<&'static str, Arc<dyn G2p>>,
    #[cfg(feature = "text")]
    lexicon: Option<Lexicon>,
}

impl G2pCache {
    /// The converter for a language, by default the voice's, and for the model's vocabulary.
    pub(crate) fn get(&self, language: Option<&str>, voice: &Voice, vocabulary: &Vocabulary) -> Result<Arc<dyn G2p>> {
        if language == Some(PHONEMES) {
            return Ok(Arc::new(Phonemes));
        }
        let (code, load) = g2p_loader(language, voice, vocabulary)?;
        // Loading under the lock keeps two threads from loading the same language. A poisoned lock is fine: converters
        // are inserted only when loaded.
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(g2p) = content.loaded.get(code) {
            return Ok(Arc::clone(g2p));
        }
        let g2p = load()?;
        #[cfg(feature = "text")]
        let g2p = match &content.lexicon {
            Some(lexicon) => lexicon.clone().reader(g2p),
            None => g2p,
        };
        let g2p: Arc<dyn G2p> = Arc::from(g2p);
        content.loaded.insert(code, Arc::clone(&g2p));
        Ok(g2p)
    }

    /// Sets the words that every language reads first. Converters in use keep theirs.
    #[cfg(feature = "text")]
    pub(crate) fn set_lexicon(&self, lexicon: Option<Lexicon>) {
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        if content.lexicon != lexicon {
            *content = Content { loaded: HashMap::new(), lexicon };
        }
    }
}

type Load<'a> = Box<dyn FnOnce() -> Result<Box<dyn G2p>> + 'a>;

#[cfg(feature = "text")]
fn g2p_loader<'a>(
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
fn g2p_loader<'a>(_: Option<&str>, _: &Voice, _: &'a Vocabulary) -> Result<(&'static str, Load<'a>)> {
    Err(without_text("language"))
}

/// The failure for an argument that needs languages.
#[cfg(not(feature = "text"))]
pub(crate) fn without_text(argument: &str) -> super::status::Failure {
    let reason = "this library was built without the feature `text` and supports only \"phonemes\"";
    super::status::Failure::argument(argument, reason)
}
