//! EPUB 2 and 3: the documents in reading order, divided into chapters by the table of contents.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use kokoro_wgpu::Error;
use rbook::Epub;
use rbook::epub::manifest::EpubManifestEntry;
use rbook::epub::spine::EpubSpineEntry;
use rbook::epub::toc::EpubTocEntry;

use super::xhtml::{self, Document};
use super::{Book, Chapter, Section};
use crate::failure::Failure;

/// The largest document in bytes: a small archive can hold any number of them.
const LARGEST: usize = 64 << 20;

/// Reads a book, with the file's name in place of a missing title.
pub fn read(file: File, path: &Path, name: String) -> Result<Book, Failure> {
    let bad = |reason: String| Failure::from(Error::BadFile { origin: path.display().to_string(), reason });
    let epub = Epub::read(file).map_err(|error| bad(format!("it is no EPUB: {error}")))?;
    let contents = Contents::new(&epub);
    let title = epub.metadata().title().map(|title| title.value().trim().to_owned());
    let author = epub.metadata().creators().next().map(|creator| creator.value().trim().to_owned());
    let title = title.filter(|title| !title.is_empty()).unwrap_or(name);
    let mut book = Book { title, author: author.filter(|author| !author.is_empty()), chapters: Vec::new() };
    for spine in epub.spine().iter().filter(EpubSpineEntry::is_linear) {
        let Some(entry) = spine.manifest_entry().filter(is_text) else { continue };
        let starts = contents.starts.get(entry.id()).map_or(&[][..], Vec::as_slice);
        let ids: HashSet<&str> = starts.iter().filter_map(|start| start.id.as_deref()).collect();
        let document = document(&entry).map_err(|error| error.to_string());
        let document = document.and_then(|document| xhtml::read(&document, &ids));
        let document = document.map_err(|reason| bad(format!("{}: {reason}", entry.href().as_str())))?;
        book.add(document, starts, contents.is_empty());
    }
    match book.chapters.is_empty() {
        true => Err(bad("there is no text in it".to_owned())),
        false => Ok(book),
    }
}

/// Where chapters and sections start, by the ids of the documents in the manifest.
struct Contents {
    starts: HashMap<String, Vec<Start>>,
}

struct Start {
    /// The element in the document; `None` for its beginning.
    id: Option<String>,
    title: String,
    /// Whether a chapter starts there, not a section.
    is_chapter: bool,
}

impl Contents {
    fn new(epub: &Epub) -> Self {
        let entries: Vec<EpubTocEntry<'_>> =
            epub.toc().contents().map(|root| root.flatten().collect()).unwrap_or_default();
        // Chapters are on the first level that has several entries. Above it, one may stand for the whole book.
        let on_level = |level| entries.iter().filter(|entry| entry.depth() == level).count();
        let mut level = 1;
        while on_level(level) < 2 && on_level(level + 1) > 0 {
            level += 1;
        }
        let mut starts: HashMap<String, Vec<Start>> = HashMap::new();
        for entry in entries {
            let (Some(document), Some(href)) = (entry.manifest_entry(), entry.href()) else { continue };
            let start = Start {
                id: href.fragment().map(str::to_owned),
                title: entry.label().split_whitespace().collect::<Vec<_>>().join(" "),
                is_chapter: entry.depth() <= level,
            };
            starts.entry(document.id().to_owned()).or_default().push(start);
        }
        Self { starts }
    }

    fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }
}

fn is_text(entry: &EpubManifestEntry<'_>) -> bool {
    let is_html = ["application/xhtml+xml", "text/html", "application/x-dtbook+xml"].contains(&entry.media_type());
    is_html && !entry.properties().has_property("nav")
}

/// A document of UTF-8 or UTF-16, as the standard has them. What is neither is read as far as it can be.
fn document(entry: &EpubManifestEntry<'_>) -> io::Result<String> {
    let mut bytes = Bounded(Vec::new());
    entry.copy_bytes(&mut bytes).map_err(io::Error::other)?;
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.0[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    Ok(match &bytes.0[..] {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        utf8 => String::from_utf8_lossy(utf8).trim_start_matches('\u{feff}').to_owned(),
    })
}

/// Bytes of a document, not too many.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST {
            return Err(io::Error::other(format!("it has more than {} MiB", LARGEST >> 20)));
        }
        self.0.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Book {
    /// Adds the next document. Without a table of contents each is a chapter.
    fn add(&mut self, document: Document, starts: &[Start], is_chapter: bool) {
        let Document { pieces, heading } = document;
        let found: HashSet<String> = pieces.iter().filter_map(|piece| piece.id.clone()).collect();
        if is_chapter {
            let title = heading.unwrap_or_else(|| format!("Part {}", self.chapters.len() + 1));
            self.begin(title, true);
        }
        for piece in pieces {
            for start in starts {
                // An element that is not there is taken for the document's beginning.
                let id = start.id.as_ref().filter(|id| found.contains(*id));
                if id == piece.id.as_ref() {
                    self.begin(start.title.clone(), start.is_chapter);
                }
            }
            if self.chapters.is_empty() {
                self.begin(self.title.clone(), true); // what comes before the first chapter
            }
            if let Some(section) = self.chapters.last_mut().and_then(|chapter| chapter.sections.last_mut()) {
                let gap = if section.text.is_empty() || piece.text.is_empty() { "" } else { "\n\n" };
                section.text += gap;
                section.text += &piece.text;
            }
        }
    }

    fn begin(&mut self, title: String, is_chapter: bool) {
        match self.chapters.last_mut() {
            Some(chapter) if !is_chapter => {
                chapter.sections.push(Section { title: Some(title), text: String::new() });
            }
            _ => self.chapters.push(Chapter { title, sections: vec![Section::default()] }),
        }
    }
}
