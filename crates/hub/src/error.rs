//! The crate's errors, and the internal error of one download attempt, which may be retried.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::manifest::MODEL;

/// An error that names the file or address concerned and, for downloads, a remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A published file could not be downloaded.
    #[error("cannot download {url}: {reason}. {remedy}")]
    Download {
        /// The file's address.
        url: String,
        /// What went wrong.
        reason: String,
        /// What the user can do about it, in full sentences without the last full stop.
        remedy: String,
    },
    /// The progress callback stopped the download.
    #[error("the download of {file} was stopped")]
    Cancelled {
        /// The file's path in the repository.
        file: String,
    },
    /// A field of the request, or an environment variable, has an invalid value.
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
        /// The operation that failed, such as "open".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
}

impl Error {
    /// Turns an I/O error into an [`Error::Io`] that names the operation and the file, for `map_err`.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whether another attempt may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    Never,
    /// No connection: retry only if an earlier attempt received something, so that being offline fails at once.
    IfReceived,
    /// Retry after the pause that the server asked for, or after the usual one.
    After(Option<Duration>),
}

/// Why one attempt to download a file failed.
#[derive(Debug)]
pub(super) enum AttemptError {
    /// An error that is the same for every attempt, returned to the caller as it is.
    Final(Error),
    /// The file could not be had; becomes [`Error::Download`] after the last attempt.
    Download {
        reason: String,
        /// What the user can do, besides placing the file by hand: full sentences, or empty.
        advice: String,
        retry: Retry,
    },
}

impl From<Error> for AttemptError {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl AttemptError {
    pub fn new(reason: impl Into<String>, advice: impl Into<String>, retry: Retry) -> Self {
        Self::Download { reason: reason.into(), advice: advice.into(), retry }
    }

    /// Downloads are forbidden and the repository's cache folder lacks the file.
    pub fn offline(folder: &Path) -> Self {
        let reason = format!("downloads are switched off (offline) and {} has no complete copy", folder.display());
        Self::new(reason, "Go online once without `--offline` and HF_HUB_OFFLINE.", Retry::Never)
    }

    /// The cache cannot be written.
    pub fn disk(action: &str, path: &Path, source: &io::Error) -> Self {
        let advice = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Free some space there, or set",
            _ => "Make the folder writable, or set",
        };
        let advice = format!("{advice} HF_HUB_CACHE to another folder.");
        Self::new(format!("cannot {action} {}: {source}", path.display()), advice, Retry::Never)
    }

    /// The error to return for `file` at `url`, which the user could place at `destination` by hand.
    pub fn into_error(self, url: String, file: &str, destination: &Path) -> Error {
        let (reason, advice) = match self {
            Self::Final(error) => return error,
            Self::Download { reason, advice, .. } => (reason, advice),
        };
        let option = match file {
            MODEL => ", name another one with `--model FILE`, or try `--model seeded:0`, which needs no file",
            file if file.starts_with("voices/") => ", or name another one with `--voice FILE`",
            _ => "",
        };
        let by_hand = format!("Or put the file at {}{option}", destination.display());
        let remedy = if advice.is_empty() { by_hand } else { format!("{} {by_hand}", advice.trim()) };
        Error::Download { url, reason, remedy }
    }
}
