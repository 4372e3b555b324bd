//! The description of a download: file, endpoint, cache folder and timeouts.

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::checksum::Checksum;
use crate::error::{Error, Result};
use crate::manifest::{self, REPO, REVISION};

/// The address of the Hugging Face hub.
pub const ENDPOINT: &str = "https://huggingface.co";

/// One file of one revision of one repository.
///
/// [`Request::new`] fills in the pinned revision and the environment's settings; all fields may be changed afterwards.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// `owner/name`.
    pub repo: String,
    /// A commit, 40 hexadecimal digits. Branch names are refused, because branches move.
    pub revision: String,
    /// The file's path in the repository, such as `voices/af_heart.pt`.
    pub file: String,
    /// The file's SHA-256, 64 hexadecimal digits. If `None`, the checksum that the hub states is used.
    pub sha256: Option<String>,
    /// The file's length in bytes, if known.
    pub size: Option<u64>,
    /// The address of the hub or a mirror. Default: `$HF_ENDPOINT`, else [`ENDPOINT`].
    pub endpoint: String,
    /// Access token, sent only to the endpoint's host. Default: `$HF_TOKEN`. The published repository needs none.
    pub token: Option<String>,
    /// Use only files in the cache. Default: `$HF_HUB_OFFLINE`.
    pub offline: bool,
    /// Compute the checksum of large cached files too. By default a blob above 16 MiB is accepted if its length and its
    /// name (the checksum) are right, which saves about a second at every start.
    pub verify: bool,
    /// The cache folder. Default: [`cache_folder`](crate::cache_folder).
    pub cache: Option<PathBuf>,
    /// Timeouts and retries.
    pub timeouts: Timeouts,
}

/// Timeouts and retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Timeout of the DNS lookup, and again of connecting, TLS included. Default: 10 s.
    pub connect: Duration,
    /// Timeout of waiting for the next byte. Default: 30 s.
    pub stall: Duration,
    /// Retries after a failure; an attempt that received at least 1 MiB resets the count. Default: 4.
    pub retries: u32,
    /// Pause before the first retry, doubled for each further one. Default: 0.5 s.
    pub backoff: Duration,
    /// Longest `Retry-After` of a busy server (429, 503) that is respected; beyond it the download fails. Default: 30 s.
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
    /// [`CONFIG`](crate::CONFIG), with its pinned checksum. Reads `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`.
    pub fn new(file: impl Into<String>) -> Self {
        let file = file.into();
        let (sha256, size) = match manifest::pinned(&file) {
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

    /// The file of a voice in the pinned revision, by the voice's name, such as `af_heart`.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no such voice.
    pub fn voice(name: &str) -> Result<Self> {
        if !manifest::VOICES.iter().any(|voice| voice.0 == name) {
            let reason = format!("{REPO} has no voice {name:?}; `kokoro voices` lists its {}", manifest::VOICES.len());
            return Err(Error::Argument { name: "voice", reason });
        }
        Ok(Self::new(crate::voice_file(name)))
    }

    /// The file's address at the endpoint.
    #[must_use]
    pub fn url(&self) -> String {
        let Self { repo, revision, file, .. } = self;
        format!("{}/{repo}/resolve/{revision}/{file}", self.endpoint.trim_end_matches('/'))
    }

    pub(super) fn checksum(&self) -> Option<Checksum> {
        self.sha256.as_deref().and_then(Checksum::parse)
    }

    /// Checks all that becomes part of a path or an address, so that neither can point elsewhere (`..`, `?`, `\`).
    pub(super) fn check(&self) -> Result<()> {
        let is_plain = |part: &str| {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_allowed)
        };
        let invalid = |name, value: &str, allowed: &str| {
            Err(Error::Argument { name, reason: format!("{value:?} is not {allowed}") })
        };
        if self.repo.split('/').count() != 2 || !self.repo.split('/').all(is_plain) {
            return invalid("repo", &self.repo, "owner/name");
        }
        if !matches!(Checksum::parse(&self.revision), Some(Checksum::Git(digits)) if digits == self.revision) {
            return invalid("revision", &self.revision, "a commit of 40 lower-case hexadecimal digits");
        }
        if !self.file.split('/').all(is_plain) {
            return invalid("file", &self.file, "a path of letters, digits, `.`, `_` and `-` in a repository");
        }
        match &self.sha256 {
            Some(text) if !matches!(Checksum::parse(text), Some(Checksum::Sha256(_))) => {
                invalid("sha256", text, "64 hexadecimal digits")
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

/// The trimmed value of an environment variable; `None` if unset or blank.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}
