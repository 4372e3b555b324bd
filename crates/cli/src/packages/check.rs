//! Files compared with their expected size and checksum.

use std::fs::File;
use std::io;
use std::path::Path;

use super::pins::Pin;
use super::{PackageError, disk};
use crate::sha256::Hasher;

impl Pin<'_> {
    /// Whether the file exists and has the expected size.
    pub fn has_size(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == self.size)
    }

    /// Whether the file exists with the expected size and checksum.
    pub fn matches(&self, path: &Path) -> bool {
        path.exists()
            && match self.check(path, &path.display().to_string()) {
                Ok(()) => true,
                Err(error) => {
                    log::warn!("{error}");
                    false
                }
            }
    }

    /// Checks the file's size and checksum. Error messages begin with `subject`.
    pub fn check(&self, path: &Path, subject: &str) -> Result<(), PackageError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(PackageError::Mismatch(format!("{subject} is missing")));
            }
            Err(error) => return Err(disk("open", path)(error)),
        };
        let size = file.metadata().map_err(disk("read", path))?.len();
        if size != self.size {
            return Err(PackageError::Mismatch(format!("{subject} has {size} bytes, expected {}", self.size)));
        }
        let mut hash = Hasher::default();
        io::copy(&mut io::BufReader::with_capacity(1 << 18, file), &mut hash).map_err(disk("read", path))?;
        let sha256 = hash.finish();
        match sha256 == self.sha256 {
            true => Ok(()),
            false => Err(PackageError::Mismatch(format!("{subject} has SHA-256 {sha256}, expected {}", self.sha256))),
        }
    }
}
