//! The cache that Python programs share: found, linked, locked, and never believed blindly.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, mpsc};
use std::thread;

use super::server::{Asked, Reply, Server};
use super::{FILE, contents, failure, fetch, incomplete, repo, request, sha256, unpinned};
use kokoro_hub::{self as hub, Error, Request, Result};
use tempfile::{TempDir, tempdir};

const LENGTH: usize = 70_001;

/// A server that must not be asked.
fn silent() -> Server {
    Server::start(|_, _| Reply::status(404))
}

fn serving(body: &[u8]) -> Server {
    let sent = body.to_vec();
    Server::start(move |asked, _| Reply::file(&sent, asked))
}

/// As Python's hub library leaves a file: a blob, and a link to it in the revision's folder.
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
fn a_download_is_laid_out_as_python_expects_it() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let server = serving(&body);
    let path = fetch(&request(&server, cache.path(), &body)).unwrap();
    let target = fs::read_link(&path).unwrap();
    assert_eq!(target, Path::new("../../../blobs").join(sha256(&body)));
    assert_eq!(fs::read(repo(&cache).join("blobs").join(sha256(&body))).unwrap(), body);
    let lock = format!(".locks/models--hexgrad--Kokoro-82M/{}.lock", sha256(&body));
    assert!(cache.path().join(lock).exists());
    let folders: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(folders.len(), 1, "nothing temporary is left: {folders:?}");
}

#[cfg(unix)]
#[test]
fn copies_of_python_programs_are_used_without_asking_anyone() {
    let body = contents(LENGTH);
    let other = "0123456789abcdef0123456789abcdef01234567";
    for (revision, blob) in [(hub::REVISION, sha256(&body)), (other, sha256(&body)), (other, "1".repeat(40))] {
        let cache = tempdir().unwrap();
        let path = python_copy(&cache, revision, &blob, &body);
        let server = silent();
        assert_eq!(fetch(&request(&server, cache.path(), &body)).unwrap(), path, "{revision} {blob}");
        assert!(server.asked().is_empty());
    }
}

#[test]
fn a_plain_file_in_a_snapshot_is_a_copy_too() {
    // Systems without symbolic links keep files there.
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let path = repo(&cache).join("snapshots").join(hub::REVISION).join(FILE);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, &body).unwrap();
    assert_eq!(fetch(&request(&silent(), cache.path(), &body)).unwrap(), path);
}

#[cfg(unix)]
#[test]
fn a_blob_that_no_revision_names_gets_a_link() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    fs::create_dir_all(repo(&cache).join("blobs")).unwrap();
    fs::write(repo(&cache).join("blobs").join(sha256(&body)), &body).unwrap();
    let path = fetch(&request(&silent(), cache.path(), &body)).unwrap();
    assert!(path.ends_with(FILE) && fs::read(&path).unwrap() == body, "{}", path.display());
}

#[cfg(unix)]
#[test]
fn damaged_copies_are_not_taken_and_are_mended() {
    let body = contents(LENGTH);
    let mut flipped = body.clone();
    flipped[0] ^= 1;
    for (damaged, why) in [(&body[..LENGTH - 1], "short"), (&flipped[..], "one bit"), (&[][..], "empty")] {
        let cache = tempdir().unwrap();
        let path = python_copy(&cache, hub::REVISION, &sha256(&body), damaged);
        let server = serving(&body);
        let request = request(&server, cache.path(), &body);
        assert_eq!(hub::find(&request).unwrap(), None, "{why}");
        assert_eq!(fetch(&request).unwrap(), path, "{why}");
        assert_eq!(fs::read(&path).unwrap(), body, "{why}");
        assert_eq!(server.gets(), 1, "{why}");
    }
    // A link to nothing, as `huggingface-cli delete-cache` may leave it.
    let cache = tempdir().unwrap();
    let path = python_copy(&cache, hub::REVISION, &sha256(&body), &body);
    fs::remove_file(repo(&cache).join("blobs").join(sha256(&body))).unwrap();
    assert_eq!(fetch(&request(&serving(&body), cache.path(), &body)).unwrap(), path);
    assert_eq!(fs::read(&path).unwrap(), body);
}

#[cfg(unix)]
#[test]
fn large_blobs_are_believed_by_name_and_length_unless_verified() {
    // 16 MiB is the limit up to which every copy is read through.
    for (length, believed) in [(16 << 20, false), ((16 << 20) + 1, true)] {
        let (cache, body) = (tempdir().unwrap(), contents(length));
        let mut flipped = body.clone();
        flipped[length - 1] ^= 1;
        python_copy(&cache, hub::REVISION, &sha256(&body), &flipped);
        let mut request = request(&silent(), cache.path(), &body);
        assert_eq!(hub::find(&request).unwrap().is_some(), believed, "{length} bytes");
        request.verify = true;
        assert_eq!(hub::find(&request).unwrap(), None, "{length} bytes, verified");
    }
}

#[test]
fn what_a_python_program_began_is_finished() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    super::begin(&cache, &body, &body[..4096]);
    let server = serving(&body);
    assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body);
    assert_eq!(server.asked()[0].from(), Some(4096));
    // All bytes were there, only the name was missing.
    let cache = tempdir().unwrap();
    super::begin(&cache, &body, &body);
    assert_eq!(fs::read(fetch(&request(&silent(), cache.path(), &body)).unwrap()).unwrap(), body);
}

#[test]
fn offline_asks_nobody_and_says_so() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let server = serving(&body);
    let mut request = request(&server, cache.path(), &body);
    request.offline = true;
    let (reason, remedy) = failure(&request);
    assert!(reason.contains("offline") && reason.contains(&cache.path().display().to_string()), "{reason}");
    assert!(remedy.contains("HF_HUB_OFFLINE") && remedy.contains("--offline"), "{remedy}");
    assert!(server.asked().is_empty());
    request.offline = false;
    let path = fetch(&request).unwrap();
    request.offline = true;
    assert_eq!(fetch(&request).unwrap(), path);
    assert_eq!(server.gets(), 1);
}

/// The hub's answers for a file that the request has no checksum of: a description, then storage's bytes.
fn describing(body: &[u8], etag: &str) -> Server {
    let (sent, etag) = (body.to_vec(), etag.to_owned());
    Server::start(move |asked, _| match asked.path.as_str() {
        "/storage" => Reply::file(&sent, asked).with("ETag", &format!("\"{}\"", "9".repeat(64))),
        _ => Reply::to("/storage")
            .with("X-Linked-ETag", &format!("\"{etag}\""))
            .with("X-Linked-Size", &sent.len().to_string()),
    })
}

#[test]
fn without_a_known_checksum_the_hubs_header_is_the_check() {
    let body = contents(LENGTH);
    let (cache, server) = (tempdir().unwrap(), describing(&body, &sha256(&body)));
    let path = fetch(&unpinned(&server, cache.path())).unwrap();
    assert_eq!(fs::read(&path).unwrap(), body);
    let methods: Vec<String> = server.asked().into_iter().map(|asked: Asked| asked.method).collect();
    assert_eq!(methods, ["HEAD", "GET", "GET"], "a description, a redirect, the bytes");
    // On systems with links the blob's name has the checksum, and nobody need be asked again.
    if cfg!(unix) {
        assert_eq!(fetch(&unpinned(&server, cache.path())).unwrap(), path);
        assert_eq!(server.asked().len(), 3);
    }
    let (cache, server) = (tempdir().unwrap(), describing(&body, &sha256(b"another")));
    let (reason, _) = failure(&unpinned(&server, cache.path()));
    assert!(reason.contains(&sha256(b"another")), "{reason}");
}

#[test]
fn small_files_are_checked_by_their_git_id() {
    // git hash-object of the six bytes "hello\n".
    const ID: &str = "ce013625030ba8dba906f756967f9e9ca394464a";
    let etag = format!("W/\"{ID}\"");
    let cache = tempdir().unwrap();
    let server = Server::start(move |asked, _| Reply::file(b"hello\n", asked).with("ETag", &etag));
    let path = fetch(&unpinned(&server, cache.path())).unwrap();
    if cfg!(unix) {
        assert!(path.canonicalize().unwrap().ends_with(ID));
    }
    // With a known SHA-256 too the blob has the hub's name for it.
    let cache = tempdir().unwrap();
    let path = fetch(&request(&server, cache.path(), b"hello\n")).unwrap();
    if cfg!(unix) {
        assert!(path.canonicalize().unwrap().ends_with(ID));
    }
    let cache = tempdir().unwrap();
    let lie = Server::start(|asked, _| Reply::file(b"hullo\n", asked).with("ETag", &format!("\"{ID}\"")));
    let (reason, _) = failure(&unpinned(&lie, cache.path()));
    assert!(reason.contains("git id"), "{reason}");
}

#[test]
fn a_file_that_nothing_vouches_for_is_not_fetched() {
    let (cache, body) = (tempdir().unwrap(), contents(100));
    for etag in ["\"5f3c-1388\"", ""] {
        let sent = body.clone();
        let server = Server::start(move |asked, _| Reply::file(&sent, asked).with("ETag", etag));
        let (reason, remedy) = failure(&unpinned(&server, cache.path()));
        assert!(reason.contains("no checksum") && remedy.contains("SHA-256"), "{reason} {remedy}");
        assert_eq!(server.gets(), 0);
    }
    // A storage host's tag is not the hub's word, even if it looks like a checksum.
    let vouching = Server::start(|asked, _| Reply::file(b"x", asked).with("X-Linked-ETag", &sha256(b"x")));
    let target = vouching.url();
    let server = Server::start(move |_, _| Reply::to(&target));
    let (reason, _) = failure(&unpinned(&server, cache.path()));
    assert!(reason.contains("no checksum"), "{reason}");
}

#[test]
fn two_threads_download_once() {
    let (cache, body) = (tempdir().unwrap(), contents(4 * 65_536));
    let sent = body.clone();
    // The one that comes first gets its answer when the other waits for it.
    let (waiting, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let server = Server::start(move |asked, _| {
        gate.lock().unwrap().recv().unwrap();
        Reply::file(&sent, asked)
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
    assert_eq!(both.iter().filter(|(_, waited)| *waited).count(), 1, "one of them waits");
    for (path, _) in both {
        assert_eq!(fs::read(path.unwrap()).unwrap(), body);
    }
}

#[test]
fn waiting_for_another_can_be_broken_off() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let folder = cache.path().join(".locks/models--hexgrad--Kokoro-82M");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join(format!("{}.lock", sha256(&body)))).unwrap();
    lock.lock().unwrap();
    let mut calls = 0;
    let result = hub::fetch(&request(&silent(), cache.path(), &body), &mut |progress| {
        assert_eq!(progress.phase, hub::Phase::Waiting);
        calls += 1;
        if calls < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(matches!(result, Err(Error::Cancelled { .. })), "{result:?}");
}

/// Not a test of its own: what the two processes of the next one run.
#[test]
fn child() {
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
    // The one that comes first gets its answer when the other says that it waits.
    let gate = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gate.local_addr().unwrap();
    let server = Server::start(move |asked, _| {
        gate.accept().unwrap();
        Reply::file(&sent, asked)
    });
    let job = format!("{}|{}|{}|{address}", server.url(), cache.path().display(), sha256(&body));
    let start = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "cache::child"]).env("KOKORO_TEST_FETCH", &job).spawn().unwrap()
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
fn requests_that_name_no_file_are_refused() {
    let cache = tempdir().unwrap();
    let server = silent();
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
    assert!(server.asked().is_empty());
    let mut request = unpinned(&server, cache.path());
    request.endpoint = "mirror.example".into();
    let (_, remedy) = failure(&request);
    assert!(remedy.contains("HF_ENDPOINT"), "{remedy}");
}

#[test]
fn the_published_files_are_known_by_their_checksums() {
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
