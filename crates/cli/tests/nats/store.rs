//! Stores and disks that lose what they have, or are full.

use std::fs;
use std::io::ErrorKind;
use std::process::Command;
use std::sync::mpsc::channel;

use serde_json::json;

use super::between::{CHUNKS, Kind, PARTS, ask, between, kind_of, remove_chunks};
use super::setup::{
    ROOM, Submitted, Worker, assert_whole, collecting, free_address, output, server, speak_alone, submit, write_book,
};

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
    let url = between(address, move |subject, _| {
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
    let url = between(address, move |subject, _| {
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
    let bytes = ask(address, "INFO", PARTS, &json!({}))["state"]["bytes"].as_u64().unwrap();
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
