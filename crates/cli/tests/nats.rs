//! A book spoken by workers that are killed and a server that is restarted, on the narrow network.
//!
//! Needs nats-server (`make nats-test` installs it).
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by failing")]

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::json;

mod epub;
#[path = "../../../tests/golden/narrow.rs"]
mod narrow;

use epub::epub;

const NARROW: [&str; 4] = ["--model", "seeded:0", "--config", "narrow.json"];
const READING: [&str; 6] = ["--voice", "voice.json", "--lang", "en-us", "--speed", "4"];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    for variable in ["KOKORO_MODEL", "KOKORO_VOICES", "RUST_LOG", "NATS_URL"] {
        command.env_remove(variable);
    }
    command.env("KOKORO_CACHE", "").env("HF_HUB_OFFLINE", "1").env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command.args(arguments).current_dir(folder);
    command
}

/// Standard output of a command that must succeed.
fn output(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill(); // SIGKILL
        let _ = self.0.wait();
    }
}

/// A server that keeps its streams in the folder, and answers.
fn server(folder: &Path, address: SocketAddr) -> Running {
    let (port, host) = (address.port().to_string(), address.ip().to_string());
    let mut command = Command::new("nats-server");
    command.args(["--jetstream", "--store_dir", "store", "--addr", &host, "--port", &port]).current_dir(folder);
    let child = command.stderr(Stdio::null()).spawn().unwrap_or_else(|error| panic!("nats-server: {error}"));
    let mut server = Running(child);
    while TcpStream::connect(address).is_err() {
        assert!(server.0.try_wait().unwrap().is_none(), "nats-server has ended");
    }
    server
}

struct Worker {
    _running: Running,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Worker {
    fn start(folder: &Path, url: &str) -> Self {
        let arguments = [&["worker", "--nats", url, "--redeliver-after", "2"], &NARROW[..]].concat();
        let mut child = command(folder, &arguments).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { _running: Running(child), lines }
    }

    /// Waits for a line that begins so; returns the number of deliveries in it.
    fn await_line(&mut self, verb: &str) -> u64 {
        let lines = self.lines.by_ref().map(Result::unwrap);
        let line = lines.into_iter().find(|line| line.starts_with(verb)).unwrap_or_else(|| panic!("no line {verb}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

#[test]
fn killed_workers_and_a_restarted_server_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("narrow.json"), narrow::config().to_string()).unwrap();
    let voice = kokoro_wgpu::Voice::seeded_width(0, 32);
    fs::write(folder.join("voice.json"), json!({ "voice": [voice.row(1)] }).to_string()).unwrap();
    let sentences: String = (0..50).map(|number| format!("<p>This is sentence {number}.</p>")).collect();
    let contents = "<li><a href='one.xhtml'>One</a></li><li><a href='two.xhtml'>Two</a></li>";
    epub(&folder.join("book.epub"), &[("one", "<p>It begins.</p>"), ("two", &sentences)], contents);
    let how = [&NARROW[..], &READING].concat();
    output(folder, &[&["say", "-i", "book.epub", "-o", "whole", "--format", "flac"], &how[..]].concat());

    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let url = format!("nats://{address}");
    let mut running = server(folder, address);
    let submit = [&["submit", "book.epub", "--nats", &url], &how[..]].concat();
    let id = output(folder, &submit);
    let id = id.trim();
    let listed = output(folder, &["collect", "--nats", &url]);
    assert_eq!(listed, format!("{id}  0 of 8 parts  The Book\n"));
    assert_eq!(output(folder, &submit).trim(), id, "the same book again is the same book");

    // Each is killed in the middle of a part, one of them with the server.
    let (mut killed, mut redelivered) = (0, 0);
    for round in 0..3 {
        let mut worker = Worker::start(folder, &url);
        redelivered += usize::from(worker.await_line("finished") > 1);
        worker.await_line("speaking");
        drop(worker);
        killed += 1;
        if round == 1 {
            drop(running);
            running = server(folder, address);
        }
    }
    let mut last = Worker::start(folder, &url);
    let collect = ["collect", id, "--nats", &url, "-o", "collected", "--format", "flac"];
    output(folder, &[&collect[..], &["--keep"]].concat());
    redelivered += (0..8 - 3).filter(|_| last.await_line("finished") > 1).count();
    println!("{killed} workers killed, the server once; {redelivered} parts finished by another worker, 0 of 8 lost");
    assert!(redelivered >= 1);

    // The same as on one machine, bit for bit.
    for name in ["01 One.flac", "02 Two.flac"] {
        let read = |place: &str| fs::read(folder.join(place).join(name)).unwrap();
        assert!(read("collected") == read("whole"), "{name}");
    }
    assert_eq!(output(folder, &["collect", "--nats", &url]), format!("{id}  8 of 8 parts  The Book\n"));

    // Collected without --keep, nothing of it is left on the server.
    output(folder, &["collect", id, "--nats", &url, "-o", "collected", "--format", "flac"]);
    assert_eq!(output(folder, &["collect", "--nats", &url]), "");
    drop(running);
}
