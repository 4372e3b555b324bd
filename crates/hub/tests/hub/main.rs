//! Downloads from a server of the tests' own, on this machine, into caches of their own.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in tests these are how to fail")]

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

/// A voice's path, so that links must climb one folder more than for the model.
const FILE: &str = "voices/xx_test.pt";

/// Bytes that repeat nowhere near the sizes tested, so that a wrong offset shows.
fn contents(length: usize) -> Vec<u8> {
    (0..length as u64).map(|index| (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An address at which nobody listens: no test is given this port, unlike one that was just closed.
const CLOSED: &str = "127.0.0.1:1";

/// A request of [`FILE`] with the checksum and length of `body`, into `cache`: patient with a busy machine, but not with
/// a server that says it is busy.
fn request(server: &Server, cache: &Path, body: &[u8]) -> Request {
    let mut request = unpinned(server, cache);
    request.sha256 = Some(sha256(body));
    request.size = Some(body.len() as u64);
    request
}

/// The same without a checksum.
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

/// Leaves the start of a download, as an earlier run would.
fn begin(cache: &TempDir, body: &[u8], start: &[u8]) {
    let path = incomplete(cache, body);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, start).unwrap();
}

/// The failure's reason and remedy; nothing in the cache may pass for the file.
fn failure(request: &Request) -> (String, String) {
    let error = fetch(request).expect_err("the download cannot succeed");
    let found = hub::find(request).unwrap();
    assert_eq!(found, None, "after: {error}");
    match error {
        Error::Download { url, reason, remedy } => {
            assert_eq!(url, request.url());
            assert!(remedy.contains(FILE), "the remedy says where to put the file: {remedy}");
            (reason, remedy)
        }
        other => panic!("another error: {other:?}"),
    }
}
