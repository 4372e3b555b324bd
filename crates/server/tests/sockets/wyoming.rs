//! Wyoming, as Home Assistant speaks it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};

use super::client::{await_metric, speech};
use super::fake::{FRAMES, gated};
use super::narrow;
use super::started::options;

struct Client(BufReader<TcpStream>);

impl Client {
    fn send(&mut self, kind: &str, data: &Value) {
        let data = data.to_string();
        let header = json!({ "type": kind, "version": "1.7.2", "data_length": data.len() });
        self.0.get_mut().write_all(format!("{header}\n{data}").as_bytes()).unwrap();
    }

    fn receive(&mut self) -> (String, Value, Vec<u8>) {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let header: Value = serde_json::from_str(&line).unwrap();
        let mut part = |name: &str| {
            let mut bytes = vec![0; header[name].as_u64().unwrap() as usize];
            self.0.read_exact(&mut bytes).unwrap();
            bytes
        };
        let (data, payload) = (part("data_length"), part("payload_length"));
        (header["type"].as_str().unwrap().to_owned(), serde_json::from_slice(&data).unwrap(), payload)
    }

    /// The sound up to an event, and the kinds of the events in order, each once.
    fn receive_until(&mut self, last: &str) -> (Vec<u8>, Vec<String>) {
        let (mut sound, mut kinds) = (Vec::new(), Vec::<String>::new());
        loop {
            let (kind, data, payload) = self.receive();
            if kind == "audio-chunk" {
                assert_eq!((&data["rate"], &data["width"], &data["channels"]), (&json!(24_000), &json!(2), &json!(1)));
                assert_eq!(data["timestamp"], sound.len() / 48);
            }
            sound.extend(payload);
            if kinds.last() != Some(&kind) {
                kinds.push(kind.clone());
            }
            if kind == last {
                return (sound, kinds);
            }
        }
    }
}

#[test]
fn what_is_in_progress_at_the_end_may_end() {
    let mut options = options();
    options.wyoming = Some(options.address);
    let (server, mut gate) = gated(options, FRAMES);
    let mut client = Client(BufReader::new(TcpStream::connect(server.wyoming.unwrap()).unwrap()));
    client.send("synthesize", &json!({ "text": "Hello." }));
    await_metric(server.address, "kokoro_requests_active", 1.0);
    server.stop();
    gate.open();
    let (sound, _) = client.receive_until("audio-stop");
    assert!(!sound.is_empty());
    server.join().unwrap();
}

#[test]
fn a_client_that_sends_no_more_gets_its_answers() {
    let mut options = options();
    options.wyoming = Some(options.address);
    let (server, mut gate) = gated(options, FRAMES);
    let mut client = Client(BufReader::new(TcpStream::connect(server.wyoming.unwrap()).unwrap()));
    client.send("synthesize", &json!({ "text": "Hello." }));
    client.send("synthesize-start", &json!({}));
    client.send("synthesize-chunk", &json!({ "text": "Hello again." }));
    client.send("synthesize-stop", &json!({}));
    client.0.get_ref().shutdown(Shutdown::Write).unwrap();
    await_metric(server.address, "kokoro_requests_active", 1.0);
    gate.open();
    let (first, kinds) = client.receive_until("audio-stop");
    assert_eq!(kinds, ["audio-start", "audio-chunk", "audio-stop"]);
    let (second, _) = client.receive_until("synthesize-stopped");
    assert!(!first.is_empty() && first.len() < second.len(), "{}, {}", first.len(), second.len());
    assert_eq!(client.0.read(&mut [0]).unwrap(), 0, "then the connection is closed");
}

#[test]
fn a_client_that_has_gone_after_its_text_is_noticed_by_its_first_sounds() {
    let mut options = options();
    options.wyoming = Some(options.address);
    let (server, mut gate) = gated(options, FRAMES);
    let sentence = "This sentence is one of many which are read one by one, until the last of them has been heard. ";
    let mut client = Client(BufReader::new(TcpStream::connect(server.wyoming.unwrap()).unwrap()));
    client.send("synthesize", &json!({ "text": sentence.repeat(90) }));
    await_metric(server.address, "kokoro_requests_active", 1.0);
    drop(client);
    gate.open();
    await_metric(server.address, "kokoro_requests_active", 0.0);
    let spoken = gate.batches().concat().len();
    assert!(spoken < 45, "{spoken} of 90 sentences");
}

#[test]
fn a_client_that_goes_takes_its_text_along() {
    let mut options = options();
    options.wyoming = Some(options.address);
    options.limits.gather = std::time::Duration::ZERO;
    let (server, mut gate) = gated(options, FRAMES);
    let text =
        "This sentence is one of many which are read one by one, until the last of them has been heard. ".repeat(90);
    let mut client = Client(BufReader::new(TcpStream::connect(server.wyoming.unwrap()).unwrap()));
    client.send("synthesize-start", &json!({}));
    client.send("synthesize-chunk", &json!({ "text": text }));
    await_metric(server.address, "kokoro_requests_active", 1.0);
    drop(client);
    // Nothing is written to it meanwhile: the engine waits.
    await_metric(server.address, "kokoro_requests_active", 0.0);
    gate.open();
    assert_eq!(speech(server.address, &json!({ "input": "Hello." })).status, 200);
    let spoken = gate.batches().concat();
    assert!(spoken.len() <= 3, "what was at the engine, then the short one: {spoken:?}");
}

#[test]
fn home_assistant_is_served() {
    let (server, _) = narrow::server();
    let mut client = Client(BufReader::new(TcpStream::connect(server.wyoming.unwrap()).unwrap()));
    client.send("describe", &json!({}));
    let (kind, info, _) = client.receive();
    assert_eq!((kind.as_str(), &info["tts"][0]["supports_synthesize_streaming"]), ("info", &json!(true)));
    assert_eq!(info["tts"][0]["voices"][3]["languages"], json!(["en-gb"]));

    let text =
        "Hello there. This sentence is a little longer than the first one was, and it is followed by another. Good.";
    let voice = json!({ "name": "af_sky", "language": "en-us" });
    let body = json!({ "input": text, "voice": "af_sky", "response_format": "pcm" });
    let expected = speech(server.address, &body).body;
    client.send("synthesize", &json!({ "text": text, "voice": voice }));
    let (sound, kinds) = client.receive_until("audio-stop");
    assert_eq!(kinds, ["audio-start", "audio-chunk", "audio-stop"]);
    // The two round at most one step apart.
    assert_eq!(sound.len(), expected.len());

    // Text cut anywhere; the whole text too, for servers that cannot stream.
    client.send("synthesize-start", &json!({ "voice": voice }));
    for piece in text.as_bytes().chunks(7) {
        client.send("synthesize-chunk", &json!({ "text": String::from_utf8_lossy(piece) }));
    }
    client.send("synthesize", &json!({ "text": text, "voice": voice }));
    client.send("synthesize-stop", &json!({}));
    let (streamed, kinds) = client.receive_until("synthesize-stopped");
    assert_eq!(kinds, ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]);
    assert!(streamed == sound, "{}, {}", streamed.len(), sound.len());

    // Unknown events are ignored, and errors end the answer.
    client.send("transcribe", &json!({}));
    client.send("synthesize", &json!({ "text": "Hello.", "voice": { "name": "nobody" } }));
    let (_, kinds) = client.receive_until("audio-stop");
    assert_eq!(kinds, ["error", "audio-start", "audio-stop"]);
}
