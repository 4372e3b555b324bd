//! `kokoro serve`, from its first line to its end by a signal.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by failing, in their helpers too")]
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::{Value, json};

#[path = "../../../tests/golden/narrow.rs"]
mod narrow;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    for variable in ["KOKORO_MODEL", "KOKORO_VOICES", "KOKORO_API_KEYS", "RUST_LOG"] {
        command.env_remove(variable);
    }
    command.env("KOKORO_CACHE", "").env("HF_HUB_OFFLINE", "1").env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command.args(["serve", "--port", "0"]).args(arguments).current_dir(folder);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

const NARROW: [&str; 4] = ["--model", "seeded:0", "--config", "narrow.json"];

/// Starts the server; returns its address and the rest of what it prints.
fn start(folder: &Path, arguments: &[&str]) -> (Child, String, BufReader<ChildStderr>) {
    std::fs::write(folder.join("narrow.json"), narrow::config().to_string()).unwrap();
    let mut child = command(folder, &[&NARROW[..], arguments].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let address = lines.by_ref().lines().map_while(Result::ok).find_map(|line| {
        let address = line.strip_prefix("listening on http://")?;
        Some(address.to_owned())
    });
    match address {
        Some(address) => (child, address, lines),
        None => panic!("it ended with {:?}", child.wait()),
    }
}

fn ask(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "{head}\r\nHost: h\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn terminate(child: &Child) {
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
}

fn end(mut child: Child, mut lines: BufReader<ChildStderr>) -> (i32, String) {
    terminate(&child);
    let mut printed = String::new();
    lines.read_to_string(&mut printed).unwrap();
    (child.wait().unwrap().code().unwrap_or_else(|| panic!("no status: {printed}")), printed)
}

#[test]
fn it_speaks_and_ends_well_at_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("names.txt"), "nginx ˌɛnʤənˈɛks\n").unwrap();
    let (child, address, lines) = start(folder.path(), &["--lexicon", "names.txt"]);
    let json = "HTTP/1.1\r\nContent-Type: application/json";
    let read =
        ask(&address, &format!("POST /dev/phonemize {json}"), &json!({"text": "nginx", "language": "a"}).to_string());
    assert!(read.contains("ˌɛnʤənˈɛks"), "{read}");
    assert!(ask(&address, "GET /ready HTTP/1.1", "").starts_with("HTTP/1.1 200"));
    // Voices of a seeded model have the published names, and sound different.
    let sound = |voice: &str| {
        let body = json!({ "input": "Hello.", "voice": voice, "response_format": "pcm", "stream": false }).to_string();
        ask(&address, &format!("POST /v1/audio/speech {json}"), &body)
    };
    let (first, second) = (sound("af_heart"), sound("zm_yunxi"));
    assert!(first.starts_with("HTTP/1.1 200") && second.starts_with("HTTP/1.1 200"), "{first:.200}");
    assert_ne!(first, second);
    let (status, printed) = end(child, lines);
    assert_eq!(status, 0, "{printed}");
    assert!(printed.contains("POST /v1/audio/speech: 200") && printed.contains("stopping"), "{printed}");
}

#[test]
fn a_second_sigterm_ends_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, address, mut lines) = start(folder.path(), &["--max-seconds", "86400"]);
    // Hours of speech, of which the client has read the first sounds.
    let text = "This sentence is one of very many. ".repeat(1_400);
    let body = json!({ "input": text, "response_format": "pcm", "speed": 0.25 }).to_string();
    let mut client = TcpStream::connect(&address).unwrap();
    let head = "POST /v1/audio/speech HTTP/1.1\r\nHost: h\r\nContent-Type: application/json";
    write!(client, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    client.read_exact(&mut [0; 4_096]).unwrap();
    terminate(&child);
    assert!(lines.by_ref().lines().map_while(Result::ok).any(|line| line.contains("stopping: requests")));
    // The first has been taken; two that come before the second is are one, so there are as many as it takes.
    while child.try_wait().unwrap().is_none() {
        terminate(&child);
    }
    let mut printed = String::new();
    lines.read_to_string(&mut printed).unwrap();
    assert!(printed.contains("there was a second signal"), "{printed}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest); // reset
    assert!(!rest.ends_with(b"0\r\n\r\n"), "the transfer is seen to be broken");
}

#[test]
fn kanji_are_spoken_with_the_fetched_dictionary() {
    let folder = tempfile::tempdir().unwrap();
    let text = "東京は二十三区です。";
    let mut phonemize = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    phonemize.args(["phonemize", "--lang", "ja", text]).env("HF_HUB_OFFLINE", "1");
    let expected = phonemize.output().unwrap();
    if !expected.status.success() {
        println!("skipped: no Japanese dictionary; `kokoro fetch japanese` gets it");
        return;
    }
    let (child, address, lines) = start(folder.path(), &[]);
    let post = |path: &str, body: &Value| {
        ask(&address, &format!("POST {path} HTTP/1.1\r\nContent-Type: application/json"), &body.to_string())
    };
    let read = post("/dev/phonemize", &json!({ "text": text, "language": "j" }));
    let read: Value = serde_json::from_str(read.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(read["phonemes"].as_str().unwrap(), String::from_utf8(expected.stdout).unwrap().trim_end());
    let body = json!({ "input": text, "voice": "jf_alpha", "response_format": "pcm", "stream": false });
    let spoken = post("/v1/audio/speech", &body);
    assert!(spoken.starts_with("HTTP/1.1 200") && spoken.len() > 10_000, "{spoken:.300}");
    assert_eq!(end(child, lines).0, 0);
}

#[test]
fn keys_come_from_a_file_and_an_empty_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keys.txt"), "\u{feff}first\r\n\r\nsecond\r\n").unwrap();
    let (child, address, lines) = start(folder.path(), &["--api-keys", "keys.txt", "--quiet"]);
    let models = |key: &str| ask(&address, &format!("GET /v1/models HTTP/1.1\r\nAuthorization: Bearer {key}"), "");
    for (key, status) in [("first", "200"), ("second", "200"), ("", "401")] {
        assert!(models(key).starts_with(&format!("HTTP/1.1 {status}")), "key {key:?}");
    }
    assert_eq!(end(child, lines), (0, String::new()));

    std::fs::write(folder.path().join("keys.txt"), "\n").unwrap();
    let failed = |arguments: &[&str]| -> (Option<i32>, String) {
        let Output { status, stderr, .. } = command(folder.path(), arguments).output().unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    };
    let (status, error) = failed(&[&NARROW[..], &["--api-keys", "keys.txt"]].concat());
    assert!(status == Some(2) && error.contains("there is no key in it"), "{error}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    let output = command.args(["serve", "--port", &port]).args(NARROW).current_dir(folder.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("cannot listen on 127.0.0.1") && error.contains("--port N"), "{error}");
}
