//! Books: read from EPUB or text, spoken part by part, and written as a file for each chapter.

mod engine;
mod epub;
mod folder;
mod identity;
mod plan;
mod speak;
mod xhtml;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use kokoro_wgpu::text::Lexicon;
use kokoro_wgpu::{Config, Voice};

pub use self::engine::Engine;
#[cfg(feature = "nats")]
pub use self::engine::{Spoken, Unspoken};
pub use self::folder::{Files, Folder, Format};
pub use self::identity::{ModelIdentity, VoiceIdentity};
#[cfg(feature = "nats")]
pub use self::identity::{voice_bytes, voice_from_bytes};
#[cfg(feature = "nats")]
pub use self::plan::Part;
pub use self::plan::Plan;
use self::plan::Reading;
pub use self::speak::speak;
use crate::failure::Failure;
use crate::model::ModelSource;
use crate::published::Access;
use crate::reading::ReadingArg;
use crate::text_input::{TextSource, cannot_read};
use crate::{reader, voice};

/// A book as its author wrote it.
#[derive(Debug, Default, PartialEq)]
pub struct Book {
    pub title: String,
    pub author: Option<String>,
    pub chapters: Vec<Chapter>,
}

/// A chapter becomes one file.
#[derive(Debug, Default, PartialEq)]
pub struct Chapter {
    pub title: String,
    /// At least one, the first without a title of its own unless it has one.
    pub sections: Vec<Section>,
}

/// A section begins at a mark in its chapter's file.
#[derive(Debug, Default, PartialEq)]
pub struct Section {
    pub title: Option<String>,
    pub text: String,
}

impl Book {
    /// Whether a file of this name is a book with chapters.
    pub fn is_epub(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("epub"))
    }

    /// Reads an EPUB, or a text as a book of one chapter.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let book = if Self::is_epub(path) {
            epub::read(File::open(path).map_err(cannot_read(path))?, path, stem)?
        } else {
            let text = TextSource::new(None, Some(path))?.into_string()?;
            let section = Section { title: None, text };
            let chapters = vec![Chapter { title: stem.clone(), sections: vec![section] }];
            Self { title: stem, author: None, chapters }
        };
        Ok(book.without_silence())
    }

    /// Leaves out sections and chapters without letters or digits.
    fn without_silence(mut self) -> Self {
        for chapter in &mut self.chapters {
            chapter.sections.retain(|section| section.text.contains(char::is_alphanumeric));
        }
        self.chapters.retain(|chapter| !chapter.sections.is_empty());
        self
    }

    /// All of its text, to choose a reader by.
    pub fn text(&self) -> String {
        let sections = self.chapters.iter().flat_map(|chapter| &chapter.sections);
        sections.map(|section| section.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// A book that can be spoken, and the model that it is for.
pub struct Prepared {
    pub plan: Plan,
    /// The parts, as JSON by their hashes.
    pub parts: BTreeMap<String, Vec<u8>>,
    pub voice: Voice,
    pub source: ModelSource,
    pub config: Config,
    #[cfg(feature = "nats")]
    pub model: ModelIdentity,
}

/// Reads a book and divides it into parts.
pub fn prepare(path: &Path, reading: &ReadingArg, access: Access) -> Result<Prepared, Failure> {
    let book = Book::open(path)?;
    let lexicon = reading.lexicon.as_deref().map(Lexicon::open).transpose()?;
    let source = reading.model.source_or_published(access)?;
    let voice = voice::open(reading.voice.as_deref(), &source, access)?;
    let config = reading.config.of(&source, Some(&source.open()?))?;
    let model = ModelIdentity::new(&source, &reading.model.precision.name(), &config)?;
    let text = book.text();
    let g2p = reader::open(reading.language(&voice)?, &config.vocab, Some(&text), lexicon.as_ref(), access)?;
    let (chunking, speed, noise_seed) = (reading.chunking(), reading.speed, reading.seed);
    let vocabulary = &config.vocab;
    let how = Reading {
        model: &model,
        vocabulary,
        g2p: &*g2p,
        chunking,
        voice: &VoiceIdentity::new(&voice),
        speed,
        noise_seed,
    };
    let (plan, parts) = Plan::new(&book, &how)?;
    Ok(Prepared {
        plan,
        parts,
        voice,
        source,
        config,
        #[cfg(feature = "nats")]
        model,
    })
}
