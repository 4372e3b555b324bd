//! Everything that can go wrong, each named by its culprit.

use std::io;
use std::path::PathBuf;

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every failure of this crate. A message names the culprit (file, language, program, place in a document) and, where a
/// user can do something, the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text or a `config.json` could not be read.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// The attempt: "open" or "read".
        action: &'static str,
        /// The file, or the name of another source.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A `config.json` is malformed or has no usable vocabulary.
    #[error("{origin}: {reason}")]
    BadFile {
        /// The file.
        origin: String,
        /// The fault.
        reason: String,
        /// The parser's error, if it is not JSON.
        source: Option<serde_json::Error>,
    },
    /// A language is unknown, or this build cannot read it.
    #[error("language: {reason}")]
    Language {
        /// The name found and the names allowed, or the feature that is missing.
        reason: String,
    },
    /// A text has no phonemes: nothing in it can be spoken, or something in it has no reading.
    #[error("text: {reason}")]
    Unspeakable {
        /// The part that cannot be spoken.
        reason: String,
    },
    /// An SSML document is not well formed, or an attribute is missing or wrong.
    #[error("SSML, line {line}, column {column}: {reason}")]
    Ssml {
        /// Counted from 1.
        line: u32,
        /// In characters, counted from 1.
        column: u32,
        /// The fault there.
        reason: String,
    },
    /// A program that this crate runs is absent or failed.
    #[error("{program}: {reason}", program = program.display())]
    Program {
        /// Its name or path.
        program: PathBuf,
        /// Why, and the remedy.
        reason: String,
        /// The operating system's error, if it could not be run.
        source: Option<io::Error>,
    },
}
