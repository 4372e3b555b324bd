//! Books spoken by workers that are killed, with a server that is restarted and disks that are full, on the narrow network.
//!
//! Needs nats-server (`make nats-test` installs it).
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Lines, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use serde_json::json;
use tempfile::TempDir;

mod epub;
#[path = "../../../tests/golden/narrow.rs"]
mod narrow;

use epub::epub;

/// How long a part waits at most before it comes again.
const REDELIVERY: &str = "2";
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

impl Running {
    /// Kills it, and waits until it is gone.
    fn kill(&mut self) {
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
fn server(folder: &Path, address: SocketAddr, bytes: u64) -> Running {
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
const ROOM: u64 = 1 << 30;

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// A folder with a book that one machine has read into `whole`, and a server that it was submitted to.
struct Submitted {
    id: String,
    url: String,
    address: SocketAddr,
    server: Running,
    folder: TempDir,
}

impl Submitted {
    /// A book of so many sentences in its second chapter, on a server with room for all of it.
    fn new(sentences: usize) -> Self {
        Self::book(|folder| write_book(folder, "book.epub", "Part", sentences))
    }

    /// The book that `write` makes.
    fn book(write: impl FnOnce(&Path)) -> Self {
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
    fn assert_listed(&self, there: usize, parts: usize) {
        let listed = output(self.folder.path(), &["collect", "--nats", &self.url]);
        assert_eq!(listed, format!("{}  {there} of {parts} parts  The Book\n", self.id));
    }
}

/// A worker, or another process of the program, with what it prints to standard error.
struct Worker {
    running: Running,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Worker {
    fn start(folder: &Path, url: &str) -> Self {
        Self::start_with(folder, url, &[])
    }

    fn start_with(folder: &Path, url: &str, options: &[&str]) -> Self {
        let worker = ["worker", "--nats", url, "--redeliver-after", REDELIVERY];
        Self::spawn(folder, &[&worker, options, &NARROW].concat())
    }

    fn spawn(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = command(folder, arguments).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { running: Running(child), lines }
    }

    /// Waits for a line with these words.
    fn await_line(&mut self, words: &str) -> String {
        let lines = self.lines.by_ref().map(Result::unwrap);
        lines.into_iter().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no line {words}"))
    }

    /// Kills it; returns the lines that it has printed since.
    fn kill(self) -> Vec<String> {
        let Self { running, lines } = self;
        drop(running);
        lines.map_while(Result::ok).collect()
    }
}

/// The number of deliveries in a worker's line.
fn deliveries(line: &str) -> u64 {
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// A book of a sentence, and of so many numbered ones.
fn write_book(folder: &Path, name: &str, sentence: &str, sentences: usize) {
    fs::write(folder.join("narrow.json"), narrow::config().to_string()).unwrap();
    let voice = kokoro_wgpu::Voice::seeded_width(0, 32);
    fs::write(folder.join("voice.json"), json!({ "voice": [voice.row(1)] }).to_string()).unwrap();
    let sentences: String = (0..sentences).map(|number| format!("<p>{sentence} {number}.</p>")).collect();
    write_chapters(folder, name, &sentences);
}

/// A book with this second chapter.
fn write_chapters(folder: &Path, name: &str, second: &str) {
    let contents = "<li><a href='one.xhtml'>One</a></li><li><a href='two.xhtml'>Two</a></li>";
    epub(&folder.join(name), &[("one", "<p>It begins.</p>"), ("two", second)], contents);
}

/// Reads a book on this machine alone, into the folder `whole`.
fn speak_alone(folder: &Path, name: &str) {
    let book = ["say", "-i", name, "-o", "whole", "--format", "flac", "--timings", "json"];
    output(folder, &[&book[..], &NARROW, &READING].concat());
}

/// Submits a book; returns its name on the server.
fn submit(folder: &Path, name: &str, url: &str) -> String {
    let id = output(folder, &[&["submit", name, "--nats", url], &NARROW[..], &READING].concat());
    id.trim().to_owned()
}

/// The arguments that collect a book into the folder `collected`.
fn collecting<'a>(id: &'a str, url: &'a str) -> [&'a str; 10] {
    ["collect", id, "--nats", url, "-o", "collected", "--format", "flac", "--timings", "json"]
}

/// Names of the files in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Compares with what one machine has made, bit for bit, and that each chapter is there once, with its timings.
fn assert_whole(folder: &Path) {
    let chapters = ["01 One.flac", "01 One.json", "02 Two.flac", "02 Two.json"].map(str::to_owned);
    assert_eq!(names(&folder.join("collected")), BTreeSet::from(chapters.clone()));
    for name in chapters {
        let read = |place: &str| fs::read(folder.join(place).join(&name)).unwrap();
        assert!(read("collected") == read("whole"), "{name}");
    }
}

#[test]
fn killed_workers_and_a_restarted_server_lose_nothing() {
    let mut book = Submitted::new(48);
    book.assert_listed(0, 7);
    let folder = book.folder.path();
    let resubmitting = [&["submit", "book.epub", "--nats", &book.url], &NARROW[..], &READING].concat();
    Worker::spawn(folder, &resubmitting).await_line("0 of 7 parts queued");
    book.assert_listed(0, 7);

    // Each is killed in the middle of a part, one of them with the server.
    let mut lines = Vec::new();
    for round in 0..3 {
        let mut worker = Worker::start(folder, &book.url);
        lines.extend([worker.await_line("finished"), worker.await_line("speaking")]);
        lines.extend(worker.kill());
        if round == 1 {
            book.server.kill();
            book.server = server(folder, book.address, ROOM);
        }
    }
    let last = Worker::start(folder, &book.url);
    output(folder, &[&collecting(&book.id, &book.url)[..], &["--keep"]].concat());
    lines.extend(last.kill());
    // The last lines of a killed worker may be missing.
    let of_part = |line: &&String| line.starts_with("speaking") || line.starts_with("finished");
    let redelivered = lines.iter().filter(of_part).filter(|line| deliveries(line) > 1).count();
    println!("3 workers killed, the server once; {redelivered} lines of parts that came again, 0 of 7 lost");
    assert!(redelivered >= 1);
    assert_whole(folder);
    book.assert_listed(7, 7);
    Worker::spawn(folder, &resubmitting).await_line("0 of 7 parts queued");

    // Collected without --keep, nothing of it is left on the server.
    output(folder, &collecting(&book.id, &book.url));
    assert_eq!(output(folder, &["collect", "--nats", &book.url]), "");
    Worker::spawn(folder, &resubmitting).await_line("7 of 7 parts queued");
}

/// Random numbers, by SplitMix64.
struct Random(u64);

impl Random {
    /// One of 0 to `end` - 1.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Waits for a moment of at most so many milliseconds.
    fn pause(&mut self, milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(self.below(milliseconds))); // time: whatever happens meanwhile is right
    }
}

/// Two workers at once, of which one is killed at any moment: as it starts, speaks, stores or finishes; one time in three the
/// server too. Another takes its place at once.
#[test]
fn workers_killed_at_any_moment_lose_nothing() {
    let seed = std::env::var("KOKORO_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut random = Random(seed);
    let mut book = Submitted::new(96);
    let folder = book.folder.path();

    let (rounds, mut restarts, mut lines) = (6, 0, Vec::new());
    let mut workers = [Worker::start(folder, &book.url), Worker::start(folder, &book.url)];
    for _ in 0..rounds {
        random.pause(2_000);
        let restarted = random.below(3) == 0;
        if restarted {
            book.server.kill();
            random.pause(1_000);
            restarts += 1;
        }
        let victim = &mut workers[random.below(2) as usize];
        lines.extend(std::mem::replace(victim, Worker::start(folder, &book.url)).kill());
        if restarted {
            book.server = server(folder, book.address, ROOM);
        }
    }
    output(folder, &[&collecting(&book.id, &book.url)[..], &["--keep"]].concat());
    assert_whole(folder);
    lines.extend(workers.into_iter().flat_map(Worker::kill));
    let parts = 1 + 96 / 8;
    book.assert_listed(parts, parts);
    let begun = lines.iter().filter(|line| line.starts_with("speaking")).count();
    let again = lines.iter().filter(|line| line.starts_with("speaking") && deliveries(line) > 1).count();
    println!(
        "seed {seed}: {rounds} workers killed, the server {restarts} times; {parts} parts begun {begun} times, {again} of \
         them redelivered; 0 lost"
    );
    assert!(begun >= parts);
}

/// A way between one worker and a server: tells the subject of each message before the server has it, and ends with an error.
fn between(server: SocketAddr, mut publishes: impl FnMut(&str) -> io::Result<()> + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let to = TcpStream::connect(server).unwrap();
        let (mut back, mut answers) = (client.try_clone().unwrap(), to.try_clone().unwrap());
        std::thread::spawn(move || io::copy(&mut answers, &mut back));
        let _ = forward(client, to, &mut publishes); // a worker that is killed closes its connection at any moment
    });
    url
}

/// Hands on what a client sends, and tells the subject of each message before.
fn forward(from: TcpStream, mut to: TcpStream, mut publishes: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let mut from = BufReader::new(from);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return to.shutdown(Shutdown::Both);
        }
        let words: Vec<_> = line.split_whitespace().collect();
        let message = if let ["PUB" | "HPUB", subject, .., bytes] = words[..] {
            publishes(subject)?;
            bytes.parse::<u64>().unwrap() + 2 // the end of the line
        } else {
            0
        };
        to.write_all(line.as_bytes())?;
        io::copy(&mut from.by_ref().take(message), &mut to)?;
    }
}

/// Asks JetStream about the stream of the parts, or to change it.
fn ask(server: SocketAddr, what: &str, body: &str) -> serde_json::Value {
    let mut connection = TcpStream::connect(server).unwrap();
    let request = format!("PUB $JS.API.STREAM.{what}.OBJ_kokoro-parts answer {}\r\n{body}\r\n", body.len());
    connection.write_all(format!("CONNECT {{\"verbose\":false}}\r\nSUB answer 1\r\n{request}").as_bytes()).unwrap();
    let mut lines = BufReader::new(connection).lines().map(Result::unwrap);
    serde_json::from_str(&lines.find(|line| line.contains("_response\"")).unwrap()).unwrap()
}

/// Removes the messages of a subject of the parts' stream.
fn remove_chunks(server: SocketAddr, subject: &str) {
    let answer = ask(server, "PURGE", &json!({ "filter": subject }).to_string());
    assert!(answer["purged"].as_u64() > Some(0), "{answer}");
}

const CHUNKS: &str = "$O.kokoro-parts.C.";
const NAMES: &str = "$O.kokoro-parts.M.";

/// What a worker stores of a part.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Samples,
    Timings,
}

/// What is stored under the name of which a subject tells, if it tells of a name.
fn kind_of(subject: &str) -> Option<Kind> {
    let name = String::from_utf8(BASE64_URL_SAFE.decode(subject.strip_prefix(NAMES)?).unwrap()).unwrap();
    Some(if name.ends_with(".timings") { Kind::Timings } else { Kind::Samples })
}

#[test]
fn samples_whose_chunks_are_gone_are_not_taken_for_whole() {
    what_has_lost_its_chunks_is_not_taken_for_whole(Kind::Samples);
}

#[test]
fn timings_whose_chunks_are_gone_are_not_taken_for_whole() {
    what_has_lost_its_chunks_is_not_taken_for_whole(Kind::Timings);
}

/// Before the server is told the name of samples or timings, their chunks are removed, as if the worker had been suspended in between
/// and another had taken them for leftovers. It happens once to the part that comes first, and twice to the other.
fn what_has_lost_its_chunks_is_not_taken_for_whole(kind: Kind) {
    let book = Submitted::new(8);
    let folder = book.folder.path();
    let (address, mut names, mut chunks) = (book.address, Vec::<(String, usize)>::new(), String::new());
    let url = between(address, move |subject| {
        if subject.starts_with(CHUNKS) {
            subject.clone_into(&mut chunks);
        } else if kind_of(subject) == Some(kind) {
            let place = names.iter().position(|(name, _)| name == subject).unwrap_or_else(|| {
                names.push((subject.to_owned(), 0));
                names.len() - 1
            });
            names[place].1 += 1;
            if names[place].1 <= place + 1 {
                remove_chunks(address, &chunks);
            }
        }
        Ok(())
    });
    let mut worker = Worker::start(folder, &url);
    worker.await_line("finished");
    book.assert_listed(1, 2);
    worker.await_line("cannot keep an object");
    worker.kill();
    book.assert_listed(1, 2);

    let mut collect = Worker::spawn(folder, &collecting(&book.id, &book.url));
    let line = collect.await_line("NATS");
    assert!(line.contains("is not whole"), "{line}");
    let _worker = Worker::start(folder, &book.url);
    assert!(collect.running.0.wait().unwrap().success());
    assert_whole(folder);
}

/// A worker that is suspended before it gives a name to its samples, loses them, and dies as soon as it has given it. Meanwhile another has
/// spoken the part and said so, so that nobody would speak it again.
#[test]
fn a_late_worker_does_not_take_the_name_of_whole_samples() {
    let book = Submitted::new(8);
    let folder = book.folder.path();
    let (address, mut named, mut chunks) = (book.address, false, String::new());
    let ((tell_held, held), (go_on, goes_on)) = (channel(), channel::<()>());
    let url = between(address, move |subject| {
        if named {
            tell_held.send(()).unwrap();
            return Err(ErrorKind::ConnectionAborted.into());
        }
        if subject.starts_with(CHUNKS) {
            subject.clone_into(&mut chunks);
        } else if kind_of(subject) == Some(Kind::Samples) {
            remove_chunks(address, &chunks);
            tell_held.send(()).unwrap();
            goes_on.recv().unwrap();
            named = true;
        }
        Ok(())
    });
    let late = Worker::start(folder, &url);
    held.recv().unwrap();
    let mut other = Worker::start(folder, &book.url);
    (0..2).for_each(|_| drop(other.await_line("finished")));
    book.assert_listed(2, 2);
    go_on.send(()).unwrap();
    held.recv().unwrap();
    late.kill();
    book.assert_listed(2, 2);
    output(folder, &collecting(&book.id, &book.url));
    assert_whole(folder);
}

/// A book that fills the server's store, and then one that takes nearly all of it: what was stored of its parts before
/// there was no room left must not be in its way.
#[test]
fn a_full_store_fills_up_once_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_book(folder, "first.epub", "This is sentence", 4);
    write_book(folder, "second.epub", "And this is sentence", 24);
    speak_alone(folder, "second.epub");
    let address = free_address();
    let url = format!("nats://{address}");
    // What the second takes.
    let running = server(folder, address, ROOM);
    submit(folder, "second.epub", &url);
    let mut worker = Worker::start(folder, &url);
    (0..4).for_each(|_| drop(worker.await_line("finished")));
    drop(worker);
    let bytes = ask(address, "INFO", "")["state"]["bytes"].as_u64().unwrap();
    drop(running);
    fs::remove_dir_all(folder.join("store")).unwrap();

    let running = server(folder, address, bytes + bytes / 16);
    let first = submit(folder, "first.epub", &url);
    let mut worker = Worker::start(folder, &url);
    (0..2).for_each(|_| drop(worker.await_line("finished")));
    drop(worker);

    let second = submit(folder, "second.epub", &url); // it must fit itself, so nobody stores anything meanwhile
    let mut worker = Worker::start(folder, &url);
    worker.await_line("cannot write into the store");
    // Nothing of the first is lost meanwhile, and it can be removed although nothing can be written.
    output(folder, &["collect", &first, "--nats", &url, "-o", "first", "--format", "flac"]);
    worker.await_line("that were not stored whole were removed");
    // Versions before 2.9.15, such as Debian 12's, count as used what was removed, until they start again.
    drop(running);
    let running = server(folder, address, bytes + bytes / 16);
    output(folder, &collecting(&second, &url));
    assert_whole(folder);
    drop(running);
}

/// The file system of the collected files takes no more.
#[test]
#[cfg(unix)]
fn a_full_disk_of_the_collector_leaves_the_book_where_it_is() {
    let book = Submitted::new(16);
    let folder = book.folder.path();
    let mut worker = Worker::start(folder, &book.url);
    (0..3).for_each(|_| drop(worker.await_line("finished")));
    drop(worker);

    // A limit on the size of a file, which without the signal is an error of writing, as a full disk is.
    let program = env!("CARGO_BIN_EXE_kokoro");
    let line = format!("trap '' XFSZ; ulimit -f 40; exec {program} {}", collecting(&book.id, &book.url).join(" "));
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).current_dir(folder).env("XDG_RUNTIME_DIR", std::env::temp_dir());
    let failed = shell.output().unwrap();
    let error = String::from_utf8_lossy(&failed.stderr);
    assert!(failed.status.code() == Some(1) && error.contains("collected/.kokoro-parts"), "{error}");
    assert!(!folder.join("collected/02 Two.flac").exists());

    output(folder, &collecting(&book.id, &book.url));
    assert_whole(folder);
}

/// Memory that is enough for the chunks of the book below, but not for a word of a hundred phonemes.
const LITTLE_MEMORY: [&str; 2] = ["--max-gpu-memory", "44M"];

#[test]
fn a_part_that_cannot_be_spoken_is_named_and_tried_again_when_the_book_is_submitted_again() {
    let word = "pneumonoultramicroscopicsilicovolcanoconiosis".repeat(2);
    let book = Submitted::book(|folder| {
        write_book(folder, "book.epub", "Part", 0);
        write_chapters(folder, "book.epub", &format!("<p>It is {word}.</p>"));
    });
    let folder = book.folder.path();
    let mut worker = Worker::start_with(folder, &book.url, &LITTLE_MEMORY);
    let mut lines = vec![worker.await_line("")];
    while !lines.last().unwrap().starts_with("given up") {
        lines.push(worker.await_line(""));
    }
    let hash = lines.last().unwrap().split([' ', ',']).nth(2).unwrap();
    let tries = lines.iter().filter(|line| line.starts_with(&format!("speaking {hash}"))).count();
    assert_eq!(tries, 5, "{lines:?}");
    let failed = command(folder, &collecting(&book.id, &book.url)).output().unwrap();
    let error = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{error}");
    for named in ["\"The Book\"", "\"Two\"", &word, "not enough GPU memory", "5 times", "submit the book again"] {
        assert!(error.contains(named), "{named}: {error}");
    }
    let half = names(&folder.join("collected")).into_iter().filter(|name| name.starts_with("02")).count();
    assert_eq!(half, 0);
    let listed = output(folder, &["collect", "--nats", &book.url]);
    assert_eq!(listed, format!("{}  1 of 2 parts, 1 cannot be spoken  The Book\n", book.id));
    // It is not tried any more, until the book is submitted again.
    let lines = worker.kill();
    assert!(!lines.iter().any(|line| line.starts_with("speaking")), "{lines:?}");
    let resubmitting = [&["submit", "book.epub", "--nats", &book.url], &NARROW[..], &READING].concat();
    Worker::spawn(folder, &resubmitting).await_line("1 of 2 parts queued");
    book.assert_listed(1, 2);
    let mut worker = Worker::start(folder, &book.url);
    worker.await_line("finished");
    output(folder, &collecting(&book.id, &book.url));
    assert_whole(folder);
}

#[test]
fn a_part_of_which_workers_die_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_book(folder, "book.epub", "Part", 0);
    fs::write(folder.join("book.txt"), "This sentence takes long to speak, on a network without training. ".repeat(8))
        .unwrap();
    let address = free_address();
    let url = format!("nats://{address}");
    let _server = server(folder, address, ROOM);
    let id = submit(folder, "book.txt", &url);
    // The first delivery may be no try at all: the server was away, or its disk was full.
    for _ in 0..=5 {
        let mut worker = Worker::start(folder, &url);
        worker.await_line("speaking");
        worker.kill();
    }
    let mut worker = Worker::start(folder, &url);
    worker.await_line("given up");
    let failed = command(folder, &collecting(&id, &url)).output().unwrap();
    let error = String::from_utf8(failed.stderr).unwrap();
    assert!(failed.status.code() == Some(1) && error.contains("the workers that began it are gone"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_worker_shows_that_it_is_alive_and_ends_when_it_is_asked_to() {
    let book = Submitted::new(1);
    let folder = book.folder.path();
    let mut worker = Worker::start_with(folder, &book.url, &["--alive", "alive"]);
    (0..2).for_each(|_| drop(worker.await_line("finished")));
    assert!(folder.join("alive").is_file());
    let process = worker.running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    assert_eq!(worker.running.0.wait().unwrap().code(), Some(0));
    // What one has left says nothing of the next, which hears no server.
    let url = format!("nats://{}", free_address());
    Worker::start_with(folder, &url, &["--alive", "alive"]).await_line("cannot connect");
    assert!(!folder.join("alive").exists());
}
