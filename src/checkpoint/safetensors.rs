//! The safetensors container: its header, and values widened to f32.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, Metadata};

use super::file::{bad, describe};
use crate::{Error, Result};

/// A hundred times the network's own header (80 KB). A header costs several times its size once parsed.
const HEADER_LIMIT: u64 = 8 << 20;

/// One tensor of the container, as its header describes it.
pub(crate) struct Entry {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Where its bytes lie in the file.
    bytes: std::ops::Range<usize>,
}

/// A parsed header. It holds no tensor data.
pub(crate) struct Header {
    pub(crate) tensors: HashMap<String, Entry>,
    pub(crate) metadata: HashMap<String, String>,
}

impl Header {
    /// Parses and checks the header of the whole file `bytes`: every entry then lies within it.
    pub(crate) fn parse(origin: &str, bytes: &[u8]) -> Result<Self> {
        let accepted = |what: &str| bad(origin, format!("{what}; a safetensors file is needed"));
        let Some((&size, rest)) = bytes.split_first_chunk::<8>() else {
            return Err(accepted(describe(origin, bytes)));
        };
        let size = u64::from_le_bytes(size);
        if rest.first() != Some(&b'{') {
            return Err(accepted(describe(origin, bytes)));
        }
        if size > HEADER_LIMIT {
            return Err(bad(origin, format!("its header claims {size} bytes, at most {HEADER_LIMIT} are read")));
        }
        let size = size as usize;
        let Some(text) = rest.get(..size) else {
            return Err(bad(origin, format!("truncated: its header is {size} bytes, the file has {}", bytes.len())));
        };
        let header: Metadata =
            serde_json::from_slice(text).map_err(|error| bad(origin, format!("broken header: {error}")))?;
        let start = 8 + size;
        let (expected, found) = (header.data_len() as u64 + start as u64, bytes.len() as u64);
        if expected != found {
            let what = if found < expected { "truncated" } else { "damaged" };
            return Err(bad(origin, format!("{what}: its header describes {expected} bytes, the file has {found}")));
        }
        let tensors = header.tensors().into_iter().map(|(name, info)| {
            let (from, to) = info.data_offsets;
            (name, Entry { dtype: info.dtype, shape: info.shape.clone(), bytes: start + from..start + to })
        });
        Ok(Self { tensors: tensors.collect(), metadata: header.metadata().clone().unwrap_or_default() })
    }
}

impl Entry {
    /// The values as f32, which F32, F16 and BF16 become exactly, all of them finite.
    pub(crate) fn floats(&self, origin: &str, name: &str, file: &[u8]) -> Result<Vec<f32>> {
        let bytes = &file[self.bytes.clone()];
        // Bytewise, because a header of odd length leaves the data unaligned.
        let half = |pair: &[u8; 2]| u16::from_le_bytes(*pair);
        let values: Vec<f32> = match self.dtype {
            Dtype::F32 => bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect(),
            Dtype::F16 => bytes.as_chunks().0.iter().map(|pair| f16_to_f32(half(pair))).collect(),
            Dtype::BF16 => bytes.as_chunks().0.iter().map(|pair| f32::from_bits(u32::from(half(pair)) << 16)).collect(),
            found => return Err(wrong_type(origin, name, found, "F32, F16 or BF16")),
        };
        check_finite(origin, name, &values)?;
        Ok(values)
    }

    /// The values of an I32 tensor.
    pub(crate) fn integers(&self, origin: &str, name: &str, file: &[u8]) -> Result<Vec<i32>> {
        match self.dtype {
            Dtype::I32 => {
                Ok(file[self.bytes.clone()].as_chunks().0.iter().map(|&word| i32::from_le_bytes(word)).collect())
            }
            found => Err(wrong_type(origin, name, found, "I32")),
        }
    }
}

fn wrong_type(origin: &str, name: &str, found: Dtype, expected: &'static str) -> Error {
    Error::TensorType { origin: origin.to_owned(), name: name.to_owned(), found: found.to_string(), expected }
}

/// `Error::NonFinite` for the first NaN or infinity.
pub(crate) fn check_finite(origin: &str, name: &str, values: &[f32]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => {
            Err(Error::NonFinite { origin: origin.to_owned(), name: name.to_owned(), index, value: values[index] })
        }
        None => Ok(()),
    }
}

fn f16_to_f32(half: u16) -> f32 {
    let (sign, exponent, fraction) = (u32::from(half >> 15), u32::from(half >> 10 & 0x1F), u32::from(half & 0x3FF));
    let magnitude = match exponent {
        // Subnormal: the fraction counts steps of 2^-24, and f32 holds each product.
        0 => fraction as f32 * 2f32.powi(-24),
        0x1F => f32::from_bits(0x7F80_0000 | fraction << 13),
        _ => f32::from_bits((exponent + 112) << 23 | fraction << 13),
    };
    f32::from_bits(magnitude.to_bits() | sign << 31)
}
