//! A file's identity by its contents, as the hub names its blobs.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::{Phase, Watch};

/// Large files are named by SHA-256, small ones by their git blob id (SHA-1 of a header and the contents).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Checksum {
    /// 64 lower-case hexadecimal digits.
    Sha256(String),
    /// 40 lower-case hexadecimal digits.
    Git(String),
}

impl Checksum {
    /// From an `ETag`, `X-Linked-ETag` or the name of a blob. Anything else than 64 or 40 digits is no checksum.
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

    /// The digits, which are the blob's name too.
    pub fn digits(&self) -> &str {
        match self {
            Self::Sha256(digits) | Self::Git(digits) => digits,
        }
    }

    /// The same kind of checksum of a file's contents.
    pub fn of_file(&self, path: &Path, watch: &mut Watch<'_>) -> Result<Self> {
        let mut file = File::open(path).map_err(Error::io("open", path))?;
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        match self {
            Self::Sha256(_) => digest(Sha256::new(), &mut file, path, watch).map(Self::Sha256),
            Self::Git(_) => {
                let header = Sha1::new().chain_update(format!("blob {length}\0"));
                digest(header, &mut file, path, watch).map(Self::Git)
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

fn digest(mut hash: impl Digest, file: &mut File, path: &Path, watch: &mut Watch<'_>) -> Result<String> {
    let mut buffer = vec![0; 1 << 18];
    let mut done = 0;
    loop {
        let count = file.read(&mut buffer).map_err(Error::io("read", path))?;
        if count == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..count]);
        done += count as u64;
        watch.tell(Phase::Checking, done)?;
    }
}
