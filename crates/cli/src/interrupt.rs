//! Ctrl-C: the first finishes the files and stops, the second stops at once.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::failure::note;
use crate::output;

/// Exit status after Ctrl-C, as shells define it.
pub const STATUS: u8 = 130;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler: from now on the first Ctrl-C only sets a flag.
pub fn install(quiet: bool) {
    let installed = ctrlc::set_handler(move || {
        request();
        if !quiet {
            note("stopping after the current chunk; Ctrl-C again stops at once and leaves no file");
        }
    });
    if let Err(error) = installed {
        log::debug!("Ctrl-C will stop at once: {error}");
    }
}

/// Sets the flag, or stops at once if it is set.
fn request() {
    if REQUESTED.swap(true, Ordering::Relaxed) {
        output::discard();
        std::process::exit(STATUS.into());
    }
}

/// Whether Ctrl-C was pressed.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Takes requests to end, as Kubernetes sends them, for Ctrl-C.
#[cfg(feature = "nats")]
pub async fn at_termination() {
    #[cfg(unix)]
    if let Ok(mut signals) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        while signals.recv().await.is_some() {
            request();
        }
    }
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
