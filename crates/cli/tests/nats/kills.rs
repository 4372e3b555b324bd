//! Workers that are killed, and a server that is restarted.

use std::time::Duration;

use super::setup::{NARROW, READING, ROOM, Submitted, Worker, assert_whole, collecting, deliveries, output, server};

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
