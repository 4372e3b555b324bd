//! Uploads in a browser. It copies the bytes into memory that it shares with its GPU process, so a ring of mapped buffers would
//! only add a copy, and waiting for one is impossible.

use super::Context;
use crate::error::Result;

/// Bytes that are handed over at once. Each time costs two error scopes, whose results arrive only after all uploads, and which
/// take memory between that of the tensors until then.
const PIECE: usize = 1 << 20;
/// Bytes after which an empty submission lets the browser free its copies.
const BYTES_PER_SUBMIT: u64 = 8 << 20;

/// Writes into buffers of any size.
pub(crate) struct Staging {
    context: Context,
    /// Bytes that follow one another in a buffer, and were not handed over yet.
    piece: Vec<u8>,
    /// Their buffer and offset.
    at: Option<(wgpu::Buffer, u64)>,
    /// Bytes since the last submission.
    unsubmitted: u64,
}

impl Staging {
    pub fn new(context: &Context) -> Self {
        Self { context: context.clone(), piece: Vec::with_capacity(PIECE), at: None, unsubmitted: 0 }
    }

    /// Writes `bytes` at `offset` of `target`, in bytes; the length and `offset` are multiples of four. Submissions after
    /// [`finish`](Self::finish) see them.
    pub fn write(&mut self, target: &wgpu::Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        let end = self.at.as_ref().map(|(buffer, start)| (buffer, start + self.piece.len() as u64));
        if end != Some((target, offset)) || self.piece.len() + bytes.len() > PIECE {
            self.flush()?;
        }
        if bytes.len() > PIECE {
            self.upload(target, offset, bytes)?;
        } else {
            self.at.get_or_insert_with(|| (target.clone(), offset));
            self.piece.extend_from_slice(bytes);
        }
        if self.unsubmitted >= BYTES_PER_SUBMIT { self.finish() } else { Ok(()) }
    }

    /// Uploads the collected piece.
    fn flush(&mut self) -> Result<()> {
        let Some((target, offset)) = self.at.take() else { return Ok(()) };
        let mut piece = std::mem::take(&mut self.piece);
        let written = self.upload(&target, offset, &piece);
        piece.clear();
        self.piece = piece;
        written
    }

    fn upload(&mut self, target: &wgpu::Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        self.unsubmitted += bytes.len() as u64;
        self.context.guarded("uploading the weights", || self.context.queue().write_buffer(target, offset, bytes))
    }

    /// Submits the writes. Later submissions see them without a wait.
    pub fn finish(&mut self) -> Result<()> {
        self.flush()?;
        self.unsubmitted = 0;
        self.context.guarded("uploading the weights", || drop(self.context.queue().submit([])))
    }
}
