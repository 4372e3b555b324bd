//! A checkpoint's bytes: in memory, mapped, or read from a file in parts, of which only the first may be there yet.

use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::error::{Error, Result};
use crate::util::files::Bytes;

/// Bytes between two pages of a file that is read in parts. An ONNX model has a name, and so a page, beside each of its tensors.
const PAGE: usize = 4 << 10;
/// Bytes by which a page overlaps the next one, so that a name across their border is within a page.
const OVERLAP: usize = 1 << 10;

pub(super) enum Content {
    Memory(Bytes),
    Paged(Paged),
}

impl Content {
    pub fn view(&self) -> View<'_> {
        match self {
            Self::Memory(bytes) => View::Whole(bytes.as_ref()),
            Self::Paged(paged) => View::Paged(paged),
        }
    }

    /// Frees what [`View::get`] has read.
    pub fn forget(&mut self) {
        if let Self::Paged(paged) = self {
            paged.pages = blank(paged.available);
        }
    }

    /// Releases a mapped range that was read.
    pub fn release(&self, range: Range<usize>) {
        if let Self::Memory(bytes) = self {
            bytes.release(range);
        }
    }

    /// The error of the first read that failed, once: the cause of whatever was found wrong since.
    pub fn failure(&self, origin: &str) -> Option<Error> {
        let Self::Paged(paged) = self else { return None };
        let failed = paged.source.lock().unwrap_or_else(PoisonError::into_inner).failed.take();
        failed.map(Error::io("read", origin))
    }
}

/// A whole file, as parsers and tensors see it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum View<'a> {
    Whole(&'a [u8]),
    Paged(&'a Paged),
}

impl<'a> From<&'a [u8]> for View<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Whole(bytes)
    }
}

impl<'a> View<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Paged(paged) => paged.length,
        }
    }

    /// Number of the first bytes that can be read: fewer than [`len`](Self::len) while the rest is on its way.
    pub(crate) fn available(self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Paged(paged) => paged.available,
        }
    }

    /// Whether the end of the file is not there yet.
    pub(crate) fn is_prefix(self) -> bool {
        self.available() < self.len()
    }

    /// The first bytes, at most `limit`.
    pub(crate) fn head(self, limit: usize) -> &'a [u8] {
        self.get(0..limit.min(self.available())).unwrap_or_default()
    }

    /// Bytes of a file's structure, which stay in memory until the file is parsed; `None` for bytes that are not there.
    pub(crate) fn get(self, range: Range<usize>) -> Option<&'a [u8]> {
        match self {
            Self::Whole(bytes) => bytes.get(range),
            Self::Paged(paged) => paged.get(range),
        }
    }

    /// Bytes of values, which are not kept. The error is a reason.
    pub(crate) fn read(self, range: Range<usize>) -> Result<Cow<'a, [u8]>, String> {
        let found = match self {
            Self::Whole(bytes) => bytes.get(range).map(Cow::Borrowed),
            Self::Paged(paged) => paged.read(range).map(Cow::Owned),
        };
        found.ok_or_else(|| "cannot be read".to_owned())
    }
}

/// A file that is read when its bytes are needed.
#[derive(Debug)]
pub(crate) struct Paged {
    source: Mutex<Source>,
    /// Bytes of the whole file.
    length: usize,
    /// Bytes of it that the source has.
    available: usize,
    pages: Box<[OnceLock<Piece>]>,
}

struct Source {
    reader: Box<dyn Reader>,
    /// The first error.
    failed: Option<io::Error>,
}

trait Reader: Read + Seek + wgpu::WasmNotSend {}
impl<T: Read + Seek + wgpu::WasmNotSend> Reader for T {}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("failed", &self.failed).finish_non_exhaustive()
    }
}

/// Bytes from the start of a page on, and a longer piece once more of them were needed.
#[derive(Debug)]
struct Piece {
    bytes: Box<[u8]>,
    longer: Box<OnceLock<Piece>>,
}

fn blank(available: usize) -> Box<[OnceLock<Piece>]> {
    (0..available.div_ceil(PAGE)).map(|_| OnceLock::new()).collect()
}

impl Paged {
    /// `length`: bytes of the whole file, if the reader does not have all of it yet.
    pub(super) fn new(
        origin: &str,
        mut reader: impl Read + Seek + wgpu::WasmNotSend + 'static,
        length: Option<u64>,
    ) -> Result<Self> {
        let available = reader.seek(SeekFrom::End(0)).map_err(Error::io("read", Path::new(origin)))?;
        let length = length.unwrap_or(available).max(available);
        let length = usize::try_from(length)
            .map_err(|_| Error::bad_file(origin, format!("has {length} bytes, more than this machine can address")))?;
        let available = available as usize; // at most the length
        let source = Mutex::new(Source { reader: Box::new(reader), failed: None });
        Ok(Self { source, length, available, pages: blank(available) })
    }

    fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        if range.end > self.available {
            return None;
        }
        if range.start >= range.end {
            return (range.start == range.end).then_some(&[]);
        }
        let page = range.start / PAGE;
        let first = page * PAGE;
        let within = range.start - first..range.end.checked_sub(first)?;
        let mut slot = self.pages.get(page)?;
        let mut length = PAGE + OVERLAP;
        loop {
            if slot.get().is_none() {
                let end = (first + length.max(within.end)).min(self.available);
                let bytes = self.read(first..end)?.into_boxed_slice();
                // Another thread may have set it to the same bytes.
                let _ = slot.set(Piece { bytes, longer: Box::default() });
            }
            let piece = slot.get()?;
            if let Some(bytes) = piece.bytes.get(within.clone()) {
                return Some(bytes);
            }
            slot = &piece.longer;
            length = 2 * piece.bytes.len(); // few pieces for a page, however long its parts are
        }
    }

    fn read(&self, range: Range<usize>) -> Option<Vec<u8>> {
        if range.start > range.end || range.end > self.available {
            return None;
        }
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let Source { reader, failed } = &mut *source;
        let mut read = || {
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(range.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
            bytes.resize(range.len(), 0);
            reader.seek(SeekFrom::Start(range.start as u64))?;
            reader.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        match read() {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                failed.get_or_insert(error);
                None
            }
        }
    }
}
