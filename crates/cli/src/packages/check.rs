//! Files compared with what they must be.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::pins::Pin;
use super::{Problem, disk};

impl Pin<'_> {
    /// Whether the file is there and of the right length.
    pub fn fits(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == self.size)
    }

    /// Whether the file is there and right.
    pub fn holds(&self, path: &Path) -> bool {
        path.exists()
            && match self.check(path, &path.display().to_string()) {
                Ok(()) => true,
                Err(problem) => {
                    log::warn!("{problem}");
                    false
                }
            }
    }

    /// The file's length and checksum; `what` begins the sentence that says what is wrong.
    pub fn check(&self, path: &Path, what: &str) -> Result<(), Problem> {
        let found = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Problem::Wrong(format!("{what} is absent")));
            }
            Err(error) => return Err(disk("open", path)(error)),
        };
        let size = found.metadata().map_err(disk("read", path))?.len();
        if size != self.size {
            return Err(Problem::Wrong(format!("{what} has {size} bytes, expected {}", self.size)));
        }
        let mut hash = Hash(Sha256::new());
        io::copy(&mut io::BufReader::with_capacity(1 << 18, found), &mut hash).map_err(disk("read", path))?;
        let sha256 = digits(&hash.0.finalize());
        match sha256 == self.sha256 {
            true => Ok(()),
            false => Err(Problem::Wrong(format!("{what} has SHA-256 {sha256}, expected {}", self.sha256))),
        }
    }
}

struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    digits(&Sha256::digest(bytes))
}
