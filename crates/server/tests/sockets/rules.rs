//! What clients may not do, and what happens when they do it. The engine has no GPU.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::client::{JSON, await_metric, get, metric, post, receive, request, send, speech};
use super::fake::{FRAMES, gated, open};
use super::started::options;
/// A text of this many sentences, each of which is a text chunk of its own.
pub fn book(sentences: usize) -> String {
    "This sentence of the book is one of many which are read one by one, until the last of them has been heard. "
        .repeat(3)
        .repeat(sentences)
}

#[test]
fn when_too_many_ask_the_next_is_told_when_to_come_back() {
    let mut options = options();
    options.limits.requests = 2;
    let (server, mut gate) = gated(options, FRAMES);
    let address = server.address;
    let body = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let waiting = [(); 2].map(|()| send(address, "POST", "/v1/audio/speech", &[JSON], &body));
    await_metric(address, "kokoro_requests_active", 2.0);
    let refused = request(address, "POST", "/v1/audio/speech", &[JSON], &body);
    assert_eq!((refused.status, refused.json()["error"]["code"].clone()), (429, json!("rate_limit_exceeded")));
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    assert_eq!(metric(address, "kokoro_requests_rejected_total"), 1.0);
    gate.open();
    assert!(waiting.into_iter().map(receive).all(|answer| answer.status == 200));
    assert_eq!(speech(address, &json!({ "input": "Hello." })).status, 200);
}

#[test]
fn connections_beyond_the_limit_are_told_so_and_make_room_when_they_close() {
    let mut options = options();
    options.limits.connections = 2;
    options.limits.receive = Duration::from_secs(600); // none is closed for being idle
    options.wyoming = Some(options.address);
    let server = open(options);
    let address = server.address;
    // One of each kind, both accepted: the first waits before those that come later, the second has been answered.
    let silent = TcpStream::connect(address).unwrap();
    let mut answered = TcpStream::connect(server.wyoming.unwrap()).unwrap();
    answered.write_all(b"{\"type\":\"ping\"}\n").unwrap();
    answered.read_exact(&mut [0]).unwrap();
    let refused = get(address, "/health");
    assert_eq!((refused.status, refused.json()["error"]["code"].clone()), (503, json!("unavailable")));
    assert!(refused.text().contains("2 connections are open"), "{}", refused.text());
    assert_eq!(refused.header("retry-after"), Some("5"));
    let mut event = String::new();
    TcpStream::connect(server.wyoming.unwrap()).unwrap().read_to_string(&mut event).unwrap();
    assert!(event.contains("\"type\":\"error\"") && event.contains("2 connections are open"), "{event}");
    drop((silent, answered));
    assert!((0..200_000).any(|_| get(address, "/health").status == 200), "closed connections are still counted");
}

#[test]
fn a_client_that_goes_takes_its_book_along() {
    let mut options = options();
    options.limits.gather = Duration::ZERO; // the first sentence goes to the engine before the second is read
    let (server, mut gate) = gated(options, FRAMES);
    let address = server.address;
    let body = json!({ "input": book(40), "response_format": "pcm" }).to_string();
    let reader = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    // One sentence is at the engine, others wait.
    await_metric(address, "kokoro_requests_active", 1.0);
    drop(reader);
    await_metric(address, "kokoro_requests_active", 0.0);
    gate.open();
    let short = speech(address, &json!({ "input": "Hello.", "response_format": "pcm" }));
    assert_eq!(short.status, 200);
    // What was at the engine, if the worker had woken by then: as many of the book's sentences as were read. Then the short one.
    let batches = gate.batches();
    let last = batches.last().map(Vec::len);
    assert!(batches.len() <= 2 && last == Some(1), "{batches:?}");
    await_metric(address, "kokoro_waiting_sentences", 0.0);
}

#[test]
fn a_book_does_not_starve_a_short_sentence() {
    let (server, mut gate) = gated(options(), FRAMES);
    let address = server.address;
    let text = json!({ "input": book(20), "response_format": "pcm" }).to_string();
    let reader = send(address, "POST", "/v1/audio/speech", &[JSON], &text);
    await_metric(address, "kokoro_waiting_sentences", 0.0); // the first sentence is at the engine
    let short = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let short = send(address, "POST", "/v1/audio/speech", &[JSON], &short);
    await_metric(address, "kokoro_requests_active", 2.0);
    gate.open();
    assert_eq!(receive(short).status, 200);
    assert_eq!(receive(reader).status, 200);
    let batches = gate.batches();
    let at = batches.iter().position(|batch| batch.iter().any(|phonemes| *phonemes < 20)).unwrap();
    // The short sentence may come while the engine takes its second batch, but no later.
    assert!(at <= 2 && batches.len() > 3, "{batches:?}");
}

#[test]
fn a_client_that_reads_nothing_is_let_go() {
    let mut options = options();
    options.limits.stall = Duration::from_millis(300);
    // A sentence of a book has more than a million samples: a few of them fill what the system buffers for a socket.
    let (server, mut gate) = gated(options, 20);
    gate.open();
    let address = server.address;
    let body = json!({ "input": book(40), "response_format": "pcm" }).to_string();
    let reader = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    await_metric(address, "kokoro_first_audio_seconds_count", 1.0);
    await_metric(address, "kokoro_requests_active", 0.0);
    let spoken = gate.batches().concat().len();
    assert!(spoken < 60, "reading goes no further than the client: {spoken} of 120");
    let mut received = Vec::new();
    let _ = { reader }.read_to_end(&mut received); // reset
    assert!(!received.ends_with(b"0\r\n\r\n"), "the transfer is seen to be broken");
    assert_eq!(speech(address, &json!({ "input": "Hello." })).status, 200);
}

#[test]
fn a_request_that_takes_too_long_ends() {
    let mut options = options();
    options.limits.time = Duration::from_millis(50);
    let (server, _gate) = gated(options, FRAMES);
    let answer = speech(server.address, &json!({ "input": "Hello." }));
    assert_eq!((answer.status, answer.json()["error"]["code"].clone()), (504, json!("timeout")));
    await_metric(server.address, "kokoro_requests_active", 0.0);
}

#[test]
fn one_key_has_half_of_the_places() {
    let mut options = options();
    options.api_keys = vec!["first".to_owned(), "second".to_owned()];
    (options.limits.requests, options.limits.client_requests) = (4, 2);
    let (server, mut gate) = gated(options, FRAMES);
    let address = server.address;
    let body = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let [first, second] = ["Bearer first", "Bearer second"].map(|key| [JSON, ("Authorization", key)]);
    let waiting = [(); 2].map(|()| send(address, "POST", "/v1/audio/speech", &first, &body));
    await_metric(address, "kokoro_requests_active", 2.0);
    let refused = request(address, "POST", "/v1/audio/speech", &first, &body);
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (429, true));
    assert!(refused.text().contains("2 of your requests are in progress"), "{}", refused.text());
    let other = send(address, "POST", "/v1/audio/speech", &second, &body);
    gate.open();
    assert!(waiting.into_iter().chain([other]).map(receive).all(|answer| answer.status == 200));
}

#[test]
fn phonemes_take_a_place_too() {
    let mut options = options();
    options.limits.requests = 1;
    let (server, mut gate) = gated(options, FRAMES);
    let address = server.address;
    let body = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let waiting = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    await_metric(address, "kokoro_requests_active", 1.0);
    let text = json!({ "text": "Hello there." });
    assert_eq!(post(address, "/dev/phonemize", &text).status, 429);
    gate.open();
    assert_eq!(receive(waiting).status, 200);
    await_metric(address, "kokoro_requests_active", 0.0);
    assert_eq!(post(address, "/dev/phonemize", &text).json()["phonemes"], "həlˈO ðˈɛɹ.");
}

#[test]
fn a_request_must_arrive_in_time_and_an_idle_connection_is_closed() {
    let mut options = options();
    options.limits.receive = Duration::from_millis(50);
    options.wyoming = Some(options.address);
    let server = open(options);
    let address = server.address;
    let head = "POST /v1/audio/speech HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100\r\n";
    let answer = |sent: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer); // returns because the server closes
        String::from_utf8(answer).unwrap()
    };
    for sent in ["", head, "GET /health HTTP/1.1\r\nHost: h\r\n\r\n"] {
        let answer = answer(sent);
        assert!(answer.is_empty() || !sent.starts_with("POST"), "{sent}: {answer}");
    }
    let late = answer(&format!("{head}\r\n{{"));
    assert!(late.starts_with("HTTP/1.1 408 ") && late.contains("did not arrive"), "{late}");
    // Byte by byte it takes no longer: no time between bytes is too short to be refused.
    let mut trickling = TcpStream::connect(address).unwrap();
    assert!(std::iter::repeat(b'x').any(|byte| trickling.write_all(&[byte]).is_err()));
    let mut begun = TcpStream::connect(server.wyoming.unwrap()).unwrap();
    begun.write_all(b"{").unwrap();
    assert_eq!(begun.read(&mut [0]).unwrap_or_default(), 0);
}

#[test]
fn a_whole_answer_has_a_limit_and_a_stream_has_none() {
    let mut options = options();
    options.limits.answer_bytes = 1 << 20;
    let server = open(options);
    let ask = |path: &str, format: &str, stream: bool| {
        post(server.address, path, &json!({ "input": book(10), "response_format": format, "stream": stream }))
    };
    let large = ask("/v1/audio/speech", "wav", false);
    assert_eq!((large.status, large.json()["error"]["param"].clone()), (413, json!("stream")));
    assert!(large.text().contains("leave out"), "{}", large.text());
    assert_eq!(ask("/dev/captioned_speech", "wav", false).status, 413);
    let streamed = ask("/v1/audio/speech", "wav", true);
    assert!(streamed.status == 200 && streamed.body.len() > 1 << 20);
    let opus = ask("/v1/audio/speech", "opus", false);
    assert_eq!(opus.header("content-length").unwrap(), opus.body.len().to_string());
}

#[test]
fn long_texts_and_bodies_are_refused() {
    let mut options = options();
    options.limits.characters = 100;
    let address = open(options);
    let address = address.address;
    let long = speech(address, &json!({ "input": "é".repeat(101) }));
    assert_eq!((long.status, long.json()["error"]["param"].clone()), (413, json!("input")));
    assert!(long.text().contains("101 characters, at most 100"));
    assert_eq!(speech(address, &json!({ "input": "é".repeat(100) })).status, 200);
    let body = format!("{{\"input\": \"{}\"}}", " ".repeat(200_000));
    assert_eq!(request(address, "POST", "/v1/audio/speech", &[JSON], &body).status, 413);
}
