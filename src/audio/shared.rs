//! A buffered writer that is flushed and taken back while a library holds it.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// hound and flac-codec write a few bytes at a time, keep their writer to themselves, and never return it. This one is
/// shared with them.
pub(super) struct Shared<W: Write>(Arc<Mutex<BufWriter<W>>>);

impl<W: Write> Shared<W> {
    pub fn new(out: W) -> Self {
        Self(Arc::new(Mutex::new(BufWriter::new(out))))
    }

    /// Another handle of the same writer.
    pub fn handle(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    fn lock(&self) -> MutexGuard<'_, BufWriter<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Flushes and returns the writer, once all other handles are dropped.
    pub fn into_inner(self) -> io::Result<W> {
        let writer = Arc::into_inner(self.0).ok_or_else(|| io::Error::other("the encoder is still in use"))?;
        writer.into_inner().unwrap_or_else(PoisonError::into_inner).into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

impl<W: Write + Seek> Seek for Shared<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.lock().seek(to)
    }
}
