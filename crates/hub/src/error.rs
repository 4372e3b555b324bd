//! Why a file cannot be had.

use std::path::PathBuf;

/// A failure, with its culprit and, for downloads, the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A published file could not be downloaded.
    #[error("cannot download {url}: {reason}. {remedy}")]
    Download {
        /// Where the file should have come from.
        url: String,
        /// What went wrong.
        reason: String,
        /// What can be done about it.
        remedy: String,
    },
    /// The caller asked to stop.
    #[error("the download of {file} was stopped")]
    Cancelled {
        /// The file's path in the repository.
        file: String,
    },
    /// A field of the request, or an environment variable, is outside its domain.
    #[error("{name}: {reason}")]
    Argument {
        /// The field or variable.
        name: &'static str,
        /// The value found and the values allowed.
        reason: String,
    },
    /// A file of the cache cannot be read or written.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried, such as "open".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl Error {
    /// Adds what was done to which file.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
