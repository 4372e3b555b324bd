//! What to fetch, from where, and how patiently.

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::checksum::Checksum;
use crate::error::{Error, Result};
use crate::pins::{self, REPO, REVISION};

/// The hub's own address.
pub const ENDPOINT: &str = "https://huggingface.co";

/// One file of one revision of one repository.
///
/// [`Request::new`] takes everything but the file from the pinned revision and the environment; the fields may be
/// changed afterwards.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// `owner/name`.
    pub repo: String,
    /// A commit: 40 hexadecimal digits. Branches move, so they are not taken.
    pub revision: String,
    /// The file's path in the repository, such as `voices/af_heart.pt`.
    pub file: String,
    /// The file's SHA-256, 64 hexadecimal digits. Without it the hub's word is taken for what the file should be.
    pub sha256: Option<String>,
    /// The file's length in bytes, if it is known.
    pub size: Option<u64>,
    /// The hub's address, or a mirror's: `$HF_ENDPOINT`, else [`ENDPOINT`].
    pub endpoint: String,
    /// Sent to the endpoint's host and to no other: `$HF_TOKEN`. The published repository needs none.
    pub token: Option<String>,
    /// Look into the cache only: `$HF_HUB_OFFLINE`.
    pub offline: bool,
    /// Compute the checksum of large cached files too. Otherwise a blob above 16 MiB that has the right length and
    /// is named by the right checksum is taken as it is, which saves a second or so at every start.
    pub verify: bool,
    /// The cache folder, if not [`cache_folder`](crate::cache_folder).
    pub cache: Option<PathBuf>,
    /// Patience with the network.
    pub timeouts: Timeouts,
}

/// Patience with the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To find the host, and again to connect to it, TLS included: 10 s.
    pub connect: Duration,
    /// For the next byte: 30 s.
    pub stall: Duration,
    /// Tries after the first one that failed or brought less than 1 MiB: 4.
    pub retries: u32,
    /// Pause before the first of them, doubled for each that follows: 0.5 s.
    pub backoff: Duration,
    /// The longest pause that a busy server (429, 503) may ask for: 30 s. If it asks for more, its answer is final.
    pub busy: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            retries: 4,
            backoff: Duration::from_millis(500),
            busy: Duration::from_secs(30),
        }
    }
}

impl Request {
    /// A file of the pinned revision of the published repository, such as [`MODEL`](crate::MODEL) or
    /// [`CONFIG`](crate::CONFIG), with its known checksum. Reads `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`.
    pub fn new(file: impl Into<String>) -> Self {
        let file = file.into();
        let (sha256, size) = match pins::pinned(&file) {
            Some((sha256, size)) => (Some(sha256.to_owned()), size),
            None => (None, None),
        };
        let offline = variable("HF_HUB_OFFLINE").map(|value| value.to_ascii_lowercase());
        Self {
            repo: REPO.to_owned(),
            revision: REVISION.to_owned(),
            file,
            sha256,
            size,
            endpoint: variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned()),
            token: variable("HF_TOKEN"),
            offline: matches!(offline.as_deref(), Some("1" | "on" | "yes" | "true")),
            verify: false,
            cache: None,
            timeouts: Timeouts::default(),
        }
    }

    /// A voice of the pinned revision by its name, such as `af_heart`.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no such voice.
    pub fn voice(name: &str) -> Result<Self> {
        if !pins::VOICES.iter().any(|voice| voice.0 == name) {
            let reason = format!("{REPO} has no voice {name:?}; `kokoro voices` lists its {}", pins::VOICES.len());
            return Err(Error::Argument { name: "voice", reason });
        }
        Ok(Self::new(crate::voice_file(name)))
    }

    /// Where the hub or the mirror has the file.
    #[must_use]
    pub fn url(&self) -> String {
        let Self { repo, revision, file, .. } = self;
        format!("{}/{repo}/resolve/{revision}/{file}", self.endpoint.trim_end_matches('/'))
    }

    pub(super) fn checksum(&self) -> Option<Checksum> {
        self.sha256.as_deref().and_then(Checksum::parse)
    }

    /// Everything that becomes part of a path or an address is harmless in both.
    pub(super) fn check(&self) -> Result<()> {
        let plain = |part: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(known)
        };
        let wrong = |name, value: &str, allowed: &str| {
            Err(Error::Argument { name, reason: format!("{value:?} is not {allowed}") })
        };
        if self.repo.split('/').count() != 2 || !self.repo.split('/').all(plain) {
            return wrong("repo", &self.repo, "owner/name");
        }
        if !matches!(Checksum::parse(&self.revision), Some(Checksum::Git(digits)) if digits == self.revision) {
            return wrong("revision", &self.revision, "a commit's 40 lower-case hexadecimal digits");
        }
        if !self.file.split('/').all(plain) {
            return wrong("file", &self.file, "a path of letters, digits, `.`, `_` and `-` in a repository");
        }
        match &self.sha256 {
            Some(text) if !matches!(Checksum::parse(text), Some(Checksum::Sha256(_))) => {
                wrong("sha256", text, "64 hexadecimal digits")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("url", &self.url())
            .field("sha256", &self.sha256)
            .field("size", &self.size)
            .field("token", &self.token.as_ref().map(|_| "(secret)"))
            .field("offline", &self.offline)
            .field("verify", &self.verify)
            .field("cache", &self.cache)
            .field("timeouts", &self.timeouts)
            .finish()
    }
}

/// A variable of the environment that is set and not blank.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}
