//! How the server ends.

use std::io::Read;
use std::net::TcpStream;

use serde_json::json;

use super::client::{JSON, await_metric, receive, send, speech};
use super::fake::{FRAMES, gated, open};
use super::rules::book;
use super::started::options;

#[test]
fn what_is_in_progress_at_the_end_may_end() {
    let (server, mut gate) = gated(options(), FRAMES);
    let address = server.address;
    let body = json!({ "input": "Hello there. How are you?", "response_format": "pcm" }).to_string();
    let client = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    await_metric(address, "kokoro_requests_active", 1.0);
    server.stop();
    gate.open();
    assert_eq!(receive(client).status, 200);
    server.join().unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_second_signal_stops_at_once() {
    let (server, mut gate) = gated(options(), FRAMES);
    let address = server.address;
    let body = json!({ "input": book(3) }).to_string();
    let client = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    await_metric(address, "kokoro_requests_active", 1.0);
    server.stop();
    // The listener is gone once the first signal has arrived; a second one before that would be the same signal.
    while TcpStream::connect(address).is_ok() {}
    server.stop();
    gate.open(); // the thread that owns the engine ends with its batch
    server.join().unwrap();
    let mut answer = Vec::new();
    let _ = { client }.read_to_end(&mut answer); // reset, or empty
    assert!(!answer.ends_with(b"0\r\n\r\n"));
}

#[test]
fn a_panic_of_the_engine_ends_the_server_with_an_error() {
    let (server, gate) = gated(options(), FRAMES);
    gate.break_engine();
    assert_eq!(speech(server.address, &json!({ "input": "Hello." })).status, 503);
    let error = server.join().unwrap_err().to_string();
    assert!(error.contains("has panicked") && error.contains("the engine is broken"), "{error}");
}

#[test]
fn a_taken_port_is_an_error() {
    let server = open(options());
    let mut options = options();
    options.address = server.address;
    let error = kokoro_server::Server::bind(options).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen on {}: ", server.address)), "{error}");
}
