//! Requests to the hub: redirects followed by hand, because the checksum stands on the first answer and the token
//! must not travel.

use std::sync::Arc;
use std::time::Duration;

use ureq::http::{Response, Uri, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use crate::Watch;
use crate::checksum::Checksum;
use crate::failure::{Failure, Retry};
use crate::request::{Request, variable};

/// The hub's hosts, whose word on a file's checksum is taken even if a mirror redirects there.
const HUB: [&str; 2] = ["https://huggingface.co", "https://hf.co"];
const REDIRECTS: usize = 10;

pub(super) struct Client<'a> {
    agent: Agent,
    request: &'a Request,
    /// `scheme://host:port` of the endpoint, the only place that gets the token.
    origin: String,
}

/// What the hub says of a file.
pub(super) struct Description {
    pub checksum: Checksum,
    pub size: Option<u64>,
}

pub(super) struct Answer {
    pub response: Response<Body>,
    /// Who answered, for messages: a storage host's address is signed and no business of a log.
    pub host: String,
    /// As the hub itself stated them on the way. A storage host's own tags mean something else.
    pub checksum: Option<Checksum>,
    pub size: Option<u64>,
}

impl<'a> Client<'a> {
    pub fn new(request: &'a Request) -> Result<Self, Failure> {
        let uri = parse(&request.url())?;
        let timeouts = request.timeouts;
        let tls = TlsConfig::builder().root_certs(root_certs()?).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .user_agent(concat!("kokoro-wgpu/", env!("CARGO_PKG_VERSION")))
            // Lengths and ranges are those of the file, not of a compressed form.
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

    /// Asks the hub for a file's checksum, without asking for the file.
    pub fn describe(&self, url: &str, watch: &mut Watch<'_>) -> Result<Description, Failure> {
        let answer = self.describe_patiently(url, watch)?;
        let length = answer.response.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let own = answer.response.status().is_success().then(|| length?.parse().ok()).flatten();
        match answer.checksum {
            Some(checksum) => Ok(Description { checksum, size: answer.size.or(own) }),
            None => {
                let reason = format!("{} states no checksum for it, so that it could not be checked", answer.host);
                Err(Failure::new(reason, "Give its SHA-256 with the request.", Retry::Never))
            }
        }
    }

    /// Asks for the file from byte `from` on, wherever the hub sends us.
    pub fn get(&self, url: &str, from: u64) -> Result<Answer, Failure> {
        self.ask(false, url, from)
    }

    fn describe_patiently(&self, url: &str, watch: &mut Watch<'_>) -> Result<Answer, Failure> {
        let mut pause = self.request.timeouts.backoff;
        for _ in 0..self.request.timeouts.retries {
            match self.ask(true, url, 0) {
                Err(Failure::Network { retry: Retry::After(asked), reason, .. }) => {
                    log::info!("{reason}; trying again");
                    watch.wait(asked.unwrap_or(pause), 0)?;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
        self.ask(true, url, 0)
    }

    /// `head` stops at the hub's own description, which redirects to storage carry.
    fn ask(&self, head: bool, url: &str, from: u64) -> Result<Answer, Failure> {
        let mut url = parse(url)?;
        let (mut checksum, mut size) = (None, None);
        for _ in 0..=REDIRECTS {
            let host = url.authority().map_or("", |authority| authority.as_str()).to_owned();
            let response = self.send(head, &url, from).map_err(|error| Failure::transport(&host, &error))?;
            let status = response.status();
            let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            let own = origin(&url);
            if checksum.is_none() && (own == self.origin || HUB.contains(&own.as_str())) {
                let plain = if status.is_success() { text("etag") } else { None };
                checksum = text("x-linked-etag").or(plain).and_then(Checksum::parse);
                size = text("x-linked-size").and_then(|value| value.parse().ok());
            }
            if status.is_client_error() || status.is_server_error() {
                // A wrong range is the download's to mend.
                if status.as_u16() != 416 {
                    let pause = text("retry-after").and_then(|value| value.trim().parse().ok());
                    return Err(Failure::status(&host, status, pause.map(Duration::from_secs), self.request));
                }
            } else if status.is_redirection() && status.as_u16() != 304 && !(head && checksum.is_some()) {
                let next = text("location").and_then(|location| resolve(&url, location));
                let Some(next) = next else {
                    return Err(Failure::new(format!("{host} redirects to nowhere"), "", Retry::Never));
                };
                if url.scheme_str() == Some("https") && next.scheme_str() != Some("https") {
                    let reason = format!("{host} redirects to an unencrypted address");
                    return Err(Failure::new(reason, "", Retry::Never));
                }
                url = next;
                continue;
            }
            return Ok(Answer { response, host, checksum, size });
        }
        Err(Failure::new(format!("more than {REDIRECTS} redirects"), "", Retry::Never))
    }

    fn send(&self, head: bool, url: &Uri, from: u64) -> Result<Response<Body>, ureq::Error> {
        let mut call = if head { self.agent.head(url) } else { self.agent.get(url) };
        if let (Some(token), true) = (&self.request.token, origin(url) == self.origin) {
            call = call.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if from > 0 {
            call = call.header(header::RANGE, format!("bytes={from}-"));
        }
        // No proxy leads back to this machine.
        if matches!(url.host(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            call = call.config().proxy(None).build();
        }
        call.call()
    }
}

/// The certificates that a company's network asks to trust, else Mozilla's.
fn root_certs() -> Result<RootCerts, Failure> {
    let Some(path) = variable("SSL_CERT_FILE").or_else(|| variable("REQUESTS_CA_BUNDLE")) else {
        return Ok(RootCerts::WebPki);
    };
    const ADVICE: &str = "Check SSL_CERT_FILE and REQUESTS_CA_BUNDLE.";
    let text = std::fs::read(&path);
    let text = text.map_err(|error| Failure::new(format!("cannot read {path}: {error}"), ADVICE, Retry::Never))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&text) {
        if let Ok(PemItem::Certificate(certificate)) = item {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(Failure::new(format!("{path} holds no certificate"), ADVICE, Retry::Never));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

fn parse(url: &str) -> Result<Uri, Failure> {
    let uri: Option<Uri> = url.parse().ok();
    uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()).ok_or_else(|| {
        Failure::new(
            "that is no address",
            "HF_ENDPOINT must look like https://host or https://host/path.",
            Retry::Never,
        )
    })
}

/// `scheme://host:port`, the port only where it is not the scheme's own.
fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    match (scheme, uri.port_u16()) {
        ("https", Some(443) | None) | ("http", Some(80) | None) => format!("{scheme}://{host}"),
        (_, port) => format!("{scheme}://{host}:{}", port.unwrap_or_default()),
    }
}

/// Where a `Location` header leads: a whole address, one without scheme, a path, or a path beside this one.
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
    fn locations_are_resolved_against_the_address_that_sent_them() {
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
    fn an_origin_is_scheme_host_and_port() {
        let of = |text: &str| origin(&text.parse().unwrap());
        assert_eq!(of("https://Hub/x"), of("https://hub:443"));
        assert_ne!(of("https://hub"), of("http://hub"));
        assert_ne!(of("https://hub"), of("https://hub:8443"));
        assert_ne!(of("https://hub"), of("https://hub.evil"));
        assert_eq!(of("https://me@hub"), of("https://hub"), "the name is before the @, the host after it");
    }
}
