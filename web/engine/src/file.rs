//! Files of the page, read in parts: the model's never is in WebAssembly's memory as a whole.

use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync, FileSystemReadWriteOptions, FileSystemSyncAccessHandle};

use crate::error::Failure;

/// Bytes that are asked for at once. Each answer takes a copy in the page's memory and about a millisecond.
const PIECE: u64 = 256 << 10;

/// A file that is downloaded, kept or chosen by the user. Only workers can read one without waiting for a promise.
pub struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    /// Position of the next byte.
    at: u64,
    /// The latest bytes, and their position.
    piece: Vec<u8>,
    start: u64,
}

impl BlobReader {
    pub fn new(blob: Blob) -> std::result::Result<Self, Failure> {
        let reader = FileReaderSync::new().map_err(|error| Failure::new("Internal", &message(&error)))?;
        Ok(Self { blob, reader, at: 0, piece: Vec::new(), start: 0 })
    }

    fn length(&self) -> u64 {
        self.blob.size() as u64
    }
}

impl Read for BlobReader {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let within = |reader: &Self| {
            let first = reader.at.checked_sub(reader.start).filter(|&first| first < reader.piece.len() as u64);
            first.map(|first| first as usize)
        };
        if within(self).is_none() {
            let end = (self.at + PIECE).min(self.length()).max(self.at);
            let failed = |error| Error::other(message(&error));
            let slice = self.blob.slice_with_f64_and_f64(self.at as f64, end as f64).map_err(failed)?;
            let bytes = self.reader.read_as_array_buffer(&slice).map_err(failed)?;
            self.piece = js_sys::Uint8Array::new(&bytes).to_vec();
            self.start = self.at;
        }
        let rest = within(self).and_then(|first| self.piece.get(first..)).unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.at = position(to, self.at, self.length())?;
        Ok(self.at)
    }
}

/// The first bytes of a file that is being downloaded, through the handle that writes it.
pub struct ArrivingReader {
    handle: FileSystemSyncAccessHandle,
    /// Bytes that are there.
    length: u64,
    /// Position of the next byte.
    at: u64,
}

impl ArrivingReader {
    pub fn new(handle: FileSystemSyncAccessHandle, length: u64) -> Self {
        Self { handle, length, at: 0 }
    }
}

impl Read for ArrivingReader {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let rest = self.length.saturating_sub(self.at);
        let length = into.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
        let options = FileSystemReadWriteOptions::new();
        options.set_at(self.at as f64);
        let read = self.handle.read_with_u8_array_and_options(&mut into[..length], &options);
        let read = read.map_err(|error| Error::other(message(&error)))? as usize;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for ArrivingReader {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.at = position(to, self.at, self.length)?;
        Ok(self.at)
    }
}

fn position(to: SeekFrom, at: u64, length: u64) -> Result<u64> {
    let at = match to {
        SeekFrom::Start(at) => Some(at),
        SeekFrom::End(offset) => length.checked_add_signed(offset),
        SeekFrom::Current(offset) => at.checked_add_signed(offset),
    };
    at.ok_or(ErrorKind::InvalidInput.into())
}

fn message(error: &JsValue) -> String {
    js_sys::Error::from(error.clone()).message().into()
}
