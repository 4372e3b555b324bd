//! The cache shared with Python programs: finding copies, links, locks, checksums.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, mpsc};
use std::thread;

use super::server::{HttpRequest, Reply, Server};
use super::{FILE, contents, download_error, fetch, incomplete, repo, request, sha256, unpinned};
use kokoro_hub::{self as hub, Error, Request, Result};
use tempfile::{TempDir, tempdir};

const LENGTH: usize = 70_001;

/// A server that must not get any request.
fn unused_server() -> Server {
    Server::start(|_, _| Reply::status(404))
}

fn serve(body: &[u8]) -> Server {
    let sent = body.to_vec();
    Server::start(move |received, _| Reply::file(&sent, received))
}

/// Writes a file as Python's `huggingface_hub` does: a blob, and a link to it in the revision's folder.
#[cfg(unix)]
fn python_copy(cache: &TempDir, revision: &str, blob: &str, body: &[u8]) -> PathBuf {
    let repo = repo(cache);
    fs::create_dir_all(repo.join("blobs")).unwrap();
    fs::create_dir_all(repo.join("refs")).unwrap();
    fs::write(repo.join("refs/main"), revision).unwrap();
    fs::write(repo.join("blobs").join(blob), body).unwrap();
    let path = repo.join("snapshots").join(revision).join(FILE);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(Path::new("../../../blobs").join(blob), &path).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn downloads_have_the_layout_of_pythons_cache() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let server = serve(&body);
    let path = fetch(&request(&server, cache.path(), &body)).unwrap();
    let target = fs::read_link(&path).unwrap();
    assert_eq!(target, Path::new("../../../blobs").join(sha256(&body)));
    assert_eq!(fs::read(repo(&cache).join("blobs").join(sha256(&body))).unwrap(), body);
    let lock = format!(".locks/models--hexgrad--Kokoro-82M/{}.lock", sha256(&body));
    assert!(cache.path().join(lock).exists());
    let folders: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(folders.len(), 1, "temporary files are left: {folders:?}");
}

#[cfg(unix)]
#[test]
fn copies_from_python_programs_are_used_without_a_request() {
    let body = contents(LENGTH);
    let other = "0123456789abcdef0123456789abcdef01234567";
    for (revision, blob) in [(hub::REVISION, sha256(&body)), (other, sha256(&body)), (other, "1".repeat(40))] {
        let cache = tempdir().unwrap();
        let path = python_copy(&cache, revision, &blob, &body);
        let server = unused_server();
        assert_eq!(fetch(&request(&server, cache.path(), &body)).unwrap(), path, "{revision} {blob}");
        assert!(server.requests().is_empty());
    }
}

#[test]
fn regular_files_in_snapshots_are_found() {
    // Without symbolic links, the snapshot folder has the file itself.
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let path = repo(&cache).join("snapshots").join(hub::REVISION).join(FILE);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, &body).unwrap();
    assert_eq!(fetch(&request(&unused_server(), cache.path(), &body)).unwrap(), path);
}

#[cfg(unix)]
#[test]
fn blobs_without_a_revision_get_a_link() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    fs::create_dir_all(repo(&cache).join("blobs")).unwrap();
    fs::write(repo(&cache).join("blobs").join(sha256(&body)), &body).unwrap();
    let path = fetch(&request(&unused_server(), cache.path(), &body)).unwrap();
    assert!(path.ends_with(FILE) && fs::read(&path).unwrap() == body, "{}", path.display());
}

#[cfg(unix)]
#[test]
fn damaged_copies_are_replaced() {
    let body = contents(LENGTH);
    let mut flipped = body.clone();
    flipped[0] ^= 1;
    for (damaged, why) in [(&body[..LENGTH - 1], "short"), (&flipped[..], "one bit"), (&[][..], "empty")] {
        let cache = tempdir().unwrap();
        let path = python_copy(&cache, hub::REVISION, &sha256(&body), damaged);
        let server = serve(&body);
        let request = request(&server, cache.path(), &body);
        assert_eq!(hub::find(&request).unwrap(), None, "{why}");
        assert_eq!(fetch(&request).unwrap(), path, "{why}");
        assert_eq!(fs::read(&path).unwrap(), body, "{why}");
        assert_eq!(server.gets(), 1, "{why}");
    }
    // A dangling link, as `huggingface-cli delete-cache` may leave it.
    let cache = tempdir().unwrap();
    let path = python_copy(&cache, hub::REVISION, &sha256(&body), &body);
    fs::remove_file(repo(&cache).join("blobs").join(sha256(&body))).unwrap();
    assert_eq!(fetch(&request(&serve(&body), cache.path(), &body)).unwrap(), path);
    assert_eq!(fs::read(&path).unwrap(), body);
}

#[cfg(unix)]
#[test]
fn large_blobs_are_hashed_only_on_request() {
    // Files up to 16 MiB are always hashed.
    for (length, is_found) in [(16 << 20, false), ((16 << 20) + 1, true)] {
        let (cache, body) = (tempdir().unwrap(), contents(length));
        let mut flipped = body.clone();
        flipped[length - 1] ^= 1;
        python_copy(&cache, hub::REVISION, &sha256(&body), &flipped);
        let mut request = request(&unused_server(), cache.path(), &body);
        assert_eq!(hub::find(&request).unwrap().is_some(), is_found, "{length} bytes");
        request.verify = true;
        assert_eq!(hub::find(&request).unwrap(), None, "{length} bytes, verified");
    }
}

#[test]
fn downloads_begun_by_python_programs_are_resumed() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    super::write_incomplete(&cache, &body, &body[..4096]);
    let server = serve(&body);
    assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body);
    assert_eq!(server.requests()[0].range_start(), Some(4096));
    // All bytes are there; only the renaming is missing.
    let cache = tempdir().unwrap();
    super::write_incomplete(&cache, &body, &body);
    assert_eq!(fs::read(fetch(&request(&unused_server(), cache.path(), &body)).unwrap()).unwrap(), body);
}

#[test]
fn offline_sends_no_request_and_explains_why() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let server = serve(&body);
    let mut request = request(&server, cache.path(), &body);
    request.offline = true;
    let (reason, remedy) = download_error(&request);
    assert!(reason.contains("offline") && reason.contains(&cache.path().display().to_string()), "{reason}");
    assert!(remedy.contains("HF_HUB_OFFLINE") && remedy.contains("--offline"), "{remedy}");
    assert!(server.requests().is_empty());
    request.offline = false;
    let path = fetch(&request).unwrap();
    request.offline = true;
    assert_eq!(fetch(&request).unwrap(), path);
    assert_eq!(server.gets(), 1);
}

/// A hub that states a checksum and redirects to its storage.
fn serve_with_checksum(body: &[u8], etag: &str) -> Server {
    let (sent, etag) = (body.to_vec(), etag.to_owned());
    Server::start(move |received, _| match received.path.as_str() {
        "/storage" => Reply::file(&sent, received).with("ETag", &format!("\"{}\"", "9".repeat(64))),
        _ => Reply::redirect("/storage")
            .with("X-Linked-ETag", &format!("\"{etag}\""))
            .with("X-Linked-Size", &sent.len().to_string()),
    })
}

#[test]
fn without_a_pinned_checksum_the_hubs_header_is_used() {
    let body = contents(LENGTH);
    let (cache, server) = (tempdir().unwrap(), serve_with_checksum(&body, &sha256(&body)));
    let path = fetch(&unpinned(&server, cache.path())).unwrap();
    assert_eq!(fs::read(&path).unwrap(), body);
    let methods: Vec<String> = server.requests().into_iter().map(|received: HttpRequest| received.method).collect();
    assert_eq!(methods, ["HEAD", "GET", "GET"], "the checksum, the redirect, the file");
    // With links, the blob's name has the checksum, and no further request is needed.
    if cfg!(unix) {
        assert_eq!(fetch(&unpinned(&server, cache.path())).unwrap(), path);
        assert_eq!(server.requests().len(), 3);
    }
    let (cache, server) = (tempdir().unwrap(), serve_with_checksum(&body, &sha256(b"another")));
    let (reason, _) = download_error(&unpinned(&server, cache.path()));
    assert!(reason.contains(&sha256(b"another")), "{reason}");
}

#[test]
fn small_files_are_checked_by_their_git_id() {
    // git hash-object of the six bytes "hello\n".
    const ID: &str = "ce013625030ba8dba906f756967f9e9ca394464a";
    let etag = format!("W/\"{ID}\"");
    let cache = tempdir().unwrap();
    let server = Server::start(move |received, _| Reply::file(b"hello\n", received).with("ETag", &etag));
    let path = fetch(&unpinned(&server, cache.path())).unwrap();
    if cfg!(unix) {
        assert!(path.canonicalize().unwrap().ends_with(ID));
    }
    // With a pinned SHA-256 the blob still gets the hub's name.
    let cache = tempdir().unwrap();
    let path = fetch(&request(&server, cache.path(), b"hello\n")).unwrap();
    if cfg!(unix) {
        assert!(path.canonicalize().unwrap().ends_with(ID));
    }
    let cache = tempdir().unwrap();
    let wrong = Server::start(|received, _| Reply::file(b"hullo\n", received).with("ETag", &format!("\"{ID}\"")));
    let (reason, _) = download_error(&unpinned(&wrong, cache.path()));
    assert!(reason.contains("git id"), "{reason}");
}

#[test]
fn files_without_a_checksum_are_refused() {
    let (cache, body) = (tempdir().unwrap(), contents(100));
    for etag in ["\"5f3c-1388\"", ""] {
        let sent = body.clone();
        let server = Server::start(move |received, _| Reply::file(&sent, received).with("ETag", etag));
        let (reason, remedy) = download_error(&unpinned(&server, cache.path()));
        assert!(reason.contains("no checksum") && remedy.contains("SHA-256"), "{reason} {remedy}");
        assert_eq!(server.gets(), 0);
    }
    // A checksum from another host than the hub does not count.
    let other_host = Server::start(|received, _| Reply::file(b"x", received).with("X-Linked-ETag", &sha256(b"x")));
    let target = other_host.url();
    let server = Server::start(move |_, _| Reply::redirect(&target));
    let (reason, _) = download_error(&unpinned(&server, cache.path()));
    assert!(reason.contains("no checksum"), "{reason}");
}

#[test]
fn two_threads_download_once() {
    let (cache, body) = (tempdir().unwrap(), contents(4 * 65_536));
    let sent = body.clone();
    // The server responds to the first thread once the second one waits for it.
    let (waiting, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let server = Server::start(move |received, _| {
        gate.lock().unwrap().recv().unwrap();
        Reply::file(&sent, received)
    });
    let request = request(&server, cache.path(), &body);
    let both: Vec<(Result<PathBuf>, bool)> = thread::scope(|scope| {
        let run = || {
            let mut waited = false;
            let path = hub::fetch(&request, &mut |progress| {
                if progress.phase == hub::Phase::Waiting {
                    waited = true;
                    waiting.send(()).unwrap();
                }
                ControlFlow::Continue(())
            });
            (path, waited)
        };
        let running = [scope.spawn(run), scope.spawn(run)];
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(server.gets(), 1);
    assert_eq!(both.iter().filter(|(_, waited)| *waited).count(), 1, "exactly one waits");
    for (path, _) in both {
        assert_eq!(fs::read(path.unwrap()).unwrap(), body);
    }
}

#[test]
fn waiting_for_a_lock_can_be_cancelled() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let folder = cache.path().join(".locks/models--hexgrad--Kokoro-82M");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join(format!("{}.lock", sha256(&body)))).unwrap();
    lock.lock().unwrap();
    let mut calls = 0;
    let result = hub::fetch(&request(&unused_server(), cache.path(), &body), &mut |progress| {
        assert_eq!(progress.phase, hub::Phase::Waiting);
        calls += 1;
        if calls < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(matches!(result, Err(Error::Cancelled { .. })), "{result:?}");
}

/// Run by the two child processes of `two_processes_download_once`; does nothing otherwise.
#[test]
fn download_in_child_process() {
    let Ok(job) = std::env::var("KOKORO_TEST_FETCH") else { return };
    let mut parts = job.split('|');
    let mut request = Request::new(FILE);
    request.endpoint = parts.next().unwrap().to_owned();
    request.cache = Some(parts.next().unwrap().into());
    request.sha256 = parts.next().map(str::to_owned);
    request.offline = false;
    let mut gate = parts.next();
    let mut open = |progress: hub::Progress<'_>| {
        if progress.phase == hub::Phase::Waiting
            && let Some(address) = gate.take()
        {
            drop(TcpStream::connect(address).unwrap());
        }
        ControlFlow::Continue(())
    };
    hub::fetch(&request, &mut open).unwrap();
}

#[test]
fn two_processes_download_once() {
    let (cache, body) = (tempdir().unwrap(), contents(4 * 65_536));
    let sent = body.clone();
    // The server responds to the first process once the second one connects to say that it waits.
    let gate = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gate.local_addr().unwrap();
    let server = Server::start(move |received, _| {
        gate.accept().unwrap();
        Reply::file(&sent, received)
    });
    let job = format!("{}|{}|{}|{address}", server.url(), cache.path().display(), sha256(&body));
    let start = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "cache::download_in_child_process"]).env("KOKORO_TEST_FETCH", &job).spawn().unwrap()
    };
    for mut child in [start(), start()] {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(server.gets(), 1);
    let found = hub::find(&request(&server, cache.path(), &body)).unwrap().unwrap();
    assert_eq!(fs::read(found).unwrap(), body);
    assert!(!incomplete(&cache, &body).exists());
}

#[test]
fn invalid_requests_are_refused() {
    let cache = tempdir().unwrap();
    let server = unused_server();
    type Change = fn(&mut Request);
    let cases: [(&str, Change); 10] = [
        ("file", |request| request.file = "../../etc/passwd".into()),
        ("file", |request| request.file = "/etc/passwd".into()),
        ("file", |request| request.file = String::new()),
        ("file", |request| request.file = "voices\\af.pt".into()),
        ("file", |request| request.file = "a?b".into()),
        ("repo", |request| request.repo = "../x".into()),
        ("repo", |request| request.repo = "a/b/c".into()),
        ("revision", |request| request.revision = "main".into()),
        ("revision", |request| request.revision = "../../../../etc".into()),
        ("sha256", |request| request.sha256 = Some("abc".into())),
    ];
    for (culprit, change) in cases {
        let mut request = unpinned(&server, cache.path());
        change(&mut request);
        match fetch(&request) {
            Err(Error::Argument { name, .. }) => assert_eq!(name, culprit, "{request:?}"),
            other => panic!("{request:?}: {other:?}"),
        }
    }
    assert!(server.requests().is_empty());
    let mut request = unpinned(&server, cache.path());
    request.endpoint = "mirror.example".into();
    let (_, remedy) = download_error(&request);
    assert!(remedy.contains("HF_ENDPOINT"), "{remedy}");
}

#[test]
fn published_files_have_pinned_checksums() {
    let model = Request::new(hub::MODEL);
    assert_eq!(model.size, Some(327_212_226));
    assert!(model.sha256.unwrap().starts_with("496dba11"));
    assert_eq!(hub::voices().len(), 54);
    assert!(hub::voices().is_sorted());
    for voice in hub::voices() {
        let request = Request::voice(voice).unwrap();
        assert_eq!(request.sha256.map(|digits| digits.len()), Some(64), "{voice}");
    }
    let reason = Request::voice("af_hart").unwrap_err().to_string();
    assert!(reason.contains("af_hart") && reason.contains("kokoro voices"), "{reason}");
}
