//! `kokoro fetch`, without a network.
#![expect(clippy::unwrap_used, reason = "in tests this is how to fail")]

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use kokoro_wgpu::hub;
use tempfile::tempdir;

/// An address without a server. Unlike a port that was just closed, no other test can get it.
const CLOSED: &str = "127.0.0.1:1";

fn kokoro(cache: &Path, endpoint: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    command.arg("fetch").args(args).env("HF_HUB_CACHE", cache).env("HF_ENDPOINT", endpoint);
    command.env_remove("HF_TOKEN").env_remove("HF_HUB_OFFLINE").env_remove("KOKORO_OFFLINE").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn without_a_network_the_error_has_remedies() {
    let cache = tempdir().unwrap();
    let output = kokoro(cache.path(), &format!("http://{CLOSED}"), &["--from", "hub"]);
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{error}");
    let parts = [CLOSED.to_owned(), cache.path().display().to_string(), "--model FILE".into(), "seeded:0".into()];
    for part in parts {
        assert!(error.contains(&part), "{part} is not in: {error}");
    }
    let output = kokoro(cache.path(), &format!("http://{CLOSED}"), &["--offline", "af_heart"]);
    let error = text(&output.stderr);
    assert!(output.status.code() == Some(1) && error.contains("offline") && error.contains("--voice FILE"), "{error}");
}

#[test]
fn unknown_names_fail_before_any_download() {
    let cache = tempdir().unwrap();
    let hub = TcpListener::bind("127.0.0.1:0").unwrap();
    hub.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", hub.local_addr().unwrap());
    let output = kokoro(cache.path(), &endpoint, &["v1.0", "af_hart"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("af_hart"), "{}", text(&output.stderr));
    assert!(hub.accept().is_err(), "there was a request");
}

#[cfg(unix)]
#[test]
fn paths_in_the_cache_are_printed() {
    let cache = tempdir().unwrap();
    let repo = cache.path().join("models--hexgrad--Kokoro-82M");
    let snapshot = repo.join("snapshots").join(hub::REVISION);
    let request = hub::Request::new(hub::MODEL);
    let (blob, size) = (request.sha256.unwrap(), request.size.unwrap());
    for folder in [&repo.join("blobs"), &snapshot] {
        fs::create_dir_all(folder).unwrap();
    }
    // A sparse file: of large files only name and size are checked.
    File::create(repo.join("blobs").join(&blob)).unwrap().set_len(size).unwrap();
    std::os::unix::fs::symlink(format!("../../blobs/{blob}"), snapshot.join(hub::MODEL)).unwrap();
    let output = kokoro(cache.path(), &format!("http://{CLOSED}"), &["v1.0"]);
    assert_eq!(text(&output.stdout), format!("{}\n", snapshot.join(hub::MODEL).display()));
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}
