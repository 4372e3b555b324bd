//! One tensor of a mapped file: where its values lie, and what they are.

use std::borrow::Cow;
use std::ops::Range;

use safetensors::tensor::Dtype;

use crate::{Error, Result};

/// One tensor, as the file's header describes it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Elements from one index to the next, per dimension; `None` if the values are row-major without gaps.
    strides: Option<Vec<usize>>,
    /// From the first value's first byte to the last value's last, checked against the file.
    bytes: Range<usize>,
}

impl Entry {
    /// Row-major values that fill `bytes`.
    pub(crate) fn dense(dtype: Dtype, shape: Vec<usize>, bytes: Range<usize>) -> Self {
        Self { dtype, shape, strides: None, bytes }
    }

    /// A view of `storage` from its element `offset` on; the reason if it does not lie within the storage, or has
    /// more values than that holds, which a stride of 0 would allow without end.
    pub(crate) fn view(
        dtype: Dtype,
        shape: Vec<usize>,
        strides: Vec<usize>,
        storage: Range<usize>,
        offset: usize,
    ) -> Result<Self, String> {
        let size = dtype.bitsize() / 8;
        let held = storage.len() / size;
        let outside =
            || format!("is {shape:?} with strides {strides:?} from {offset}, its storage holds {held} values");
        let count = shape.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim)).ok_or_else(outside)?;
        let reach = match count {
            0 => 0,
            _ => shape
                .iter()
                .zip(&strides)
                .try_fold(1usize, |reach, (&dim, &stride)| {
                    (dim - 1).checked_mul(stride).and_then(|step| reach.checked_add(step))
                })
                .ok_or_else(outside)?,
        };
        if offset.checked_add(reach).is_none_or(|end| end > held) || count > held {
            return Err(outside());
        }
        let start = storage.start + offset * size;
        let mut entry = Self { dtype, shape, strides: None, bytes: start..start + reach * size };
        entry.set_strides(strides);
        Ok(entry)
    }

    /// The same values with the last two dimensions exchanged. For types of whole bytes.
    pub(crate) fn transposed(mut self) -> Self {
        let rank = self.shape.len();
        if rank >= 2 {
            let mut strides = self.strides.take().unwrap_or_else(|| row_major(&self.shape));
            strides.swap(rank - 2, rank - 1);
            self.shape.swap(rank - 2, rank - 1);
            self.set_strides(strides);
        }
        self
    }

    /// Notes the strides if they say more than the shape does: those of dimensions of 1 are never used.
    fn set_strides(&mut self, strides: Vec<usize>) {
        let dense = row_major(&self.shape);
        let mut steps = self.shape.iter().zip(strides.iter().zip(&dense));
        let differs = !self.shape.contains(&0) && steps.any(|(&dim, (stride, dense))| dim > 1 && stride != dense);
        self.strides = differs.then_some(strides);
    }

    /// Where they lie in the file.
    pub(crate) fn range(&self) -> Range<usize> {
        self.bytes.clone()
    }

    /// Where they lie, if they are row-major without gaps.
    pub(crate) fn dense_range(&self) -> Option<Range<usize>> {
        self.strides.is_none().then(|| self.bytes.clone())
    }

    /// Bytes of the values, without what may lie between them.
    pub(crate) fn byte_len(&self) -> usize {
        match self.strides {
            None => self.bytes.len(),
            Some(_) => self.shape.iter().product::<usize>() * (self.dtype.bitsize() / 8),
        }
    }

    /// The values' bytes, row-major without gaps.
    pub(crate) fn packed<'a>(&self, file: &'a [u8]) -> Cow<'a, [u8]> {
        let bytes = &file[self.bytes.clone()];
        match &self.strides {
            None => Cow::Borrowed(bytes),
            Some(strides) => Cow::Owned(gather(bytes, &self.shape, strides, self.dtype.bitsize() / 8)),
        }
    }

    /// Whether the type is one that [`floats`](Self::floats) reads.
    pub(crate) fn is_float(&self) -> bool {
        matches!(self.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16)
    }

    /// The values as f32, which F32, F16 and BF16 become exactly, all of them finite.
    pub(crate) fn floats(&self, origin: &str, name: &str, file: &[u8]) -> Result<Vec<f32>> {
        // The type first: what is refused need not be gathered.
        if !self.is_float() {
            return Err(wrong_type(origin, name, self.dtype, "F32, F16 or BF16"));
        }
        let bytes = self.packed(file);
        // Bytewise, because a header of odd length leaves the data unaligned.
        let half = |pair: &[u8; 2]| u16::from_le_bytes(*pair);
        let values: Vec<f32> = match self.dtype {
            Dtype::F16 => bytes.as_chunks().0.iter().map(|pair| half::f16::from_bits(half(pair)).to_f32()).collect(),
            Dtype::BF16 => bytes.as_chunks().0.iter().map(|pair| f32::from_bits(u32::from(half(pair)) << 16)).collect(),
            _ => bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect(),
        };
        check_finite(origin, name, &values)?;
        Ok(values)
    }

    /// The values of an I32 tensor.
    pub(crate) fn integers(&self, origin: &str, name: &str, file: &[u8]) -> Result<Vec<i32>> {
        match self.dtype {
            Dtype::I32 => Ok(self.packed(file).as_chunks().0.iter().map(|&word| i32::from_le_bytes(word)).collect()),
            found => Err(wrong_type(origin, name, found, "I32")),
        }
    }
}

fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for at in (1..shape.len()).rev() {
        // A shape with a 0 may have any other dimensions.
        strides[at - 1] = strides[at].saturating_mul(shape[at]);
    }
    strides
}

/// Copies strided values of `size` bytes into row-major order.
fn gather(bytes: &[u8], shape: &[usize], strides: &[usize], size: usize) -> Vec<u8> {
    let count: usize = shape.iter().product();
    let mut packed = Vec::with_capacity(count * size);
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    for _ in 0..count {
        packed.extend_from_slice(&bytes[at * size..][..size]);
        // The next index, as an odometer turns.
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    packed
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
