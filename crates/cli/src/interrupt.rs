//! Ctrl-C and SIGTERM: the first finishes the files and stops, a Ctrl-C after it stops at once.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::failure::note;
use crate::output;

/// Exit status after Ctrl-C, as shells define it, and after SIGTERM.
pub const STATUS: u8 = 130;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler: from now on the first Ctrl-C or SIGTERM only sets a flag.
pub fn install(quiet: bool) {
    handle(move |signal| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            // `timeout` sends SIGTERM twice, to the program and to its group.
            if signal == Signal::CtrlC {
                stop();
            }
            return;
        }
        if !quiet {
            note("stopping after the current chunk; Ctrl-C again stops at once and leaves no file");
        }
    });
}

/// Installs a handler that removes unfinished files at the first Ctrl-C or SIGTERM, and stops.
pub fn install_at_once() {
    handle(|_| stop());
}

fn stop() {
    output::discard();
    std::process::exit(STATUS.into());
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    CtrlC,
    #[cfg(unix)]
    Term,
}

fn handle(action: impl Fn(Signal) + Clone + Send + 'static) {
    // SIGHUP keeps its meaning: `nohup` has it ignored.
    #[cfg(unix)]
    match signal_hook::iterator::Signals::new([signal_hook::consts::SIGTERM]) {
        Ok(mut signals) => {
            let action = action.clone();
            std::thread::spawn(move || signals.forever().for_each(|_| action(Signal::Term)));
        }
        Err(error) => log::debug!("SIGTERM will stop at once: {error}"),
    }
    if let Err(error) = ctrlc::set_handler(move || action(Signal::CtrlC)) {
        log::debug!("Ctrl-C will stop at once: {error}");
    }
}

/// Whether Ctrl-C was pressed, or SIGTERM came.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Standard input that ends at Ctrl-C. A blocked read of the system's own would not.
pub fn stdin() -> impl Read + Send {
    let (sender, blocks) = mpsc::sync_channel(0);
    std::thread::spawn(move || {
        let mut block = vec![0; 1 << 13];
        loop {
            let read = io::stdin().lock().read(&mut block).map(|count| block[..count].to_vec());
            let last = read.as_ref().map_or(true, Vec::is_empty);
            if sender.send(read).is_err() || last {
                return;
            }
        }
    });
    Stdin { blocks, rest: Vec::new() }
}

struct Stdin {
    blocks: Receiver<io::Result<Vec<u8>>>,
    /// Bytes that were received and not read.
    rest: Vec<u8>,
}

impl Read for Stdin {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !requested() {
            match self.blocks.recv_timeout(Duration::from_millis(100)) {
                Ok(block) => {
                    self.rest = block?;
                    if self.rest.is_empty() {
                        return Ok(0);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        let count = into.len().min(self.rest.len());
        into[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}
