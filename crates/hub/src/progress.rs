//! Progress reports to the caller, who may stop the download through them.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Interval between two reports, and between two tries for a lock, while waiting.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The current step of a [`fetch`](crate::fetch).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Another program is downloading the same file, or the next try is due after a pause.
    Waiting,
    /// Bytes are arriving.
    Receiving,
    /// The checksum is being computed.
    Checking,
}

/// A progress report of a [`fetch`](crate::fetch).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The file's path in the repository.
    pub file: &'a str,
    /// The current step.
    pub phase: Phase,
    /// Bytes received so far or, in [`Phase::Checking`], bytes hashed so far. Falls when a download has to restart.
    pub done: u64,
    /// The file's length in bytes, once known.
    pub total: Option<u64>,
}

/// Passes progress of one file to the caller's callback.
pub(super) struct Reporter<'a> {
    pub file: &'a str,
    pub total: Option<u64>,
    pub callback: &'a mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
}

impl Reporter<'_> {
    /// Calls the callback; [`Error::Cancelled`] if it asks to stop.
    pub fn report(&mut self, phase: Phase, done: u64) -> Result<()> {
        match (self.callback)(Progress { file: self.file, phase, done, total: self.total }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled { file: self.file.to_owned() }),
        }
    }

    /// Sleeps for `duration`, reporting every [`POLL_INTERVAL`].
    pub fn sleep(&mut self, duration: Duration, done: u64) -> Result<()> {
        let end = Instant::now() + duration;
        loop {
            self.report(Phase::Waiting, done)?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(POLL_INTERVAL));
        }
    }
}
