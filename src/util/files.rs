//! Memory maps, and files that are replaced as a whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::ops::Range;
use std::path::Path;

use memmap2::Mmap;
#[cfg(unix)]
use memmap2::UncheckedAdvice;
use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// A whole file.
pub(crate) enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Bytes {
    /// Releases the mapped pages of a range, which otherwise count as this process's memory until the file is unmapped.
    /// The system reads them again when they are accessed again.
    pub(crate) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        if let Self::Mapped(map) = self
            && range.len() >= MIN_RELEASE
        {
            // SAFETY: the map is never written to, so its pages are the file's and come back with the same bytes.
            #[expect(unsafe_code, reason = "327 MB less at the peak")]
            let released = unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, range.start, range.len()) };
            // A failure costs memory, nothing else.
            drop(released);
        }
        #[cfg(not(unix))]
        let _ = range;
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// Bytes below which releasing pages is not worth a system call.
#[cfg(unix)]
const MIN_RELEASE: usize = 64 << 10;

/// Opens a regular file for reading; also returns its length in bytes.
fn open(path: &Path) -> Result<(File, u64)> {
    // Checked before opening, because opening a named pipe blocks until something writes to it.
    let found = fs::metadata(path).map_err(Error::io("open", path))?;
    if found.is_dir() {
        return Err(Error::io("open", path)(io::ErrorKind::IsADirectory.into()));
    }
    if !found.is_file() {
        return Err(Error::bad_file(&path.display(), "is not a regular file"));
    }
    Ok((File::open(path).map_err(Error::io("open", path))?, found.len()))
}

/// Reads a regular file of at most `limit` bytes.
pub(crate) fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let (file, length) = open(path)?;
    if length > limit {
        return Err(Error::bad_file(&path.display(), format!("has {length} bytes, at most {limit} are expected")));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(limit).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    Ok(bytes)
}

/// Maps a regular file into memory.
pub(crate) fn map(path: &Path) -> Result<Bytes> {
    let (file, length) = open(path)?;
    if length == 0 {
        return Ok(Bytes::Owned(Vec::new()));
    }
    // SAFETY: sound as long as nobody rewrites the file while it is mapped, which no program can enforce and every
    // program that maps weights assumes. No reference outlives the map, only bytes are read, and each value is checked
    // after it was copied. If the file is shortened meanwhile, the process ends with SIGBUS.
    #[expect(unsafe_code, reason = "mapping 327 MB spares a second copy of the weights")]
    let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
    Ok(Bytes::Mapped(map))
}

/// Writes a file that appears whole or not at all: to a temporary file in the same folder, which then replaces `path`.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<NamedTempFile>) -> io::Result<()>) -> Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(Error::bad_file(&path.display(), "is not a regular file, it cannot be replaced"));
    }
    let file = temporary_beside(path).map_err(Error::io("create", path))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let written = write(&mut out).and_then(|()| out.into_inner().map_err(io::IntoInnerError::into_error));
    let synced = written.and_then(|file| file.as_file().sync_all().map(|()| file));
    synced.and_then(|file| file.persist(path).map_err(|failed| failed.error)).map_err(Error::io("write", path))?;
    Ok(())
}

/// Writes `bytes` like [`replace`], and creates the folder if need be.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    replace(path, |out| out.write_all(bytes))
}

/// A new hidden file in the folder of `path`. Dropped, it is removed.
fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Opened here, because tempfile's own default permissions are 0600.
    tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".part")
        .make_in(folder, |path| File::options().write(true).create_new(true).open(path))
}
