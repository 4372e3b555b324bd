//! Files as users have them: opened with care, and named for what they are when they are something else.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::{Error, Result};

/// Opens a regular file for reading; also gives its length in bytes.
pub(crate) fn open(path: &Path) -> Result<(File, u64)> {
    // Asked before opening, because opening a named pipe waits for its writer.
    let found = std::fs::metadata(path).map_err(Error::io("open", path))?;
    if found.is_dir() {
        return Err(Error::io("open", path)(io::ErrorKind::IsADirectory.into()));
    }
    if !found.is_file() {
        return Err(bad(&path.display().to_string(), "is not a regular file"));
    }
    Ok((File::open(path).map_err(Error::io("open", path))?, found.len()))
}

/// What [`describe`] says of a file that it does not know.
pub(crate) const UNKNOWN: &str = "is another format";

/// What a file that starts so is, when it is one of those that people mistake for what was asked.
pub(crate) fn describe(origin: &str, head: &[u8]) -> &'static str {
    let extension = Path::new(origin).extension().unwrap_or_default().to_ascii_lowercase();
    let zip = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
    // Protobuf has no magic; an ONNX model begins with field 1 (ir_version, small) and goes on with another varint or a string.
    let protobuf = head.len() > 2 && head[0] == 0x08 && head[1] < 0x20 && matches!(head[2], 0x10 | 0x12 | 0x1A | 0x3A);
    match head {
        [] => "is empty",
        _ if zip && extension == "npz" => "is a NumPy archive (.npz)",
        _ if zip => "is a zip archive, as PyTorch writes for .pth and .pt",
        [0x80, 2..=5, ..] => "is a pickle, as old versions of PyTorch wrote for .pth and .pt",
        _ if head.starts_with(b"\x93NUMPY") => "is a NumPy array (.npy)",
        _ if head.starts_with(b"GGUF") => "is a GGUF model",
        _ if head.starts_with(b"version https://git-lfs") => {
            "is a Git LFS pointer, not the file itself (`git lfs pull` fetches it)"
        }
        [b'<', ..] => "is a web page (a download that went wrong?)",
        _ if extension == "onnx" || protobuf => "is an ONNX model",
        _ => UNKNOWN,
    }
}

/// `Error::BadFile` in one short call.
pub(crate) fn bad(origin: &str, reason: impl Into<String>) -> Error {
    Error::BadFile { origin: origin.to_owned(), reason: reason.into() }
}
