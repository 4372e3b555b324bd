//! A pipe for encoders that update their header at the end.

use std::io::{self, Seek, SeekFrom, Write};

/// Passes bytes on until the encoder seeks back to the start, and drops those that would replace earlier ones.
pub(super) struct Pipe<W> {
    out: W,
    written: u64,
    rewound: bool,
}

impl<W: Write> Pipe<W> {
    pub fn new(out: W) -> Self {
        Self { out, written: 0, rewound: false }
    }

    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.rewound {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> Seek for Pipe<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Current(0) if !self.rewound => Ok(self.written),
            SeekFrom::Start(0) => {
                self.rewound = true;
                Ok(0)
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}
