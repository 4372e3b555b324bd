//! Checksums by which the hub names the blobs in its cache.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::progress::{Phase, Reporter};

/// SHA-256 for large files (LFS), git's blob id (SHA-1 of a header and the contents) for small ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Checksum {
    /// 64 lower-case hexadecimal digits.
    Sha256(String),
    /// 40 lower-case hexadecimal digits.
    Git(String),
}

impl Checksum {
    /// Parses an `ETag`, an `X-Linked-ETag` or a blob's name. `None` unless it has 64 or 40 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().trim_start_matches("W/").trim_matches('"').to_ascii_lowercase();
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        match digits.len() {
            64 => Some(Self::Sha256(digits)),
            40 => Some(Self::Git(digits)),
            _ => None,
        }
    }

    /// The hexadecimal digits, which are also the blob's name.
    pub fn digits(&self) -> &str {
        match self {
            Self::Sha256(digits) | Self::Git(digits) => digits,
        }
    }

    /// Computes the same kind of checksum of a file.
    pub fn of_file(&self, path: &Path, reporter: &mut Reporter<'_>) -> Result<Self> {
        let mut file = File::open(path).map_err(Error::io("open", path))?;
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        match self {
            Self::Sha256(_) => digest(Sha256::new(), &mut file, path, reporter).map(Self::Sha256),
            Self::Git(_) => {
                let header = Sha1::new().chain_update(format!("blob {length}\0"));
                digest(header, &mut file, path, reporter).map(Self::Git)
            }
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(digits) => write!(f, "SHA-256 {digits}"),
            Self::Git(digits) => write!(f, "git id {digits}"),
        }
    }
}

fn digest(mut hash: impl Digest, file: &mut File, path: &Path, reporter: &mut Reporter<'_>) -> Result<String> {
    let mut buffer = vec![0; 1 << 18];
    let mut done = 0;
    loop {
        let count = file.read(&mut buffer).map_err(Error::io("read", path))?;
        if count == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..count]);
        done += count as u64;
        reporter.report(Phase::Checking, done)?;
    }
}
