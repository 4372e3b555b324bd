//! Uploads in a browser. It copies the bytes into memory that it shares with its GPU process, so a ring of mapped buffers would
//! only add a copy, and waiting for one is impossible.

use super::Context;
use crate::error::Result;

/// Bytes after which an empty submission lets the browser free its copies.
const BYTES_PER_SUBMIT: u64 = 8 << 20;

/// Writes into buffers of any size.
pub(crate) struct Staging {
    context: Context,
    /// Bytes since the last submission.
    unsubmitted: u64,
}

impl Staging {
    pub fn new(context: &Context) -> Self {
        Self { context: context.clone(), unsubmitted: 0 }
    }

    /// Writes `bytes` at `offset` of `target`, in bytes; the length and `offset` are multiples of four. Later submissions see
    /// them.
    pub fn write(&mut self, target: &wgpu::Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        self.context.guarded("uploading the weights", || self.context.queue().write_buffer(target, offset, bytes))?;
        self.unsubmitted += bytes.len() as u64;
        if self.unsubmitted >= BYTES_PER_SUBMIT { self.finish() } else { Ok(()) }
    }

    /// Submits the writes. Later submissions see them without a wait.
    pub fn finish(&mut self) -> Result<()> {
        self.unsubmitted = 0;
        self.context.guarded("uploading the weights", || drop(self.context.queue().submit([])))
    }
}
