//! Books, the server, workers and what collects, as processes in a folder.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use super::epub::epub;
use super::narrow;

/// How long a part waits at most before it comes again.
pub const REDELIVERY: &str = "2";
pub const NARROW: [&str; 4] = ["--model", "seeded:0", "--config", "narrow.json"];
pub const READING: [&str; 6] = ["--voice", "voice.json", "--lang", "en-us", "--speed", "4"];

pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    for variable in ["KOKORO_MODEL", "KOKORO_VOICES", "RUST_LOG", "NATS_URL"] {
        command.env_remove(variable);
    }
    command.env("KOKORO_CACHE", "").env("HF_HUB_OFFLINE", "1").env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command.args(arguments).current_dir(folder);
    command
}

/// Standard output of a command that must succeed.
pub fn output(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A process that ends with the test.
pub struct Running(pub Child);

impl Running {
    /// Kills it, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.0.kill(); // SIGKILL
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server that keeps its streams in the folder, on at most so many bytes, and answers.
pub fn server(folder: &Path, address: SocketAddr, bytes: u64) -> Running {
    let store = json!({ "store_dir": "store", "max_file_store": bytes });
    let config = json!({ "host": address.ip(), "port": address.port(), "jetstream": store });
    fs::write(folder.join("nats.conf"), config.to_string()).unwrap();
    let mut command = Command::new("nats-server");
    command.args(["--config", "nats.conf"]).current_dir(folder);
    let child = command.stderr(Stdio::null()).spawn().unwrap_or_else(|error| panic!("nats-server: {error}"));
    let mut server = Running(child);
    while TcpStream::connect(address).is_err() {
        assert!(server.0.try_wait().unwrap().is_none(), "nats-server has ended");
    }
    server
}

/// More than any test stores.
pub const ROOM: u64 = 1 << 30;

pub fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// A folder with a book that one machine has read into `whole`, and a server that it was submitted to.
pub struct Submitted {
    pub id: String,
    pub url: String,
    pub address: SocketAddr,
    pub server: Running,
    pub folder: TempDir,
}

impl Submitted {
    /// A book of so many sentences in its second chapter, on a server with room for all of it.
    pub fn new(sentences: usize) -> Self {
        Self::book(|folder| write_book(folder, "book.epub", "Part", sentences))
    }

    /// The book that `write` makes.
    pub fn book(write: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        speak_alone(folder.path(), "book.epub");
        let address = free_address();
        let url = format!("nats://{address}");
        let server = server(folder.path(), address, ROOM);
        let id = submit(folder.path(), "book.epub", &url);
        Self { id, url, address, server, folder }
    }

    /// What `kokoro collect` says of all books, which must be that so many parts of this one are there.
    pub fn assert_listed(&self, there: usize, parts: usize) {
        let listed = output(self.folder.path(), &["collect", "--nats", &self.url]);
        assert_eq!(listed, format!("{}  {there} of {parts} parts  The Book\n", self.id));
    }
}

/// A worker, or another process of the program, with what it prints to standard error.
pub struct Worker {
    pub running: Running,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Worker {
    pub fn start(folder: &Path, url: &str) -> Self {
        Self::start_with(folder, url, &[])
    }

    pub fn start_with(folder: &Path, url: &str, options: &[&str]) -> Self {
        let worker = ["worker", "--nats", url, "--redeliver-after", REDELIVERY];
        Self::spawn(folder, &[&worker, options, &NARROW].concat())
    }

    pub fn spawn(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = command(folder, arguments).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { running: Running(child), lines }
    }

    /// Waits for a line with these words.
    pub fn await_line(&mut self, words: &str) -> String {
        let lines = self.lines.by_ref().map(Result::unwrap);
        lines.into_iter().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no line {words}"))
    }

    /// Kills it; returns the lines that it has printed since.
    pub fn kill(self) -> Vec<String> {
        let Self { running, lines } = self;
        drop(running);
        lines.map_while(Result::ok).collect()
    }
}

/// The number of deliveries in a worker's line.
pub fn deliveries(line: &str) -> u64 {
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// A book of a sentence, and of so many numbered ones.
pub fn write_book(folder: &Path, name: &str, sentence: &str, sentences: usize) {
    fs::write(folder.join("narrow.json"), narrow::config().to_string()).unwrap();
    let voice = kokoro_wgpu::Voice::seeded_width(0, 32);
    fs::write(folder.join("voice.json"), json!({ "voice": [voice.row(1)] }).to_string()).unwrap();
    let sentences: String = (0..sentences).map(|number| format!("<p>{sentence} {number}.</p>")).collect();
    write_chapters(folder, name, &sentences);
}

/// A book with this second chapter.
pub fn write_chapters(folder: &Path, name: &str, second: &str) {
    let contents = "<li><a href='one.xhtml'>One</a></li><li><a href='two.xhtml'>Two</a></li>";
    epub(&folder.join(name), &[("one", "<p>It begins.</p>"), ("two", second)], contents);
}

/// Reads a book on this machine alone, into the folder `whole`.
pub fn speak_alone(folder: &Path, name: &str) {
    let book = ["say", "-i", name, "-o", "whole", "--format", "flac", "--timings", "json"];
    output(folder, &[&book[..], &NARROW, &READING].concat());
}

/// Submits a book; returns its name on the server.
pub fn submit(folder: &Path, name: &str, url: &str) -> String {
    let id = output(folder, &[&["submit", name, "--nats", url], &NARROW[..], &READING].concat());
    id.trim().to_owned()
}

/// The arguments that collect a book into the folder `collected`.
pub fn collecting<'a>(id: &'a str, url: &'a str) -> [&'a str; 10] {
    ["collect", id, "--nats", url, "-o", "collected", "--format", "flac", "--timings", "json"]
}

/// Names of the files in a folder.
pub fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Compares with what one machine has made, bit for bit, and that each chapter is there once, with its timings.
pub fn assert_whole(folder: &Path) {
    let chapters = ["01 One.flac", "01 One.json", "02 Two.flac", "02 Two.json"].map(str::to_owned);
    assert_eq!(names(&folder.join("collected")), BTreeSet::from(chapters.clone()));
    for name in chapters {
        let read = |place: &str| fs::read(folder.join(place).join(&name)).unwrap();
        assert!(read("collected") == read("whole"), "{name}");
    }
}
