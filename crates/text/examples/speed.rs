//! Counts how many bytes of English a second are read into phonemes, by one thread and by several at the same time.
//!
//! ```text
//! cargo run --release -p kokoro-text --example speed FILE [british]
//! ```
//!
//! Each thread reads the whole FILE, line by line, with the one reader that they share.

#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::error::Error;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use kokoro_text::G2p;
use kokoro_text::english::{Accent, English};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: speed FILE [british]")?;
    let accent = if std::env::args().nth(2).is_some_and(|accent| accent == "british") {
        Accent::British
    } else {
        Accent::American
    };
    let text = fs::read_to_string(path)?;
    let before = resident();
    let start = Instant::now();
    let english = English::new(accent)?;
    println!("loaded in {:?}, {} more resident", start.elapsed(), mebibytes(before, resident()));
    for threads in [1, 2] {
        let (before, used) = (resident(), processor());
        let start = Instant::now();
        let words = thread::scope(|scope| {
            let readers: Vec<_> = (0..threads).map(|_| scope.spawn(|| read(&english, &text))).collect();
            readers.into_iter().map(|reader| reader.join().map_err(|_| "a reader panicked")).sum::<Result<usize, _>>()
        })?;
        let taken = start.elapsed();
        let rate =
            |taken: Duration| (threads * text.len()) as f64 / 1000.0 / taken.max(Duration::from_nanos(1)).as_secs_f64();
        let of_processor = match (used, processor()) {
            (Some(before), Some(after)) if after > before => format!("{:.0} kB", rate(after - before)),
            _ => "unknown".to_owned(),
        };
        println!(
            "{threads} threads: {:.0} kB a second, {of_processor} a second of processor time, {words} words, {} more resident",
            rate(taken),
            mebibytes(before, resident()),
        );
    }
    Ok(())
}

/// The words of a text, counted.
fn read(english: &English, text: &str) -> usize {
    text.lines().map(|line| english.tokens(line).map_or(0, |tokens| tokens.len())).sum()
}

/// The processor time that all threads of this process have used, where the system tells it.
fn processor() -> Option<Duration> {
    let status = fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = status.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    // Linux counts hundredths of a second.
    Some(Duration::from_millis(10 * ticks))
}

/// The resident memory of this process in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

fn mebibytes(before: Option<u64>, after: Option<u64>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{:.1} MiB", after.saturating_sub(before) as f64 / 1_048_576.0),
        _ => "memory unknown".to_owned(),
    }
}
