//! The pickles that `torch.save` writes, read without running anything: a closed list of opcodes and of globals, each
//! of which only builds a value here. Whatever else a pickle asks for is an error that names it.
//!
//! Values live in an arena and refer to each other by index, as the memo does: a pickle may make cycles, and may share
//! one value many times. Every opcode makes at most one value, so that memory is bounded by the pickle's size.

mod build;

use safetensors::tensor::Dtype;

/// Fifteen times the published checkpoint's pickle.
pub(crate) const SIZE_LIMIT: usize = 1 << 20;

/// Index of a value in its [`Pickle`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ref(usize);

#[derive(Debug)]
pub(crate) enum Value<'a> {
    /// None, a float, a device: what no tensor depends on.
    Other,
    Int(i64),
    Text(&'a str),
    Tuple(Vec<Ref>),
    List(Vec<Ref>),
    Dict(Vec<(Ref, Ref)>),
    Global(Global),
    Storage(Storage<'a>),
    Tensor(Tensor<'a>),
}

/// The globals that are known. Calling one builds a value; nothing else happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Size,
    Device,
    Storage(Dtype),
}

/// A file of the archive that holds values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Storage<'a> {
    pub(crate) dtype: Dtype,
    pub(crate) key: &'a str,
    pub(crate) count: usize,
}

/// A view of a storage, unchecked.
#[derive(Clone, Debug)]
pub(crate) struct Tensor<'a> {
    pub(crate) storage: Storage<'a>,
    pub(crate) offset: usize,
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<usize>,
}

/// A pickle's values. Errors are reasons, to be put behind the file's name.
#[derive(Debug)]
pub(crate) struct Pickle<'a> {
    values: Vec<Value<'a>>,
    root: Ref,
}

impl<'a> Pickle<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let mut machine =
            Machine { bytes, at: 0, values: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: Vec::new() };
        loop {
            let at = machine.at;
            match machine.step() {
                Ok(None) => {}
                Ok(Some(root)) => return Ok(Self { values: machine.values, root }),
                Err(Fault::Broken(what)) => return Err(format!("broken pickle: {what} at byte {at}")),
                Err(Fault::Refused(global)) => {
                    return Err(format!("its pickle asks for {global}, which is not read; nothing of it was run"));
                }
            }
        }
    }

    pub(crate) fn root(&self) -> Ref {
        self.root
    }

    pub(crate) fn get(&self, value: Ref) -> &Value<'a> {
        &self.values[value.0]
    }
}

enum Fault {
    Broken(String),
    Refused(String),
}

impl From<&str> for Fault {
    fn from(what: &str) -> Self {
        Self::Broken(what.to_owned())
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value<'a>>,
    stack: Vec<Ref>,
    /// Heights of the stack.
    marks: Vec<usize>,
    /// PyTorch numbers its memo from 0 without gaps.
    memo: Vec<Ref>,
}

impl<'a> Machine<'a> {
    /// Runs one opcode; the pickle's value if it was the last.
    fn step(&mut self) -> Result<Option<Ref>, Fault> {
        let [opcode] = self.take()?;
        match opcode {
            0x80 => self.skip(1)?, // PROTO
            0x95 => self.skip(8)?, // FRAME
            b'}' => self.push(Value::Dict(Vec::new())),
            b']' => self.push(Value::List(Vec::new())),
            b')' => self.push(Value::Tuple(Vec::new())),
            b'N' | 0x88 | 0x89 => self.push(Value::Other), // NONE, NEWTRUE, NEWFALSE
            b'G' => {
                self.skip(8)?; // BINFLOAT
                self.push(Value::Other);
            }
            b'K' => {
                let int = self.take::<1>()?[0];
                self.push(Value::Int(int.into()));
            }
            b'M' => {
                let int = u16::from_le_bytes(self.take()?);
                self.push(Value::Int(int.into()));
            }
            b'J' => {
                let int = i32::from_le_bytes(self.take()?);
                self.push(Value::Int(int.into()));
            }
            0x8A => self.long()?,
            0x8C => {
                let length = self.take::<1>()?[0];
                self.text(length.into())?;
            }
            b'X' => {
                let length = u32::from_le_bytes(self.take()?);
                self.text(length as usize)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (self.get(module), self.get(name)) else {
                    return Err("a global's name is not text".into());
                };
                self.global(module, name)?;
            }
            b'(' => self.marks.push(self.stack.len()),
            b't' => {
                let items = self.pop_mark()?;
                self.push(Value::Tuple(items));
            }
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode - 0x84))?;
                self.push(Value::Tuple(items));
            }
            b'a' => {
                let items = self.pop_many(1)?;
                self.append(items)?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(items)?;
            }
            b's' => {
                let items = self.pop_many(2)?;
                self.set_items(&items)?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set_items(&items)?;
            }
            b'q' => {
                let index = self.take::<1>()?[0];
                self.memoize(index.into())?;
            }
            b'r' => {
                let index = u32::from_le_bytes(self.take()?);
                self.memoize(index as usize)?;
            }
            0x94 => self.memoize(self.memo.len())?,
            b'h' => {
                let index = self.take::<1>()?[0];
                self.recall(index.into())?;
            }
            b'j' => {
                let index = u32::from_le_bytes(self.take()?);
                self.recall(index as usize)?;
            }
            b'Q' => self.persistent()?,
            b'R' => self.reduce()?,
            b'b' => {
                // BUILD sets attributes, such as an OrderedDict's `_metadata`: no tensor depends on them.
                self.pop()?;
                self.top()?;
            }
            b'.' => return self.pop().map(Some),
            _ => return Err(Fault::Broken(format!("opcode {opcode:#04x}, which PyTorch does not write,"))),
        }
        Ok(None)
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(length).ok_or("a length beyond the end")?;
        let slice = self.bytes.get(self.at..end).ok_or("it ends too early")?;
        self.at = end;
        Ok(slice)
    }

    fn skip(&mut self, length: usize) -> Result<(), Fault> {
        self.slice(length).map(|_| ())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let slice = self.slice(N)?;
        slice.try_into().map_err(|_| "it ends too early".into())
    }

    fn text(&mut self, length: usize) -> Result<(), Fault> {
        let text = std::str::from_utf8(self.slice(length)?).map_err(|_| "text that is not UTF-8")?;
        self.push(Value::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Result<&'a str, Fault> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or("a name without an end")?;
        let line = self.slice(length)?;
        self.skip(1)?;
        std::str::from_utf8(line).map_err(|_| "a name that is not UTF-8".into())
    }

    /// LONG1: little-endian two's complement of any length; what needs more than 64 bits is no size.
    fn long(&mut self) -> Result<(), Fault> {
        let length = usize::from(self.take::<1>()?[0]);
        let digits = self.slice(length)?;
        let fill = if digits.last().is_some_and(|top| top & 0x80 != 0) { 0xFF } else { 0 };
        let mut word = [fill; 8];
        word.get_mut(..length).ok_or("an integer of more than 64 bits")?.copy_from_slice(digits);
        self.push(Value::Int(i64::from_le_bytes(word)));
        Ok(())
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(Ref(self.values.len()));
        self.values.push(value);
    }

    fn get(&self, value: Ref) -> &Value<'a> {
        &self.values[value.0]
    }

    fn pop(&mut self) -> Result<Ref, Fault> {
        let mut items = self.pop_many(1)?;
        items.pop().ok_or_else(|| "an empty stack".into())
    }

    fn top(&self) -> Result<Ref, Fault> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        self.stack[bottom..].last().copied().ok_or_else(|| "an empty stack".into())
    }

    /// The topmost values, in order. Those below a mark are not reached.
    fn pop_many(&mut self, count: usize) -> Result<Vec<Ref>, Fault> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= bottom => Ok(self.stack.split_off(start)),
            _ => Err("an empty stack".into()),
        }
    }

    fn pop_mark(&mut self) -> Result<Vec<Ref>, Fault> {
        let start = self.marks.pop().ok_or("no mark")?;
        Ok(self.stack.split_off(start))
    }

    fn append(&mut self, items: Vec<Ref>) -> Result<(), Fault> {
        let list = self.top()?;
        match &mut self.values[list.0] {
            Value::List(list) => list.extend(items),
            _ => return Err("an append to what is no list".into()),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Ref]) -> Result<(), Fault> {
        let dict = self.top()?;
        let (pairs, []) = items.as_chunks() else { return Err("a key without a value".into()) };
        match &mut self.values[dict.0] {
            Value::Dict(dict) => dict.extend(pairs.iter().map(|&[key, value]| (key, value))),
            _ => return Err("an item set in what is no dict".into()),
        }
        Ok(())
    }

    fn memoize(&mut self, index: usize) -> Result<(), Fault> {
        let value = self.top()?;
        if index > self.memo.len() {
            return Err("a memo number out of turn".into());
        }
        match self.memo.get_mut(index) {
            Some(slot) => *slot = value,
            None => self.memo.push(value),
        }
        Ok(())
    }

    fn recall(&mut self, index: usize) -> Result<(), Fault> {
        let value = self.memo.get(index).copied().ok_or("a memo number that was not given")?;
        self.stack.push(value);
        Ok(())
    }
}
