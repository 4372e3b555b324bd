//! Parts that cannot be spoken, and how often that is tried.

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::channel;

use serde_json::json;

use super::between::{CHUNKS, Kind, between, kind_of, record_of_tries, remove_chunks};
use super::setup::{
    NARROW, READING, ROOM, Submitted, Worker, assert_whole, collecting, command, free_address, names, output, server,
    submit, write_book, write_chapters,
};

/// Memory that is enough for the chunks of the book below, but not for a word of a hundred phonemes.
const LITTLE_MEMORY: [&str; 4] = ["--max-gpu-memory", "44M", "--conv", "registers"]; // whose memory is that of any adapter

fn long_word() -> String {
    "pneumonoultramicroscopicsilicovolcanoconiosis".repeat(2)
}

/// A book whose second chapter cannot be spoken with little memory.
fn book_with_a_long_word() -> Submitted {
    Submitted::book(|folder| {
        write_book(folder, "book.epub", "Part", 0);
        write_chapters(folder, "book.epub", &format!("<p>It is {}.</p>", long_word()));
    })
}

#[test]
fn a_part_that_cannot_be_spoken_is_named_and_tried_again_when_the_book_is_submitted_again() {
    let word = long_word();
    let book = book_with_a_long_word();
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
    Worker::spawn(folder, &resubmitting(&book.url)).await_line("1 of 2 parts queued");
    book.assert_listed(1, 2);
    let mut worker = Worker::start(folder, &book.url);
    worker.await_line("finished");
    output(folder, &collecting(&book.id, &book.url));
    assert_whole(folder);
}

/// The arguments that submit the book again.
fn resubmitting(url: &str) -> Vec<&str> {
    [&["submit", "book.epub", "--nats", url], &NARROW[..], &READING].concat()
}

/// A worker has recorded that it gives a part up, and is about to take it from the queue. Who submits the book now must not take the
/// part for one that waits.
#[test]
fn a_book_that_is_submitted_while_a_worker_gives_a_part_up_is_spoken() {
    let book = book_with_a_long_word();
    let folder = book.folder.path();
    let (mut given_up, mut finished) = (false, false);
    let ((tell_held, held), (go_on, goes_on)) = (channel(), channel::<()>());
    let url = between(book.address, move |subject, message| {
        if finished {
            tell_held.send(()).unwrap();
            return Err(ErrorKind::ConnectionAborted.into());
        }
        if given_up && subject.starts_with("$JS.ACK.") {
            tell_held.send(()).unwrap();
            goes_on.recv().unwrap();
            finished = true;
        }
        given_up |=
            subject.starts_with("kokoro.tries.") && message.windows(15).any(|bytes| bytes == b"\"given_up\":true");
        Ok(())
    });
    let late = Worker::start_with(folder, &url, &LITTLE_MEMORY);
    held.recv().unwrap();
    Worker::spawn(folder, &resubmitting(&book.url)).await_line("1 of 2 parts queued");
    go_on.send(()).unwrap();
    held.recv().unwrap();
    late.kill();
    assert_eq!(record_of_tries(book.address), None);
    book.assert_listed(1, 2);
    let mut worker = Worker::start(folder, &book.url);
    worker.await_line("finished");
    output(folder, &collecting(&book.id, &book.url));
    assert_whole(folder);
}

/// A worker that speaks what it is given and cannot store the samples, so many times; then nothing more of it reaches the server. Each
/// time is two tries of storing.
fn fail_to_store(folder: &Path, server: SocketAddr, times: usize) {
    let (mut chunks, mut removed) = (String::new(), 0);
    let url = between(server, move |subject, _| {
        if subject.starts_with(CHUNKS) {
            subject.clone_into(&mut chunks);
        } else if kind_of(subject) == Some(Kind::Samples) {
            remove_chunks(server, &chunks);
            removed += 1;
        } else if removed == 2 * times && subject.starts_with("$JS.API.CONSUMER.MSG.NEXT.") {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    });
    let mut worker = Worker::start(folder, &url);
    (0..times).for_each(|_| drop(worker.await_line("cannot keep an object")));
    worker.kill();
}

#[test]
fn only_tries_that_fail_by_the_part_itself_are_recorded_and_they_are_forgotten_when_it_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_book(folder, "book.epub", "Part", 0);
    fs::write(folder.join("book.txt"), format!("It is {}.", long_word())).unwrap();
    let address = free_address();
    let url = format!("nats://{address}");
    let _server = server(folder, address, ROOM);
    let id = submit(folder, "book.txt", &url);

    // A second delivery is recorded before it is tried, lest the worker dies of it.
    fail_to_store(folder, address, 2);
    assert_eq!(record_of_tries(address), None);

    let mut worker = Worker::start_with(folder, &url, &LITTLE_MEMORY);
    worker.await_line("not enough GPU memory");
    worker.kill();
    let before = record_of_tries(address).unwrap();
    assert!(before["error"].as_str().unwrap().contains("not enough GPU memory"), "{before}");
    assert_eq!(before["given_up"], json!(false), "{before}");
    fail_to_store(folder, address, 1);
    assert_eq!(record_of_tries(address), Some(before));

    let mut worker = Worker::start(folder, &url);
    worker.await_line("finished");
    assert_eq!(record_of_tries(address), None);
    output(folder, &collecting(&id, &url));
    assert!(names(&folder.join("collected")).iter().any(|name| name.ends_with(".flac")));
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
