//! The pickles that `torch.save` writes, read without running anything. The lists of opcodes and globals are closed,
//! and each only builds a value here. Everything else is an error that names the opcode or global.
//!
//! Values are in an arena and refer to each other by index, like the memo: a pickle may contain cycles and share a
//! value any number of times. Every opcode builds at most one value, so memory is bounded by the pickle's size.

mod build;
mod machine;
pub(crate) mod values;

use self::machine::{Fault, Machine};
use self::values::{Ref, Value};

/// Bytes of a pickle: fifteen times the published checkpoint's.
pub(super) const SIZE_LIMIT: usize = 1 << 20;

/// A pickle's values. Errors are reasons, to be preceded by the file's name.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    values: Vec<Value<'a>>,
    root: Ref,
}

impl<'a> Pickle<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let mut machine = Machine::new(bytes);
        loop {
            let at = machine.at;
            match machine.step() {
                Ok(None) => {}
                Ok(Some(root)) => return Ok(Self { values: machine.values, root }),
                Err(Fault::Broken(reason)) => return Err(format!("broken pickle: {reason} at byte {at}")),
                Err(Fault::Refused(global)) => {
                    return Err(format!("its pickle asks for {global}, which is not supported; nothing of it was run"));
                }
            }
        }
    }

    pub fn root(&self) -> Ref {
        self.root
    }

    pub fn get(&self, value: Ref) -> &Value<'a> {
        &self.values[value.0]
    }
}

impl<'a> Machine<'a> {
    /// Runs one opcode; returns the root after the last one.
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
                    return Err("a global's name that is not text".into());
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
                // BUILD sets attributes, such as an OrderedDict's `_metadata`, that tensors do not depend on.
                self.pop()?;
                self.top()?;
            }
            b'.' => return self.pop().map(Some),
            _ => return Err(Fault::Broken(format!("opcode {opcode:#04x}, which PyTorch does not write,"))),
        }
        Ok(None)
    }
}
