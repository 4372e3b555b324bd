//! Protocol buffers' wire format: the fields of a message, as ranges of the file that holds it.
//!
//! Written by hand, because a checkpoint of 330 MB must be read in place, and files are untrusted. Alternatives tried:
//! onnx-rs 0.1.3 borrows raw data but copies the other forms, overflows the stack on 234 KB of nested graphs and takes
//! 2.4 GB for 4 MB of empty attributes; onnx-protobuf 0.2 (MPL-2.0) copies everything; onnx-extractor 0.5 adds prost
//! and 14 crates; quick-protobuf 0.8 borrows and is sound, but it is the runtime of a code generator, last released in
//! 2022, and only these 60 lines of it would be used.

use std::ops::Range;

use super::content::View;

/// One field of a message.
pub(crate) enum Value {
    /// An integer, an enumeration or a boolean.
    Varint(u64),
    /// Range of a float (4 bytes) or a double (8 bytes) in the file.
    Fixed(Range<usize>),
    /// Range of text, bytes, a message or packed numbers in the file.
    Bytes(Range<usize>),
}

/// Iterates over the fields of one message in file order, as far as the file is there. Errors are reasons, to be preceded by
/// the file's name.
pub(crate) struct Fields<'a> {
    file: View<'a>,
    at: usize,
    end: usize,
}

impl<'a> Fields<'a> {
    /// The fields of the message at `range`, which must be within the file.
    pub(crate) fn new(file: View<'a>, range: Range<usize>) -> Self {
        Self { file, at: range.start, end: range.end }
    }

    fn take(&mut self, length: u64) -> Result<Range<usize>, String> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        match end {
            Some(end) if end <= self.end => Ok(std::mem::replace(&mut self.at, end)..end),
            _ => Err(format!("truncated or damaged: a field has {length} bytes, where {} remain", self.end - self.at)),
        }
    }

    fn next_field(&mut self) -> Result<(u32, Value), String> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| DAMAGED)?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(Value::Fixed)?,
            _ => return Err(DAMAGED.to_owned()),
        };
        Ok((number, value))
    }

    fn varint(&mut self) -> Result<u64, String> {
        let bytes = self.file.get(self.at..self.end.min(self.at + LONGEST)).ok_or(DAMAGED)?;
        let (value, length) = varint(bytes).ok_or(DAMAGED)?;
        self.at += length;
        Ok(value)
    }
}

/// Bytes of the longest number.
const LONGEST: usize = 10;

const DAMAGED: &str = "truncated or damaged: its protocol buffer is broken";

impl Iterator for Fields<'_> {
    type Item = Result<(u32, Value), String>;

    fn next(&mut self) -> Option<Self::Item> {
        // A message of which only the beginning is there ends where the head of a field might not be there in full.
        let available = self.file.available();
        let ends_early = self.end > available && self.at + 2 * LONGEST > available;
        if self.at >= self.end || ends_early {
            return None;
        }
        let field = self.next_field();
        if field.is_err() {
            self.at = self.end;
        }
        Some(field)
    }
}

/// The number at the start of `bytes`, seven bits per byte, and its length in bytes.
pub(crate) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(LONGEST).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * index);
        if byte < 0x80 {
            return Some((value, index + 1));
        }
    }
    None
}
