//! Servers that truncate, stall, lie, die, redirect and refuse.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::server::{Reply, Server};
use super::{CLOSED, FILE, begin, contents, failure, fetch, incomplete, repo, request, sha256};
use kokoro_hub as hub;
use tempfile::tempdir;

/// Past three buffers of 64 KiB, and not a multiple of one.
const LENGTH: usize = 200_003;

#[test]
fn a_file_arrives_whole_with_progress_to_the_end() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let sent = body.clone();
    let server = Server::start(move |asked, _| Reply::file(&sent, asked));
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
    let asked = &server.asked()[0];
    assert_eq!(asked.path, format!("/hexgrad/Kokoro-82M/resolve/{}/{FILE}", hub::REVISION));
    assert_eq!(asked.header("accept-encoding"), Some("identity"));
    assert_eq!(asked.header("authorization"), None);
}

#[test]
fn a_cut_connection_is_resumed_from_where_it_broke() {
    for (cut, why) in [(0, "nothing came"), (1, "one byte"), (65_536, "a buffer"), (LENGTH - 1, "all but one byte")] {
        let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
        let sent = body.clone();
        let server = Server::start(move |asked, before| match before {
            0 => Reply::file(&sent, asked).cut(cut),
            _ => Reply::file(&sent, asked),
        });
        let path = fetch(&request(&server, cache.path(), &body)).unwrap();
        assert_eq!(fs::read(path).unwrap(), body, "{why}");
        let asked = server.asked();
        assert_eq!(asked.len(), 2, "{why}");
        assert_eq!(asked[1].from().unwrap_or(0), cut, "{why}");
    }
}

#[test]
fn a_long_download_may_be_cut_more_often_than_there_are_retries() {
    // 1 MiB of progress makes up for a failure; five cuts against two retries.
    let (cache, body) = (tempdir().unwrap(), contents(6 << 20));
    let sent = body.clone();
    let server = Server::start(move |asked, _| Reply::file(&sent, asked).cut(1 << 20));
    let path = fetch(&request(&server, cache.path(), &body)).unwrap();
    assert_eq!(fs::read(path).unwrap(), body);
    assert_eq!(server.gets(), 6);
}

#[test]
fn a_server_that_always_cuts_is_given_up_and_the_next_run_resumes() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let (sent, broken) = (body.clone(), Arc::new(Mutex::new(true)));
    let flag = broken.clone();
    let server = Server::start(move |asked, _| match *flag.lock().unwrap() {
        true => Reply::file(&sent, asked).cut(1000),
        false => Reply::file(&sent, asked),
    });
    let request = request(&server, cache.path(), &body);
    let (reason, _) = failure(&request);
    assert!(reason.contains("3 times in a row") && reason.contains("3000 bytes are here"), "{reason}");
    assert_eq!(fs::read(incomplete(&cache, &body)).unwrap(), body[..3000]);
    *broken.lock().unwrap() = false;
    assert_eq!(fs::read(fetch(&request).unwrap()).unwrap(), body);
    assert_eq!(server.asked().last().unwrap().from(), Some(3000));
}

#[test]
fn a_stalled_server_is_left_and_asked_again() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let sent = body.clone();
    let server = Server::start(move |asked, before| match before {
        0 => Reply { stall: true, ..Reply::file(&sent, asked).cut(70_000) },
        _ => Reply::file(&sent, asked),
    });
    let mut request = request(&server, cache.path(), &body);
    // A busy machine may seem stalled as well, and is asked once more.
    (request.timeouts.stall, request.timeouts.retries) = (Duration::from_millis(250), 100);
    assert_eq!(fs::read(fetch(&request).unwrap()).unwrap(), body);
    assert!(server.gets() >= 2, "the first connection is still open");
}

#[test]
fn a_server_that_accepts_and_never_answers_is_an_error() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(|_, _| Reply::status(500));
    let mut request = request(&server, cache.path(), &body);
    request.endpoint = format!("http://{}", mute.local_addr().unwrap());
    request.timeouts.stall = Duration::from_millis(150);
    let (reason, remedy) = failure(&request);
    assert!(reason.contains("sent nothing for too long"), "{reason}");
    assert!(remedy.contains("HTTPS_PROXY") && remedy.contains("HF_ENDPOINT"), "{remedy}");
}

#[test]
fn no_network_is_an_error_that_says_what_to_do() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(500));
    let mut request = request(&server, cache.path(), &body);
    request.endpoint = format!("http://{CLOSED}");
    let (reason, remedy) = failure(&request);
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
fn wrong_bytes_are_refused_and_deleted() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let mut lie = body.clone();
    lie[LENGTH / 2] ^= 1;
    let server = Server::start(move |asked, _| Reply::file(&lie, asked));
    let (reason, _) = failure(&request(&server, cache.path(), &body));
    assert!(reason.contains(&sha256(&body)), "{reason}");
    assert!(!incomplete(&cache, &body).exists());
    assert_eq!(server.gets(), 1, "one piece, one try");
}

#[test]
fn a_wrong_length_is_refused_before_it_travels() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    for length in [LENGTH - 1, LENGTH + 1, 0] {
        let lie = contents(length);
        let server = Server::start(move |_, _| Reply { body: lie.clone(), ..Reply::status(200) });
        let (reason, _) = failure(&request(&server, cache.path(), &body));
        assert!(reason.contains(&format!("offers {length} bytes, expected {LENGTH}")), "{reason}");
        assert_eq!(server.gets(), 1);
    }
}

#[test]
fn an_endless_body_ends_at_the_expected_length() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    // Chunks of 64 KiB without a total: four where three and a bit are expected.
    let mut chunks = Vec::new();
    for _ in 0..4 {
        chunks.extend_from_slice(b"10000\r\n");
        chunks.extend_from_slice(&contents(0x10000));
        chunks.extend_from_slice(b"\r\n");
    }
    let server = Server::start(move |_, _| {
        Reply { body: chunks.clone(), ..Reply::status(200) }.with("Transfer-Encoding", "chunked")
    });
    let (reason, _) = failure(&request(&server, cache.path(), &body));
    assert!(reason.contains("sends more than"), "{reason}");
    assert!(fs::metadata(incomplete(&cache, &body)).unwrap().len() <= LENGTH as u64);
}

#[test]
fn a_server_without_ranges_starts_from_the_first_byte() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    begin(&cache, &body, &contents(LENGTH)[..1234]);
    let sent = body.clone();
    let server = Server::start(move |_, _| Reply { body: sent.clone(), ..Reply::status(200) });
    assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body);
    assert_eq!(server.asked()[0].from(), Some(1234));
    assert_eq!(server.gets(), 1);
}

#[test]
fn ranges_gone_wrong_are_not_used() {
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
        ("416", |_| Reply::status(416)),
    ];
    for (what, wrong) in cases {
        let (cache, body) = (tempdir().unwrap(), contents(5000));
        begin(&cache, &body, &body[..1000]);
        let sent = body.clone();
        let server = Server::start(move |asked, before| match before {
            0 => wrong(&sent),
            _ => Reply::file(&sent, asked),
        });
        assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body, "{what}");
        assert_eq!(server.asked()[1].from(), None, "{what}: from the start");
    }
}

#[test]
fn a_file_that_changes_between_two_pieces_is_fetched_anew() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let (sent, mut old) = (body.clone(), body.clone());
    old[3] ^= 1;
    let server = Server::start(move |asked, before| match before {
        0 => Reply::file(&old, asked).with("ETag", "\"one\"").cut(1000),
        _ => Reply::file(&sent, asked).with("ETag", "\"two\""),
    });
    assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body);
    let starts: Vec<_> = server.asked().iter().map(super::server::Asked::from).collect();
    assert_eq!(starts, [None, Some(1000), None]);
}

#[test]
fn a_spoilt_beginning_costs_one_more_download_and_never_two() {
    let cases = [(1000, 2, "a beginning"), (LENGTH, 1, "the whole length"), (LENGTH + 1, 1, "more than the file")];
    for (start, gets, why) in cases {
        let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
        begin(&cache, &body, &vec![7; start]);
        let sent = body.clone();
        let server = Server::start(move |asked, _| Reply::file(&sent, asked));
        assert_eq!(fs::read(fetch(&request(&server, cache.path(), &body)).unwrap()).unwrap(), body, "{why}");
        assert_eq!(server.gets(), gets, "{why}");
    }
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    begin(&cache, &body, &[7; 1000]);
    let server = Server::start(move |asked, _| Reply::file(&[8; LENGTH], asked));
    failure(&request(&server, cache.path(), &body));
    assert_eq!(server.gets(), 2);
}

#[test]
fn refusals_are_final_and_name_their_remedy() {
    for (status, part) in [(401, "HF_TOKEN"), (403, "forbids"), (404, "Check the names"), (410, "Check the names")] {
        let (cache, body) = (tempdir().unwrap(), contents(10));
        let server = Server::start(move |_, _| Reply::status(status));
        let (reason, remedy) = failure(&request(&server, cache.path(), &body));
        assert!(reason.contains(&format!("HTTP {status}")), "{reason}");
        assert!(remedy.contains(part) && remedy.contains("HF_ENDPOINT"), "{status}: {remedy}");
        assert_eq!(server.gets(), 1, "{status}");
    }
}

#[test]
fn faults_of_the_server_are_tried_again_a_few_times() {
    for status in [408, 429, 500, 502, 503, 504] {
        let (cache, body) = (tempdir().unwrap(), contents(10));
        let sent = body.clone();
        let server = Server::start(move |asked, before| match before {
            0 => Reply::status(status).with("Retry-After", "0"),
            1 => Reply::status(status),
            _ => Reply::file(&sent, asked),
        });
        assert!(fetch(&request(&server, cache.path(), &body)).is_ok(), "{status}");
        let server = Server::start(move |_, _| Reply::status(status));
        let (cache, body) = (tempdir().unwrap(), contents(10));
        let (reason, _) = failure(&request(&server, cache.path(), &body));
        assert!(reason.contains(&format!("HTTP {status}")), "{reason}");
        assert_eq!(server.gets(), 3, "{status}: one try and two more");
    }
}

#[test]
fn a_busy_server_may_not_ask_for_an_hour() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(429).with("Retry-After", "3600"));
    let (reason, remedy) = failure(&request(&server, cache.path(), &body));
    assert!(reason.contains("3600 s") && remedy.contains("later"), "{reason} {remedy}");
    assert_eq!(server.gets(), 1);
}

#[test]
fn a_web_page_is_not_the_file() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| {
        Reply { body: b"<html>log in".to_vec(), ..Reply::status(200) }.with("Content-Type", "text/html; charset=utf-8")
    });
    let (reason, remedy) = failure(&request(&server, cache.path(), &body));
    assert!(reason.contains("web page") && remedy.contains("browser"), "{reason} {remedy}");
}

/// Says `line` to whoever connects, up to three times.
fn saying(line: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(3) {
            drop((&stream).write_all(line));
            // Closed with bytes unread, the connection would be reset before the line is read.
            drop((&stream).read(&mut [0; 4096]));
        }
    });
    address
}

#[test]
fn noise_instead_of_http_is_an_error() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(500));
    let mut request = request(&server, cache.path(), &body);
    request.endpoint = format!("http://{}", saying(b"SSH-2.0-none\r\n\r\n"));
    let (reason, _) = failure(&request);
    assert!(reason.contains("does not speak HTTP"), "{reason}");
}

#[test]
fn a_connection_without_trust_names_the_certificates() {
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(500));
    let mut request = request(&server, cache.path(), &body);
    request.endpoint = format!("https://{}", saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let (reason, remedy) = failure(&request);
    assert!(reason.contains("no trusted connection"), "{reason}");
    assert!(remedy.contains("SSL_CERT_FILE"), "{remedy}");
}

#[test]
fn redirects_are_followed_and_the_token_stays_at_home() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let sent = body.clone();
    // Another port is another host, as far as secrets go.
    let storage = Server::start(move |asked, before| match before {
        0 => Reply::to("/elsewhere?signed=1"),
        _ => Reply::file(&sent, asked),
    });
    let target = format!("{}/blob", storage.url());
    let server = Server::start(move |asked, _| match asked.path.ends_with(FILE) {
        true => Reply::status(307).with("Location", "/renamed"),
        false => Reply::to(&target),
    });
    let mut request = request(&server, cache.path(), &body);
    request.token = Some("hf_secret".into());
    assert_eq!(fs::read(fetch(&request).unwrap()).unwrap(), body);
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), Some("Bearer hf_secret"), "{}", asked.path);
    }
    for asked in storage.asked() {
        assert_eq!(asked.header("authorization"), None, "{}", asked.path);
    }
    assert_eq!(storage.asked()[1].path, "/elsewhere?signed=1");
    assert!(!format!("{request:?}").contains("hf_secret"));
}

#[test]
fn redirects_that_lead_nowhere_end() {
    for location in ["/again", "", "ftp://somewhere/", "http://"] {
        let (cache, body) = (tempdir().unwrap(), contents(10));
        let server = Server::start(move |_, _| Reply::to(location));
        failure(&request(&server, cache.path(), &body));
        assert!(server.gets() <= 11, "{location:?}: {} requests", server.gets());
    }
    let (cache, body) = (tempdir().unwrap(), contents(10));
    let server = Server::start(|_, _| Reply::status(302));
    let (reason, _) = failure(&request(&server, cache.path(), &body));
    assert!(reason.contains("nowhere"), "{reason}");
}

#[test]
fn a_mirror_with_another_file_is_found_out_by_its_header() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let server = Server::start(|asked, _| {
        Reply::file(&contents(LENGTH), asked).with("X-Linked-ETag", &format!("\"{}\"", sha256(b"other")))
    });
    let (reason, _) = failure(&request(&server, cache.path(), &body));
    assert!(reason.contains(&sha256(b"other")) && reason.contains(&sha256(&body)), "{reason}");
}

#[test]
fn a_break_keeps_what_has_come_for_the_next_time() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    let sent = body.clone();
    let server = Server::start(move |asked, _| Reply::file(&sent, asked));
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
    assert_eq!(server.asked()[1].from(), Some(kept.len()));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let (folder, body) = (tempdir().unwrap(), contents(10));
    let file = folder.path().join("a-file");
    fs::write(&file, "in the way").unwrap();
    let sent = body.clone();
    let server = Server::start(move |asked, _| Reply::file(&sent, asked));
    let (reason, remedy) = failure(&request(&server, &file.join("cache"), &body));
    assert!(reason.contains("a-file"), "{reason}");
    assert!(remedy.contains("HF_HUB_CACHE"), "{remedy}");
    assert_eq!(server.gets(), 0, "before anything travels");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    let (cache, body) = (tempdir().unwrap(), contents(LENGTH));
    fs::create_dir_all(repo(&cache).join("blobs")).unwrap();
    std::os::unix::fs::symlink("/dev/full", incomplete(&cache, &body)).unwrap();
    let sent = body.clone();
    let server = Server::start(move |asked, _| Reply::file(&sent, asked));
    let (reason, remedy) = failure(&request(&server, cache.path(), &body));
    assert!(reason.contains("No space left"), "{reason}");
    assert!(remedy.contains("Free some space") && remedy.contains("HF_HUB_CACHE"), "{remedy}");
}
