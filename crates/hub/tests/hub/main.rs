//! Downloads from a local test server into temporary cache folders.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod cache;
mod faults;
mod server;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kokoro_hub::{self as hub, Error, Request, Result, Timeouts};
use server::Server;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A path in a subfolder, so that the cache's relative links go up one folder more than for the model.
const FILE: &str = "voices/xx_test.pt";

/// Bytes without a period within the tested lengths, so that a wrong offset is detected.
fn contents(length: usize) -> Vec<u8> {
    (0..length as u64).map(|index| (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An address without a listener. A port that was just closed could be reassigned to another test; this one cannot.
const CLOSED: &str = "127.0.0.1:1";

/// A request for [`FILE`] with the checksum and length of `body`. Its timeouts are long, for slow machines; its pauses
/// between retries are short.
fn request(server: &Server, cache: &Path, body: &[u8]) -> Request {
    let mut request = unpinned(server, cache);
    request.sha256 = Some(sha256(body));
    request.size = Some(body.len() as u64);
    request
}

/// The same, without checksum and length.
fn unpinned(server: &Server, cache: &Path) -> Request {
    let mut request = Request::new(FILE);
    request.endpoint = server.url();
    request.token = None;
    request.offline = false;
    request.cache = Some(cache.to_owned());
    request.timeouts = Timeouts {
        connect: Duration::from_secs(30),
        stall: Duration::from_secs(30),
        retries: 2,
        backoff: Duration::from_millis(5),
        busy: Duration::from_secs(1),
    };
    request
}

fn fetch(request: &Request) -> Result<PathBuf> {
    hub::fetch(request, &mut |_| ControlFlow::Continue(()))
}

fn repo(cache: &TempDir) -> PathBuf {
    cache.path().join("models--hexgrad--Kokoro-82M")
}

fn incomplete(cache: &TempDir, body: &[u8]) -> PathBuf {
    repo(cache).join("blobs").join(format!("{}.incomplete", sha256(body)))
}

/// Writes an unfinished download, as an interrupted earlier run would leave it.
fn write_incomplete(cache: &TempDir, body: &[u8], start: &[u8]) {
    let path = incomplete(cache, body);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, start).unwrap();
}

/// The reason and remedy of a download that must fail. The cache must not contain the file afterwards.
fn download_error(request: &Request) -> (String, String) {
    let error = fetch(request).expect_err("the download cannot succeed");
    let found = hub::find(request).unwrap();
    assert_eq!(found, None, "after: {error}");
    match error {
        Error::Download { url, reason, remedy } => {
            assert_eq!(url, request.url());
            assert!(remedy.contains(FILE), "the remedy does not name the place for the file: {remedy}");
            (reason, remedy)
        }
        other => panic!("not Error::Download: {other:?}"),
    }
}
