//! A buffered writer that is flushed and taken back while a library holds it.

use std::cell::RefCell;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::rc::Rc;

/// hound and flac-codec write a few bytes at a time, keep their writer to themselves, and never return it. This one is
/// shared with them.
pub(super) struct Shared<W: Write>(Rc<RefCell<BufWriter<W>>>);

impl<W: Write> Shared<W> {
    pub fn new(out: W) -> Self {
        Self(Rc::new(RefCell::new(BufWriter::new(out))))
    }

    /// Another handle of the same writer.
    pub fn handle(&self) -> Self {
        Self(Rc::clone(&self.0))
    }

    /// Flushes and returns the writer, once all other handles are dropped.
    pub fn into_inner(self) -> io::Result<W> {
        let writer = Rc::try_unwrap(self.0).map_err(|_| io::Error::other("the encoder is still in use"))?;
        writer.into_inner().into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

impl<W: Write + Seek> Seek for Shared<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}
