//! The errors of this crate.

use std::io;
use std::path::PathBuf;

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every failure of this crate. A message names what is wrong (file, language, program or position in a document) and,
/// where the user can do something about it, the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text or a `config.json` could not be read.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// The failed operation: "open" or "read".
        action: &'static str,
        /// The file, or the name of another source of text.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A `config.json` is malformed or has no usable vocabulary.
    #[error("{origin}: {reason}")]
    BadFile {
        /// The file.
        origin: String,
        /// The fault.
        reason: String,
        /// The parser's error, if the file is not valid JSON.
        source: Option<serde_json::Error>,
    },
    /// A language is unknown, or this build cannot read it.
    #[error("language: {reason}")]
    Language {
        /// The given name and the accepted names, or the missing feature.
        reason: String,
    },
    /// A text has no phonemes: nothing in it can be spoken, or a character has no pronunciation.
    #[error("text: {reason}")]
    Unspeakable {
        /// The part that cannot be spoken.
        reason: String,
    },
    /// An SSML document is not well formed, or an attribute is missing or wrong.
    #[error("SSML, line {line}, column {column}: {reason}")]
    Ssml {
        /// Line, counted from 1.
        line: u32,
        /// Column in characters, counted from 1.
        column: u32,
        /// The fault.
        reason: String,
    },
    /// A program that this crate runs is missing or failed.
    #[error("{program}: {reason}", program = program.display())]
    Program {
        /// The name or path of the program.
        program: PathBuf,
        /// The fault and the remedy.
        reason: String,
        /// The error of the operating system, if the program could not be started.
        source: Option<io::Error>,
    },
}
