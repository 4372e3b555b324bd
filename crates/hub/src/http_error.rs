//! Failed HTTP requests: a readable reason, advice to the user, and whether to retry.

use std::io;
use std::time::Duration;

use ureq::http::StatusCode;

use crate::error::{AttemptError, Retry};
use crate::request::{ENDPOINT, Request};

const CHECK_NETWORK: &str = "Check the network; behind a proxy, set HTTPS_PROXY; HF_ENDPOINT names a mirror.";

/// The error of a request to `host` that got no answer, or only a part of it.
pub(super) fn transport(host: &str, source: &ureq::Error) -> AttemptError {
    use ureq::{Error as E, Timeout};
    const CHECK_CERTIFICATES: &str = "If the network inspects TLS, set SSL_CERT_FILE to its certificates.";
    let reason = |reason: String| match proxy_name() {
        Some(proxy) if !host.starts_with("127.") && !host.starts_with("localhost") => {
            format!("{host}: {reason} (through the proxy {proxy})")
        }
        _ => format!("{host}: {reason}"),
    };
    let error = |text: String, advice: &str, retry| AttemptError::new(reason(text), advice, retry);
    match source {
        E::HostNotFound => error("no such host was found".into(), CHECK_NETWORK, Retry::IfReceived),
        E::Timeout(Timeout::Resolve | Timeout::Connect) => {
            error("it could not be reached in time".into(), CHECK_NETWORK, Retry::IfReceived)
        }
        E::Timeout(_) => error("it sent nothing for too long".into(), CHECK_NETWORK, Retry::After(None)),
        // ureq reports refused certificates as invalid data.
        E::Io(source) if source.kind() == io::ErrorKind::InvalidData => {
            error(format!("no trusted connection ({source})"), CHECK_CERTIFICATES, Retry::Never)
        }
        E::Io(source) => {
            let (text, retry) = connection(source);
            error(text, CHECK_NETWORK, retry)
        }
        E::Protocol(source) => {
            error(format!("it does not speak HTTP properly ({source})"), CHECK_NETWORK, Retry::After(None))
        }
        E::Tls(_) | E::Rustls(_) => {
            error(format!("no trusted connection ({source})"), CHECK_CERTIFICATES, Retry::Never)
        }
        source => error(source.to_string(), CHECK_NETWORK, Retry::Never),
    }
}

fn connection(error: &io::Error) -> (String, Retry) {
    use io::ErrorKind as K;
    match error.kind() {
        K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe => {
            (format!("the connection was cut ({error})"), Retry::After(None))
        }
        K::TimedOut | K::WouldBlock => ("it sent nothing for too long".into(), Retry::After(None)),
        _ => (error.to_string(), Retry::IfReceived),
    }
}

/// The error for an HTTP error `status` of `host`, which may ask for a `pause` before the next request.
pub(super) fn status(host: &str, status: StatusCode, pause: Option<Duration>, request: &Request) -> AttemptError {
    let code = status.as_u16();
    let (reason, advice, retry) = match code {
        401 if request.token.is_some() => {
            ("does not accept the token", "Renew or unset HF_TOKEN: the published files need none.", Retry::Never)
        }
        401 => ("asks for a login", "Set HF_TOKEN if the repository is a private one.", Retry::Never),
        403 => ("refuses access", "The network or the repository forbids it.", Retry::Never),
        404 | 410 => ("has no such file", "Check the names of repository, revision and file.", Retry::Never),
        407 => ("asks for a login", "Put the proxy's user name and password into HTTPS_PROXY.", Retry::Never),
        408 | 429 | 500..=599 if pause.is_some_and(|pause| pause > request.timeouts.busy) => {
            ("is busy and asks to wait too long", "Try again later.", Retry::Never)
        }
        408 | 429 => ("is busy", "Try again later.", Retry::After(pause)),
        500..=599 => ("has an internal error", "Try again later.", Retry::After(pause)),
        _ => ("does not send the file", "", Retry::Never),
    };
    let mirror = match request.endpoint.trim_end_matches('/') {
        ENDPOINT => String::new(),
        endpoint => format!(" The endpoint {endpoint} was set by HF_ENDPOINT or the caller."),
    };
    let wait = pause.map(|pause| format!(", for {} s", pause.as_secs())).unwrap_or_default();
    AttemptError::new(format!("{host} {reason} (HTTP {status}{wait})"), format!("{advice}{mirror}"), retry)
}

/// The proxy set in the environment, without its password.
fn proxy_name() -> Option<String> {
    ureq::Proxy::try_from_env().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()))
}
