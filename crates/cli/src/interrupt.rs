//! Ctrl-C: once to stop with what was made, twice to stop at once.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::failure::note;
use crate::output;

/// Status of a program that Ctrl-C stopped, by the shells' convention.
pub const STATUS: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C asks first.
pub fn watch(quiet: bool) {
    let watched = ctrlc::set_handler(move || {
        if ASKED.swap(true, Ordering::Relaxed) {
            output::discard();
            std::process::exit(STATUS.into());
        }
        if !quiet {
            note("stopping after what is being spoken; Ctrl-C again stops at once and leaves no file");
        }
    });
    if let Err(error) = watched {
        log::debug!("Ctrl-C will stop at once: {error}");
    }
}

/// Whether the user wants to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// Standard input, which ends when the user wants to stop: a read would not.
pub fn stdin() -> impl Read + Send {
    let (sender, pieces) = mpsc::sync_channel(0);
    std::thread::spawn(move || {
        let mut piece = vec![0; 1 << 13];
        loop {
            let read = io::stdin().lock().read(&mut piece).map(|count| piece[..count].to_vec());
            let last = read.as_ref().map_or(true, Vec::is_empty);
            if sender.send(read).is_err() || last {
                return;
            }
        }
    });
    Pieces { pieces, left: Vec::new() }
}

struct Pieces {
    pieces: Receiver<io::Result<Vec<u8>>>,
    left: Vec<u8>,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.left.is_empty() && !asked() {
            match self.pieces.recv_timeout(Duration::from_millis(100)) {
                Ok(piece) => {
                    self.left = piece?;
                    if self.left.is_empty() {
                        return Ok(0);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        let count = into.len().min(self.left.len());
        into[..count].copy_from_slice(&self.left[..count]);
        self.left.drain(..count);
        Ok(count)
    }
}
