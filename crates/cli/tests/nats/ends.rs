//! How a worker ends.

use std::process::Command;
use std::sync::mpsc::channel;

use super::between::{CHUNKS, between};
use super::setup::{Submitted, Worker, free_address};

/// Asks a worker to end, as Kubernetes does.
fn terminate(worker: &Worker) {
    let process = worker.running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
}

#[test]
fn a_worker_shows_that_it_is_alive_and_ends_when_it_is_asked_to() {
    let book = Submitted::new(1);
    let folder = book.folder.path();
    let mut worker = Worker::start_with(folder, &book.url, &["--alive", "alive"]);
    (0..2).for_each(|_| drop(worker.await_line("finished")));
    assert!(folder.join("alive").is_file());
    terminate(&worker);
    assert_eq!(worker.running.0.wait().unwrap().code(), Some(0));
    // What one has left says nothing of the next, which hears no server.
    let url = format!("nats://{}", free_address());
    Worker::start_with(folder, &url, &["--alive", "alive"]).await_line("cannot connect");
    assert!(!folder.join("alive").exists());
}

/// Its part takes as long as the test lets it: it is held as it begins to store it.
#[test]
fn a_second_signal_ends_a_worker_in_the_middle_of_a_part() {
    let book = Submitted::new(1);
    let (tell_held, held) = channel();
    let (_go_on, goes_on) = channel::<()>();
    let url = between(book.address, move |subject, _| {
        if subject.starts_with(CHUNKS) {
            tell_held.send(()).unwrap();
            let _ = goes_on.recv(); // until the test ends
        }
        Ok(())
    });
    let mut worker = Worker::start(book.folder.path(), &url);
    held.recv().unwrap();
    // Two that come before the first is taken are one, so there are as many as it takes.
    let status = loop {
        terminate(&worker);
        if let Some(status) = worker.running.0.try_wait().unwrap() {
            break status;
        }
    };
    assert_eq!(status.code(), Some(130), "neither the end of the part nor the signal itself");
    book.assert_listed(0, 2);
}
