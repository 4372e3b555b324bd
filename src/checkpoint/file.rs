//! Files as users have them: opened with care, and named for what they are when they are something else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process;

use memmap2::Mmap;
#[cfg(unix)]
use memmap2::UncheckedAdvice;

use super::torch::is_zip;
use crate::{Error, Result};

/// A whole file.
pub(crate) enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Bytes {
    /// Gives a range back to the system, if it is mapped: it would count as this process's memory for as long as the
    /// file is mapped, and is read again when it is looked at again.
    pub(crate) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        if let Self::Mapped(map) = self
            && range.len() >= WORTH_RELEASING
        {
            // SAFETY: nobody writes to the map, so that its pages are the file's and come back with the same bytes.
            #[expect(unsafe_code, reason = "327 MB less at the peak")]
            let released = unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, range.start, range.len()) };
            // Advice: without it everything works, in more memory.
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

/// Below this a call costs more than its pages are worth.
#[cfg(unix)]
const WORTH_RELEASING: usize = 64 << 10;

/// Opens a regular file for reading; also gives its length in bytes.
pub(crate) fn open(path: &Path) -> Result<(File, u64)> {
    // Asked before opening, because opening a named pipe waits for its writer.
    let found = fs::metadata(path).map_err(Error::io("open", path))?;
    if found.is_dir() {
        return Err(Error::io("open", path)(io::ErrorKind::IsADirectory.into()));
    }
    if !found.is_file() {
        return Err(bad(&path.display().to_string(), "is not a regular file"));
    }
    Ok((File::open(path).map_err(Error::io("open", path))?, found.len()))
}

/// Reads a regular file that should have at most `most` bytes.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>> {
    let (file, length) = open(path)?;
    if length > most {
        return Err(bad(&path.display().to_string(), format!("has {length} bytes, at most {most} are expected")));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(most).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    Ok(bytes)
}

/// Maps a regular file into memory.
pub(crate) fn map(path: &Path) -> Result<Bytes> {
    let (file, length) = open(path)?;
    if length == 0 {
        return Ok(Bytes::Owned(Vec::new()));
    }
    // SAFETY: sound as long as nobody rewrites the file while it is mapped, which no program can enforce and
    // everyone who maps weights assumes. No reference outlives the map, only bytes are read, and each value is
    // checked after it was copied. A file shortened meanwhile ends the process with SIGBUS.
    #[expect(unsafe_code, reason = "mapping 327 MB spares the host a second copy of the weights")]
    let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
    Ok(Bytes::Mapped(map))
}

/// Writes a file as a whole or not at all: beside its place first, under another name, then renamed over what is there.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(bad(&path.display().to_string(), "is not a regular file, it cannot be replaced"));
    }
    let (part, file) = create_beside(path).map_err(Error::io("create", path))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let written = write(&mut out).and_then(|()| out.flush()).and_then(|()| out.get_ref().sync_all());
    drop(out);
    written.and_then(|()| fs::rename(&part, path)).map_err(|error| {
        // The reason that is told is the first one.
        drop(fs::remove_file(&part));
        Error::io("write", path)(error)
    })
}

/// Writes bytes as [`replace`] does, into a folder that is made if need be.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    replace(path, |out| out.write_all(bytes))
}

/// A new file in the folder of `path`, hidden where names with a dot are.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    for attempt in 0..100 {
        let part = path.with_file_name(format!(".{name}.{}-{attempt}.part", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&part) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => return file.map(|file| (part, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// What [`describe`] says of a file that it does not know.
pub(crate) const UNKNOWN: &str = "is another format";
/// What it says of a file by `numpy.savez`, if its name says so too.
pub(crate) const NUMPY_ARCHIVE: &str = "is a NumPy archive (.npz)";
/// What it says of a file that begins as ONNX models do, or whose name says so.
pub(crate) const ONNX: &str = "is an ONNX model";
/// What it says of a file by `torch.save` before PyTorch 1.6, or with its zip form switched off.
pub(crate) const PICKLE: &str = "is a pickle, as old versions of PyTorch wrote for .pth and .pt";
/// What helps then.
pub(crate) const PICKLE_REMEDY: &str =
    "load it with a current PyTorch and save it again, `torch.save(torch.load(IN, weights_only=True), OUT)`";

/// What a file that starts so is, when it is one of those that people mistake for what was asked.
pub(crate) fn describe(origin: &str, head: &[u8]) -> &'static str {
    let extension = Path::new(origin).extension().unwrap_or_default().to_ascii_lowercase();
    // Protobuf has no magic; an ONNX model begins with field 1 (ir_version, small) and goes on with another varint or a string.
    let protobuf = head.len() > 2 && head[0] == 0x08 && head[1] < 0x20 && matches!(head[2], 0x10 | 0x12 | 0x1A | 0x3A);
    match head {
        [] => "is empty",
        _ if is_zip(head) && extension == "npz" => NUMPY_ARCHIVE,
        _ if is_zip(head) => "is a zip archive, as PyTorch writes for .pth and .pt",
        [0x80, 2..=5, ..] => PICKLE,
        _ if head.starts_with(b"\x93NUMPY") => "is a NumPy array (.npy)",
        _ if head.starts_with(b"GGUF") => gguf(head),
        _ if head.starts_with(b"version https://git-lfs") => {
            "is a Git LFS pointer, not the file itself (`git lfs pull` fetches it)"
        }
        [b'<', ..] => "is a web page (a download that went wrong?)",
        _ if extension == "onnx" || protobuf => ONNX,
        _ => UNKNOWN,
    }
}

/// Which of the programs that call their own names and packing GGUF wrote a file.
fn gguf(head: &[u8]) -> &'static str {
    // The names of tensors come after a few kilobytes of metadata.
    let head = &head[..head.len().min(1 << 20)];
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    if has(b"kokoro.albert.") {
        "is a GGUF model in the form of TTS.cpp and koboldcpp, which is not read"
    } else if has(b"kokoro.bert.") {
        "is a GGUF model in the form of elizaOS, which is not read"
    } else if has(b"bert.embd.") || has(b"pred.dur_enc.") {
        "is a GGUF model in the form of CrispASR, which is not read"
    } else {
        "is a GGUF model"
    }
}

/// `Error::BadFile` in one short call.
pub(crate) fn bad(origin: &str, reason: impl Into<String>) -> Error {
    Error::BadFile { origin: origin.to_owned(), reason: reason.into() }
}
