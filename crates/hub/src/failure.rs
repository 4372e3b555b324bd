//! Why a file could not be had, whether to try again, and what its user can do.

use std::io;
use std::path::Path;
use std::time::Duration;

use ureq::http::StatusCode;

use crate::cache::Repo;
use crate::error::Error;
use crate::pins::MODEL;
use crate::request::{ENDPOINT, Request};

/// Whether a second try may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// The answer is final.
    Never,
    /// There is no connection: worth waiting for only if there has been one.
    IfBegun,
    /// Soon, or after the pause that the server asked for.
    After(Option<Duration>),
}

#[derive(Debug)]
pub(super) enum Failure {
    /// Not the network's doing.
    Ours(Error),
    Network {
        reason: String,
        /// What else can be done than bringing the file by hand; a sentence, or empty.
        advice: String,
        retry: Retry,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl Failure {
    pub fn new(reason: impl Into<String>, advice: impl Into<String>, retry: Retry) -> Self {
        Self::Network { reason: reason.into(), advice: advice.into(), retry }
    }

    pub fn offline(repo: &Repo) -> Self {
        let reason = format!("downloads are switched off (offline) and {} has no whole copy", repo.folder().display());
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

    /// The request did not get an answer, or not all of it.
    pub fn transport(host: &str, source: &ureq::Error) -> Self {
        use ureq::{Error as E, Timeout};
        const NETWORK: &str = "Check the network; behind a proxy, set HTTPS_PROXY; HF_ENDPOINT names a mirror.";
        const TRUST: &str = "If the network inspects TLS, set SSL_CERT_FILE to its certificates.";
        let reason = |reason: String| match proxy_name() {
            Some(proxy) if !host.starts_with("127.") && !host.starts_with("localhost") => {
                format!("{host}: {reason} (through the proxy {proxy})")
            }
            _ => format!("{host}: {reason}"),
        };
        match source {
            E::HostNotFound => Self::new(reason("no such host was found".into()), NETWORK, Retry::IfBegun),
            E::Timeout(Timeout::Resolve | Timeout::Connect) => {
                Self::new(reason("it could not be reached in time".into()), NETWORK, Retry::IfBegun)
            }
            E::Timeout(_) => Self::new(reason("it sent nothing for too long".into()), NETWORK, Retry::After(None)),
            // What TLS refuses comes wrapped as invalid data.
            E::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Self::new(reason(format!("no trusted connection ({error})")), TRUST, Retry::Never)
            }
            E::Io(error) => Self::io(&reason, error, NETWORK),
            E::Protocol(error) => {
                Self::new(reason(format!("it does not speak HTTP properly ({error})")), NETWORK, Retry::After(None))
            }
            E::Tls(_) | E::Rustls(_) => {
                Self::new(reason(format!("no trusted connection ({source})")), TRUST, Retry::Never)
            }
            error => Self::new(reason(error.to_string()), NETWORK, Retry::Never),
        }
    }

    fn io(reason: &dyn Fn(String) -> String, error: &io::Error, advice: &str) -> Self {
        use io::ErrorKind as K;
        match error.kind() {
            K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe => {
                Self::new(reason(format!("the connection was cut ({error})")), advice, Retry::After(None))
            }
            K::TimedOut | K::WouldBlock => {
                Self::new(reason("it sent nothing for too long".into()), advice, Retry::After(None))
            }
            _ => Self::new(reason(error.to_string()), advice, Retry::IfBegun),
        }
    }

    /// The server answered that it won't.
    pub fn status(host: &str, status: StatusCode, pause: Option<Duration>, request: &Request) -> Self {
        let code = status.as_u16();
        let (reason, advice, retry) = match code {
            401 if request.token.is_some() => {
                ("does not accept the token", "Renew or unset HF_TOKEN: the published files need none.", Retry::Never)
            }
            401 => ("asks for a login", "Set HF_TOKEN if the repository is a private one.", Retry::Never),
            403 => ("refuses access", "The network or the repository forbids it.", Retry::Never),
            404 | 410 => ("has no such file", "Check the names of repository, revision and file.", Retry::Never),
            407 => ("asks for a login", "Put name and password of the proxy into HTTPS_PROXY.", Retry::Never),
            408 | 429 | 500..=599 if pause.is_some_and(|pause| pause > request.timeouts.busy) => {
                ("is busy and asks to wait longer than is sensible", "Try again later.", Retry::Never)
            }
            408 | 429 => ("is busy", "Try again later.", Retry::After(pause)),
            500..=599 => ("has a fault of its own", "Try again later.", Retry::After(pause)),
            _ => ("gives no file", "", Retry::Never),
        };
        let mirror = match request.endpoint.trim_end_matches('/') {
            ENDPOINT => String::new(),
            endpoint => format!(" The endpoint {endpoint} was set by HF_ENDPOINT or the caller."),
        };
        let wait = pause.map(|pause| format!(", for {} s", pause.as_secs())).unwrap_or_default();
        Self::new(format!("{host} {reason} (HTTP {status}{wait})"), format!("{advice}{mirror}"), retry)
    }

    /// The end of all tries, for the user.
    pub fn into_error(self, request: &Request, repo: &Repo) -> Error {
        let (reason, advice) = match self {
            Self::Ours(error) => return error,
            Self::Network { reason, advice, .. } => (reason, advice),
        };
        let option = match request.file.as_str() {
            MODEL => ", name another one with `--model FILE`, or try `--model seeded:0`, which needs no file",
            file if file.starts_with("voices/") => ", or name another one with `--voice FILE`",
            _ => "",
        };
        let by_hand = format!("Or put the file at {}{option}", repo.snapshot(&request.file).display());
        let remedy = if advice.is_empty() { by_hand } else { format!("{} {by_hand}", advice.trim()) };
        Error::Download { url: request.url(), reason, remedy }
    }
}

/// The proxy that the environment names, without its password.
fn proxy_name() -> Option<String> {
    ureq::Proxy::try_from_env().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()))
}
