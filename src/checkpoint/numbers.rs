//! Numbers of any type in a file, converted to float32.

use std::ops::Range;

use super::content::View;
use super::protobuf::varint;

/// A number type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    F32,
    F16,
    Bf16,
    F64,
    U8,
    I8,
    U16,
    I16,
    I32,
    I64,
}

impl Type {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::F16 | Self::Bf16 | Self::U16 | Self::I16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::Bf16 | Self::F64)
    }

    /// The value of a little-endian bit pattern of this type.
    fn value(self, bits: u64) -> f32 {
        match self {
            Self::F32 => f32::from_bits(bits as u32),
            Self::F16 => half::f16::from_bits(bits as u16).to_f32(),
            Self::Bf16 => f32::from_bits((bits as u32) << 16),
            Self::F64 => f64::from_bits(bits) as f32,
            Self::U8 => f32::from(bits as u8),
            Self::I8 => f32::from(bits as u8 as i8),
            Self::U16 => f32::from(bits as u16),
            Self::I16 => f32::from(bits as u16 as i16),
            Self::I32 => bits as u32 as i32 as f32,
            Self::I64 => bits as i64 as f32,
        }
    }
}

/// A range of numbers in a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) kind: Type,
    pub(crate) count: usize,
    range: Range<usize>,
    /// Whether each number is a protocol buffer's varint rather than little-endian bytes.
    varints: bool,
}

impl Numbers {
    /// `count` little-endian numbers; `None` if they do not fill the range.
    pub(crate) fn raw(kind: Type, count: usize, range: Range<usize>) -> Option<Self> {
        (count.checked_mul(kind.bytes()) == Some(range.len())).then_some(Self { kind, count, range, varints: false })
    }

    /// `count` varints; `None` if the range is too short.
    pub(crate) fn varints(kind: Type, count: usize, range: Range<usize>) -> Option<Self> {
        (count <= range.len()).then_some(Self { kind, count, range, varints: true })
    }

    /// Range in the file.
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Whether the numbers are little-endian bytes.
    pub(crate) fn is_raw(&self) -> bool {
        !self.varints
    }

    /// Reads all numbers. The error is a reason, to be preceded by the tensor's name.
    pub(crate) fn read(&self, file: View) -> Result<Vec<f32>, String> {
        let bytes = file.read(self.range.clone())?;
        if !self.varints {
            let value = |number: &[u8]| {
                let mut bits = [0; 8];
                bits[..number.len()].copy_from_slice(number);
                self.kind.value(u64::from_le_bytes(bits))
            };
            return Ok(bytes.chunks_exact(self.kind.bytes()).map(value).collect());
        }
        let mut values = Vec::with_capacity(self.count);
        let mut rest = bytes.as_ref();
        while let Some((bits, length)) = varint(rest) {
            values.push(self.kind.value(bits));
            rest = &rest[length..];
        }
        if values.len() == self.count && rest.is_empty() {
            return Ok(values);
        }
        Err(format!("is damaged: it has {} numbers, its shape {}", values.len(), self.count))
    }
}
