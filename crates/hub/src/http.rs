//! HTTP requests to the hub. Redirects are followed here, not by ureq: the hub's own response has the checksum, and the
//! token must not be sent to other hosts.

use std::sync::Arc;
use std::time::Duration;

use ureq::http::{self, Uri, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use crate::checksum::Checksum;
use crate::error::{AttemptError, Retry};
use crate::http_error;
use crate::progress::Reporter;
use crate::request::{Request, variable};

/// The hub's own hosts: their checksums are accepted even if a mirror redirects there.
const HUB_ORIGINS: [&str; 2] = ["https://huggingface.co", "https://hf.co"];
const MAX_REDIRECTS: usize = 10;

pub(super) struct Client<'a> {
    agent: Agent,
    request: &'a Request,
    /// `scheme://host:port` of the endpoint. The token is sent nowhere else.
    origin: String,
}

/// A file's checksum and length in bytes, as stated by the hub.
pub(super) struct Metadata {
    pub checksum: Checksum,
    pub size: Option<u64>,
}

pub(super) struct Response {
    pub http: http::Response<Body>,
    /// The responding host, for messages. Not the full address: that of a storage host has a signature in it.
    pub host: String,
    /// As stated by the hub before it redirected. A storage host's `ETag` has another meaning.
    pub checksum: Option<Checksum>,
    pub size: Option<u64>,
}

impl<'a> Client<'a> {
    pub fn new(request: &'a Request) -> Result<Self, AttemptError> {
        let uri = parse(&request.url())?;
        let timeouts = request.timeouts;
        let tls = TlsConfig::builder().root_certs(root_certs()?).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .user_agent(concat!("kokoro-wgpu/", env!("CARGO_PKG_VERSION")))
            // Lengths and ranges must be those of the file itself, not of a compressed form.
            .accept_encoding("identity")
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_resolve(Some(timeouts.connect))
            .timeout_connect(Some(timeouts.connect))
            .timeout_send_request(Some(timeouts.stall))
            .timeout_recv_response(Some(timeouts.stall))
            .timeout_per_read(Some(timeouts.stall));
        Ok(Self { agent: config.build().into(), request, origin: origin(&uri) })
    }

    /// Requests a file's checksum and length (HEAD).
    pub fn metadata(&self, url: &str, reporter: &mut Reporter<'_>) -> Result<Metadata, AttemptError> {
        let response = self.head(url, reporter)?;
        let length = response.http.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let own = response.http.status().is_success().then(|| length?.parse().ok()).flatten();
        match response.checksum {
            Some(checksum) => Ok(Metadata { checksum, size: response.size.or(own) }),
            None => {
                let reason =
                    format!("{} states no checksum for it, so the download could not be verified", response.host);
                Err(AttemptError::new(reason, "Set the SHA-256 in the request.", Retry::Never))
            }
        }
    }

    /// Requests the file from byte `from` on, following redirects.
    pub fn get(&self, url: &str, from: u64) -> Result<Response, AttemptError> {
        self.follow(false, url, from)
    }

    fn head(&self, url: &str, reporter: &mut Reporter<'_>) -> Result<Response, AttemptError> {
        let mut pause = self.request.timeouts.backoff;
        for _ in 0..self.request.timeouts.retries {
            match self.follow(true, url, 0) {
                Err(AttemptError::Download { retry: Retry::After(asked), reason, .. }) => {
                    log::info!("{reason}; retrying");
                    reporter.sleep(asked.unwrap_or(pause), 0)?;
                    pause *= 2;
                }
                result => return result,
            }
        }
        self.follow(true, url, 0)
    }

    /// Sends a request and follows redirects. With `head` it stops at the first response with a checksum: the hub states
    /// it in the redirect to its storage.
    fn follow(&self, head: bool, url: &str, from: u64) -> Result<Response, AttemptError> {
        let mut url = parse(url)?;
        let (mut checksum, mut size) = (None, None);
        for _ in 0..=MAX_REDIRECTS {
            let host = url.authority().map_or("", |authority| authority.as_str()).to_owned();
            let response = self.send(head, &url, from).map_err(|error| http_error::transport(&host, &error))?;
            let status = response.status();
            let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            let own = origin(&url);
            if checksum.is_none() && (own == self.origin || HUB_ORIGINS.contains(&own.as_str())) {
                let etag = if status.is_success() { text("etag") } else { None };
                checksum = text("x-linked-etag").or(etag).and_then(Checksum::parse);
                size = text("x-linked-size").and_then(|value| value.parse().ok());
            }
            if status.is_client_error() || status.is_server_error() {
                // 416, a range beyond the end, is handled by the download.
                if status.as_u16() != 416 {
                    let pause = text("retry-after").and_then(|value| value.trim().parse().ok());
                    return Err(http_error::status(&host, status, pause.map(Duration::from_secs), self.request));
                }
            } else if status.is_redirection() && status.as_u16() != 304 && !(head && checksum.is_some()) {
                let next = text("location").and_then(|location| resolve(&url, location));
                let Some(next) = next else {
                    return Err(AttemptError::new(
                        format!("{host} redirects without a valid address"),
                        "",
                        Retry::Never,
                    ));
                };
                if url.scheme_str() == Some("https") && next.scheme_str() != Some("https") {
                    let reason = format!("{host} redirects to an unencrypted address");
                    return Err(AttemptError::new(reason, "", Retry::Never));
                }
                url = next;
                continue;
            }
            return Ok(Response { http: response, host, checksum, size });
        }
        Err(AttemptError::new(format!("more than {MAX_REDIRECTS} redirects"), "", Retry::Never))
    }

    fn send(&self, head: bool, url: &Uri, from: u64) -> Result<http::Response<Body>, ureq::Error> {
        let mut call = if head { self.agent.head(url) } else { self.agent.get(url) };
        if let (Some(token), true) = (&self.request.token, origin(url) == self.origin) {
            call = call.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if from > 0 {
            call = call.header(header::RANGE, format!("bytes={from}-"));
        }
        // A proxy cannot reach this machine's own servers.
        if matches!(url.host(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            call = call.config().proxy(None).build();
        }
        call.call()
    }
}

/// The certificates in the user's file, as networks that inspect TLS need, else Mozilla's.
fn root_certs() -> Result<RootCerts, AttemptError> {
    let Some(path) = variable("SSL_CERT_FILE").or_else(|| variable("REQUESTS_CA_BUNDLE")) else {
        return Ok(RootCerts::WebPki);
    };
    const ADVICE: &str = "Check SSL_CERT_FILE and REQUESTS_CA_BUNDLE.";
    let text = std::fs::read(&path);
    let text = text.map_err(|error| AttemptError::new(format!("cannot read {path}: {error}"), ADVICE, Retry::Never))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&text) {
        if let Ok(PemItem::Certificate(certificate)) = item {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(AttemptError::new(format!("{path} contains no certificate"), ADVICE, Retry::Never));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

fn parse(url: &str) -> Result<Uri, AttemptError> {
    let uri: Option<Uri> = url.parse().ok();
    uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()).ok_or_else(|| {
        AttemptError::new(
            "the endpoint is not an address",
            "HF_ENDPOINT must look like https://host or https://host/path.",
            Retry::Never,
        )
    })
}

/// `scheme://host:port`, without the port if it is the scheme's default.
fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    match (scheme, uri.port_u16()) {
        ("https", Some(443) | None) | ("http", Some(80) | None) => format!("{scheme}://{host}"),
        (_, port) => format!("{scheme}://{host}:{}", port.unwrap_or_default()),
    }
}

/// Resolves a `Location` header: a full address, one without a scheme, an absolute path, a query or a relative path.
fn resolve(base: &Uri, location: &str) -> Option<Uri> {
    let location = location.split('#').next().unwrap_or_default().trim();
    let scheme = base.scheme_str()?;
    let authority = base.authority()?;
    let text = if location.starts_with("http://") || location.starts_with("https://") {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if let Some(query) = location.strip_prefix('?') {
        format!("{scheme}://{authority}{}?{query}", base.path())
    } else {
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    text.parse::<Uri>().ok().filter(|uri| uri.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved_against_the_requested_address() {
        let base: Uri = "https://hub:8443/a/b/c?x=1".parse().unwrap();
        for (location, expected) in [
            ("https://cdn/f?sig=2#part", "https://cdn/f?sig=2"),
            ("//cdn/f", "https://cdn/f"),
            ("/d/e", "https://hub:8443/d/e"),
            ("d", "https://hub:8443/a/b/d"),
            ("?y=2", "https://hub:8443/a/b/c?y=2"),
        ] {
            assert_eq!(resolve(&base, location).unwrap().to_string(), expected, "{location}");
        }
    }

    #[test]
    fn origin_is_scheme_host_and_port() {
        let of = |text: &str| origin(&text.parse().unwrap());
        assert_eq!(of("https://Hub/x"), of("https://hub:443"));
        assert_ne!(of("https://hub"), of("http://hub"));
        assert_ne!(of("https://hub"), of("https://hub:8443"));
        assert_ne!(of("https://hub"), of("https://hub.evil"));
        assert_eq!(of("https://me@hub"), of("https://hub"), "the user name is before the @, the host after it");
    }
}
