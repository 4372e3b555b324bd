//! The readers of languages, each opened once.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{G2p, Language, Result};

/// Opens the reader of a language for a model's vocabulary.
type Open = Box<dyn Fn(Language, &Vocabulary) -> Result<Box<dyn G2p>> + Send + Sync>;

/// The readers that are open, and how to open others.
pub struct Readers {
    open: Open,
    opened: Mutex<Vec<(Language, Arc<dyn G2p>)>>,
}

impl Readers {
    pub fn new(open: impl Fn(Language, &Vocabulary) -> Result<Box<dyn G2p>> + Send + Sync + 'static) -> Self {
        Self { open: Box::new(open), opened: Mutex::default() }
    }

    /// The reader of a language. English takes 45 MB and a moment to load, so it is kept.
    pub fn get(&self, language: Language, vocabulary: &Vocabulary) -> Result<Arc<dyn G2p>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, reader)) = opened.iter().find(|(known, _)| *known == language) {
            return Ok(reader.clone());
        }
        let reader: Arc<dyn G2p> = (self.open)(language, vocabulary)?.into();
        opened.push((language, reader.clone()));
        Ok(reader)
    }
}

impl Default for Readers {
    fn default() -> Self {
        Self::new(Language::reader_for)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Readers").finish_non_exhaustive()
    }
}
