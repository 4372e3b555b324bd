//! SHA-256, in lower-case hexadecimal digits.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

/// A writer that hashes what is written.
#[derive(Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// The hash of all that was written.
    pub fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The hash of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    Hasher(Sha256::new_with_prefix(bytes)).finish()
}
