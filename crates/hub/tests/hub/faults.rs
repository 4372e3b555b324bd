//! Faulty servers, networks and disks: truncation, stalls, wrong contents, redirects, refusals.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::server::{Reply, Server};
use super::{CLOSED, FILE, contents, download_error, fetch, incomplete, repo, request, sha256, write_incomplete};
use kokoro_hub as hub;
use tempfile::tempdir;

/// Three buffers of 64 KiB and a part of a fourth.
const LENGTH: usize = 200_003;

#[test]
fn downloads_report_progress_to_the_end() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let sent = body.clone();
    let server = Server::start(move |received, _| Reply::file(&sent, received));
    let mut seen = Vec::new();
    let path = hub::fetch(&request(&server, cache.path(), &body), &mut |progress| {
        assert_eq!((progress.file, progress.total), (FILE, Some(LENGTH as u64)));
        seen.push((progress.phase, progress.done));
        ControlFlow::Continue(())
    });
    let path = path.unwrap();
    assert_eq!(fs::read(&path).unwrap(), body);
    assert!(path.ends_with(format!("snapshots/{}/{FILE}", hub::REVISION)), "{}", path.display());
    for phase in [hub::Phase::Receiving, hub::Phase::Checking] {
        let done: Vec<u64> = seen.iter().filter(|report| report.0 == phase).map(|report| report.1).collect();
        assert!(done.is_sorted() && done.last() == Some(&(LENGTH as u64)), "{phase:?}: {done:?}");
    }
    assert!(!incomplete(&cache, &body).exists());
    let received = &server.requests()[0];
    assert_eq!(received.path, format!("/hexgrad/Kokoro-82M/resolve/{}/{FILE}", hub::REVISION));
    assert_eq!(received.header("accept-encoding"), Some("identity"));
    assert_eq!(received.header("authorization"), None);
}

#[test]
fn cut_connections_are_resumed() {
    for (cut, why) in [(0, "no byte"), (1, "one byte"), (65_536, "a buffer"), (LENGTH - 1, "all but one byte")] {
        let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
        let sent = body.clone();
        let server = Server::start(move |received, before| match before {
            0 => Reply::file(&sent, received).cut(cut),
            _ => Reply::file(&sent, received),
        });
        let path = fetch(&request(&server, cache.path(), &body)).unwrap();
        assert_eq!(fs::read(path).unwrap(), body, "{why}");
        let received = server.requests();
        assert_eq!(received.len(), 2, "{why}");
        assert_eq!(received[1].range_start().unwrap_or(0), cut, "{why}");
    }
}

#[test]
fn progress_resets_the_count_of_failures() {
    // Five cuts, with 1 MiB received before each, exceed the two retries.
    let (cache, body) = (tempdir().unwrap(), contents(6 << 20));
    let sent = body.clone();
    let server = Server::start(move |received, _| Reply::file(&sent, received).cut(1 << 20));
    let path = fetch(&request(&server, cache.path(), &body)).unwrap();
    assert_eq!(fs::read(path).unwrap(), body);
    assert_eq!(server.gets(), 6);
}

#[test]
fn the_next_run_resumes_after_the_last_retry() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let (sent, broken) = (body.clone(), Arc::new(Mutex::new(true)));
    let flag = broken.clone();
    let server = Server::start(move |received, _| match *flag.lock().unwrap() {
        true => Reply::file(&sent, received).cut(1000),
        false => Reply::file(&sent, received),
    });
    let request = request(&server, cache.path(), &body);
    let (reason, _) = download_error(&request);
    assert!(reason.contains("3 times in a row") && reason.contains("the first 3000 bytes are kept"), "{reason}");
    assert_eq!(fs::read(incomplete(&cache, &body)).unwrap(), body[..3000]);
    *broken.lock().unwrap() = false;
    assert_eq!(fs::read(fetch(&request).unwrap()).unwrap(), body);
    assert_eq!(server.requests().last().unwrap().range_start(), Some(3000));
}

#[test]
fn stalled_connections_are_retried() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let sent = body.clone();
    let server = Server::start(move |received, before| match before {
        0 => Reply { stall: true, ..Reply::file(&sent, received).cut(70_000) },
        _ => Reply::file(&sent, received),
    });
    let mut request = request(&server, cache.path(), &body);
    // On a busy machine good connections may time out too, so there are many retries.
    (request.timeouts.stall, request.timeouts.retries) = (Duration::from_millis(250), 100);
    assert_eq!(fs::read(fetch(&request).unwrap()).unwrap(), body);
    assert!(server.gets() >= 2, "the first connection is still open");
}

#[test]
fn a_server_that_never_responds_is_an_error() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(|_, _| Reply::status(500));
    let mut request = request(&server, cache.path(), &body);
    request.endpoint = format!("http://{}", silent.local_addr().unwrap());
    request.timeouts.stall = Duration::from_millis(150);
    let (reason, remedy) = download_error(&request);
    assert!(reason.contains("sent nothing for too long"), "{reason}");
    assert!(remedy.contains("HTTPS_PROXY") && remedy.contains("HF_ENDPOINT"), "{remedy}");
}

#[test]
fn without_a_network_the_error_has_remedies() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(500));
    let mut request = request(&server, cache.path(), &body);
    request.endpoint = format!("http://{CLOSED}");
    let (reason, remedy) = download_error(&request);
    assert!(reason.contains(CLOSED), "{reason}");
    for part in ["HTTPS_PROXY", "HF_ENDPOINT", "--voice FILE", &cache.path().display().to_string()] {
        assert!(remedy.contains(part), "{part} is not in: {remedy}");
    }
    let mut model = hub::Request::new(hub::MODEL);
    model.endpoint = format!("http://{CLOSED}");
    model.cache = Some(cache.path().to_owned());
    model.offline = false;
    let message = fetch(&model).unwrap_err().to_string();
    assert!(message.contains("--model FILE") && message.contains("seeded:0"), "{message}");
}

#[test]
fn downloads_with_a_wrong_checksum_are_deleted() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let mut wrong = body.clone();
    wrong[LENGTH / 2] ^= 1;
    let server = Server::start(move |received, _| Reply::file(&wrong, received));
    let (reason, _) = download_error(&request(&server, cache.path(), &body));
    assert!(reason.contains(&sha256(&body)), "{reason}");
    assert!(!incomplete(&cache, &body).exists());
    assert_eq!(server.gets(), 1, "retried although it came in one piece");
}

#[test]
fn wrong_lengths_are_refused_before_the_body_is_read() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    for length in [LENGTH - 1, LENGTH + 1, 0] {
        let wrong = contents(length);
        let server = Server::start(move |_, _| Reply { body: wrong.clone(), ..Reply::status(200) });
        let (reason, _) = download_error(&request(&server, cache.path(), &body));
        assert!(reason.contains(&format!("offers {length} bytes, expected {LENGTH}")), "{reason}");
        assert_eq!(server.gets(), 1);
    }
}

#[test]
fn bodies_beyond_the_expected_length_are_refused() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    // Four chunks of 64 KiB without a total length; the file has a little more than three.
    let mut chunks = Vec::new();
    for _ in 0..4 {
        chunks.extend_from_slice(b"10000\r\n");
        chunks.extend_from_slice(&contents(0x10000));
        chunks.extend_from_slice(b"\r\n");
    }
    let server = Server::start(move |_, _| {
        Reply { body: chunks.clone(), ..Reply::status(200) }.with("Transfer-Encoding", "chunked")
    });
    let (reason, _) = download_error(&request(&server, cache.path(), &body));
    assert!(reason.contains("sends more than"), "{reason}");
    assert!(fs::metadata(incomplete(&cache, &body)).unwrap().len() <= LENGTH as u64);
}

#[test]
fn without_range_support_the_download_restarts() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    write_incomplete(&cache, &body, &contents(LENGTH)[..1234]);
    let sent = body.clone();
    let server = Server::start(move |_, _| Reply { body: sent.clone(), ..Reply::status(200) });
    assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body);
    assert_eq!(server.requests()[0].range_start(), Some(1234));
    assert_eq!(server.gets(), 1);
}

#[test]
fn wrong_ranges_restart_the_download() {
    type Wrong = fn(&[u8]) -> Reply;
    let cases: [(&str, Wrong); 4] = [
        ("another start", |body| {
            Reply { body: body[99..].to_vec(), ..Reply::status(206) }
                .with("Content-Range", &format!("bytes 99-{}/{}", body.len() - 1, body.len()))
        }),
        ("another total", |body| {
            Reply { body: body[1000..].to_vec(), ..Reply::status(206) }
                .with("Content-Range", &format!("bytes 1000-{}/{}", body.len(), body.len() + 1))
        }),
        ("no Content-Range", |body| Reply { body: body[1000..].to_vec(), ..Reply::status(206) }),
        ("416 with a page", |_| Reply::status(416).with("Content-Type", "text/html")),
    ];
    for (what, wrong_reply) in cases {
        let (cache, body) = (tempdir().unwrap(), contents(5000));
        write_incomplete(&cache, &body, &body[..1000]);
        let sent = body.clone();
        let server = Server::start(move |received, before| match before {
            0 => wrong_reply(&sent),
            _ => Reply::file(&sent, received),
        });
        assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body, "{what}");
        assert_eq!(server.requests()[1].range_start(), None, "{what}: not restarted");
    }
}

#[test]
fn files_that_change_between_two_attempts_are_downloaded_again() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let (sent, mut old) = (body.clone(), body.clone());
    old[3] ^= 1;
    let server = Server::start(move |received, before| match before {
        0 => Reply::file(&old, received).with("ETag", "\"one\"").cut(1000),
        _ => Reply::file(&sent, received).with("ETag", "\"two\""),
    });
    assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body);
    let starts: Vec<_> = server.requests().iter().map(super::server::HttpRequest::range_start).collect();
    assert_eq!(starts, [None, Some(1000), None]);
}

#[test]
fn a_corrupt_unfinished_file_costs_one_restart() {
    let cases = [(1000, 2, "a part"), (LENGTH, 1, "the whole length"), (LENGTH + 1, 1, "more than the file")];
    for (start, gets, why) in cases {
        let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
        write_incomplete(&cache, &body, &vec![7; start]);
        let sent = body.clone();
        let server = Server::start(move |received, _| Reply::file(&sent, received));
        assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body, "{why}");
        assert_eq!(server.gets(), gets, "{why}");
    }
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    write_incomplete(&cache, &body, &[7; 1000]);
    let server = Server::start(move |received, _| Reply::file(&[8; LENGTH], received));
    download_error(&request(&server, cache.path(), &body));
    assert_eq!(server.gets(), 2);
}

#[test]
fn refusals_are_not_retried_and_have_a_remedy() {
    for (status, part) in [(401, "HF_TOKEN"), (403, "forbids"), (404, "Check the names"), (410, "Check the names")] {
        let (cache, body) = (tempdir().unwrap(), contents(10));
        let server = Server::start(move |_, _| Reply::status(status));
        let (reason, remedy) = download_error(&request(&server, cache.path(), &body));
        assert!(reason.contains(&format!("HTTP {status}")), "{reason}");
        assert!(remedy.contains(part) && remedy.contains("HF_ENDPOINT"), "{status}: {remedy}");
        assert_eq!(server.gets(), 1, "{status}");
    }
}

#[test]
fn server_errors_are_retried() {
    for status in [408, 429, 500, 502, 503, 504] {
        let (cache, body) = (tempdir().unwrap(), contents(10));
        let sent = body.clone();
        let server = Server::start(move |received, before| match before {
            0 => Reply::status(status).with("Retry-After", "0"),
            1 => Reply::status(status),
            _ => Reply::file(&sent, received),
        });
        assert!(fetch(&request(&server, cache.path(), &body)).is_ok(), "{status}");
        let server = Server::start(move |_, _| Reply::status(status));
        let (cache, body) = (tempdir().unwrap(), contents(10));
        let (reason, _) = download_error(&request(&server, cache.path(), &body));
        assert!(reason.contains(&format!("HTTP {status}")), "{reason}");
        assert_eq!(server.gets(), 3, "{status}: one attempt and two retries");
    }
}

#[test]
fn an_excessive_retry_after_is_an_error() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(429).with("Retry-After", "3600"));
    let (reason, remedy) = download_error(&request(&server, cache.path(), &body));
    assert!(reason.contains("3600 s") && remedy.contains("later"), "{reason} {remedy}");
    assert_eq!(server.gets(), 1);
}

#[test]
fn login_pages_are_refused() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| {
        Reply { body: b"<html>log in".to_vec(), ..Reply::status(200) }.with("Content-Type", "text/html; charset=utf-8")
    });
    let (reason, remedy) = download_error(&request(&server, cache.path(), &body));
    assert!(reason.contains("web page") && remedy.contains("browser"), "{reason} {remedy}");
}

/// A server that sends `line` to each of the first three connections.
fn send_line(line: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(3) {
            drop((&stream).write_all(line));
            // Closing with unread bytes would reset the connection before the client reads the line.
            drop((&stream).read(&mut [0; 4096]));
        }
    });
    address
}

#[test]
fn other_protocols_than_http_are_an_error() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(500));
    let mut request = request(&server, cache.path(), &body);
    request.endpoint = format!("http://{}", send_line(b"SSH-2.0-none\r\n\r\n"));
    let (reason, _) = download_error(&request);
    assert!(reason.contains("does not speak HTTP"), "{reason}");
}

#[test]
fn tls_errors_name_the_certificates() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(500));
    let mut request = request(&server, cache.path(), &body);
    request.endpoint = format!("https://{}", send_line(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let (reason, remedy) = download_error(&request);
    assert!(reason.contains("no trusted connection"), "{reason}");
    assert!(remedy.contains("SSL_CERT_FILE"), "{remedy}");
}

#[test]
fn redirects_are_followed_without_the_token() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let sent = body.clone();
    // Another port is another origin, which must not get the token.
    let storage = Server::start(move |received, before| match before {
        0 => Reply::redirect("/elsewhere?signed=1"),
        _ => Reply::file(&sent, received),
    });
    let target = format!("{}/blob", storage.url());
    let server = Server::start(move |received, _| match received.path.ends_with(FILE) {
        true => Reply::status(307).with("Location", "/renamed"),
        false => Reply::redirect(&target),
    });
    let mut request = request(&server, cache.path(), &body);
    request.token = Some("hf_secret".into());
    assert_eq!(fs::read(fetch(&request).unwrap()).unwrap(), body);
    for received in server.requests() {
        assert_eq!(received.header("authorization"), Some("Bearer hf_secret"), "{}", received.path);
    }
    for received in storage.requests() {
        assert_eq!(received.header("authorization"), None, "{}", received.path);
    }
    assert_eq!(storage.requests()[1].path, "/elsewhere?signed=1");
    assert!(!format!("{request:?}").contains("hf_secret"));
}

#[test]
fn invalid_and_endless_redirects_are_errors() {
    for location in ["/again", "", "ftp://somewhere/", "http://"] {
        let (cache, body) = (tempdir().unwrap(), contents(10));
        let server = Server::start(move |_, _| Reply::redirect(location));
        download_error(&request(&server, cache.path(), &body));
        assert!(server.gets() <= 11, "{location:?}: {} requests", server.gets());
    }
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(302));
    let (reason, _) = download_error(&request(&server, cache.path(), &body));
    assert!(reason.contains("redirects without a valid address"), "{reason}");
}

#[test]
fn another_checksum_in_the_header_is_an_error() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let server = Server::start(|received, _| {
        Reply::file(&contents(LENGTH), received).with("X-Linked-ETag", &format!("\"{}\"", sha256(b"other")))
    });
    let (reason, _) = download_error(&request(&server, cache.path(), &body));
    assert!(reason.contains(&sha256(b"other")) && reason.contains(&sha256(&body)), "{reason}");
}

#[test]
fn cancelled_downloads_can_be_resumed() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let sent = body.clone();
    let server = Server::start(move |received, _| Reply::file(&sent, received));
    let request = request(&server, cache.path(), &body);
    let mut stop = |progress: hub::Progress<'_>| match progress.done {
        0..100_000 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let error = hub::fetch(&request, &mut stop).unwrap_err();
    assert!(matches!(error, kokoro_hub::Error::Cancelled { .. }), "{error}");
    let kept = fs::read(incomplete(&cache, &body)).unwrap();
    assert!(kept.len() >= 100_000 && body.starts_with(&kept), "{} bytes", kept.len());
    assert_eq!(hub::find(&request).unwrap(), None);
    assert_eq!(fs::read(fetch(&request).unwrap()).unwrap(), body);
    assert_eq!(server.requests()[1].range_start(), Some(kept.len()));
}

#[test]
fn unwritable_folders_are_named() {
    let (folder, body) = (tempdir().unwrap(), contents(10));
    let file = folder.path().join("a-file");
    fs::write(&file, "not a folder").unwrap();
    let sent = body.clone();
    let server = Server::start(move |received, _| Reply::file(&sent, received));
    let (reason, remedy) = download_error(&request(&server, &file.join("cache"), &body));
    assert!(reason.contains("a-file"), "{reason}");
    assert!(remedy.contains("HF_HUB_CACHE"), "{remedy}");
    assert_eq!(server.gets(), 0, "requested although the cache is unwritable");
}

#[cfg(target_os = "linux")]
#[test]
fn full_disks_are_named() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    fs::create_dir_all(repo(&cache).join("blobs")).unwrap();
    std::os::unix::fs::symlink("/dev/full", incomplete(&cache, &body)).unwrap();
    let sent = body.clone();
    let server = Server::start(move |received, _| Reply::file(&sent, received));
    let (reason, remedy) = download_error(&request(&server, cache.path(), &body));
    assert!(reason.contains("No space left"), "{reason}");
    assert!(remedy.contains("Free some space") && remedy.contains("HF_HUB_CACHE"), "{remedy}");
}
