//! The pickle machine's state, and operations that build no tensors.

use super::values::{Ref, Value};

pub(super) enum Fault {
    /// The pickle is malformed.
    Broken(String),
    /// The pickle asks for this unsupported global.
    Refused(String),
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Self::Broken(reason.to_owned())
    }
}

pub(super) struct Machine<'a> {
    bytes: &'a [u8],
    /// Position of the next byte.
    pub at: usize,
    pub values: Vec<Value<'a>>,
    pub stack: Vec<Ref>,
    /// Stack heights at the marks.
    pub marks: Vec<usize>,
    /// PyTorch numbers its memo from 0 without gaps.
    pub memo: Vec<Ref>,
}

impl<'a> Machine<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, values: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: Vec::new() }
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(length).ok_or("a length beyond the end")?;
        let slice = self.bytes.get(self.at..end).ok_or("it ends too early")?;
        self.at = end;
        Ok(slice)
    }

    pub(super) fn skip(&mut self, length: usize) -> Result<(), Fault> {
        self.slice(length).map(|_| ())
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let slice = self.slice(N)?;
        slice.try_into().map_err(|_| "it ends too early".into())
    }

    pub(super) fn text(&mut self, length: usize) -> Result<(), Fault> {
        let text = std::str::from_utf8(self.slice(length)?).map_err(|_| "text that is not UTF-8")?;
        self.push(Value::Text(text));
        Ok(())
    }

    pub(super) fn line(&mut self) -> Result<&'a str, Fault> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or("a name without an end")?;
        let line = self.slice(length)?;
        self.skip(1)?;
        std::str::from_utf8(line).map_err(|_| "a name that is not UTF-8".into())
    }

    /// LONG1: little-endian two's complement of any length. Numbers of more than 64 bits cannot be sizes.
    pub(super) fn long(&mut self) -> Result<(), Fault> {
        let length = usize::from(self.take::<1>()?[0]);
        let digits = self.slice(length)?;
        let fill = if digits.last().is_some_and(|top| top & 0x80 != 0) { 0xFF } else { 0 };
        let mut word = [fill; 8];
        word.get_mut(..length).ok_or("an integer of more than 64 bits")?.copy_from_slice(digits);
        self.push(Value::Int(i64::from_le_bytes(word)));
        Ok(())
    }

    pub(super) fn push(&mut self, value: Value<'a>) {
        self.stack.push(Ref(self.values.len()));
        self.values.push(value);
    }

    pub(super) fn get(&self, value: Ref) -> &Value<'a> {
        &self.values[value.0]
    }

    pub(super) fn pop(&mut self) -> Result<Ref, Fault> {
        let mut items = self.pop_many(1)?;
        items.pop().ok_or_else(|| "an empty stack".into())
    }

    pub(super) fn top(&self) -> Result<Ref, Fault> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        self.stack[bottom..].last().copied().ok_or_else(|| "an empty stack".into())
    }

    /// Pops values above the last mark, in order.
    pub(super) fn pop_many(&mut self, count: usize) -> Result<Vec<Ref>, Fault> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= bottom => Ok(self.stack.split_off(start)),
            _ => Err("an empty stack".into()),
        }
    }

    pub(super) fn pop_mark(&mut self) -> Result<Vec<Ref>, Fault> {
        let start = self.marks.pop().ok_or("no mark")?;
        Ok(self.stack.split_off(start))
    }

    pub(super) fn append(&mut self, items: Vec<Ref>) -> Result<(), Fault> {
        let list = self.top()?;
        match &mut self.values[list.0] {
            Value::List(list) => list.extend(items),
            _ => return Err("an append to a value that is not a list".into()),
        }
        Ok(())
    }

    pub(super) fn set_items(&mut self, items: &[Ref]) -> Result<(), Fault> {
        let dict = self.top()?;
        let (pairs, []) = items.as_chunks() else { return Err("a key without a value".into()) };
        match &mut self.values[dict.0] {
            Value::Dict(dict) => dict.extend(pairs.iter().map(|&[key, value]| (key, value))),
            _ => return Err("an item set in a value that is not a dict".into()),
        }
        Ok(())
    }

    pub(super) fn memoize(&mut self, index: usize) -> Result<(), Fault> {
        let value = self.top()?;
        if index > self.memo.len() {
            return Err("a memo number out of order".into());
        }
        match self.memo.get_mut(index) {
            Some(slot) => *slot = value,
            None => self.memo.push(value),
        }
        Ok(())
    }

    pub(super) fn recall(&mut self, index: usize) -> Result<(), Fault> {
        let value = self.memo.get(index).copied().ok_or("an undefined memo number")?;
        self.stack.push(value);
        Ok(())
    }
}
