//! One tensor of a file: type, shape and range of its values.

use std::borrow::Cow;
use std::ops::Range;

use safetensors::tensor::Dtype;

use super::content::View;
use crate::error::{Error, Result};

/// A tensor as described by the file's header.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Strides in elements, one per dimension; `None` if the values are dense and row-major.
    strides: Option<Vec<usize>>,
    /// Range from the first value to the last, checked to be within the file.
    bytes: Range<usize>,
}

impl Entry {
    /// Dense row-major values in `bytes`.
    pub(crate) fn dense(dtype: Dtype, shape: Vec<usize>, bytes: Range<usize>) -> Self {
        Self { dtype, shape, strides: None, bytes }
    }

    /// A strided view of `storage` that starts at element `offset`. An error is the reason: the view exceeds the
    /// storage, or has more values than the storage, which strides of 0 would otherwise permit without limit.
    pub(crate) fn view(
        dtype: Dtype,
        shape: Vec<usize>,
        strides: Vec<usize>,
        storage: Range<usize>,
        offset: usize,
    ) -> Result<Self, String> {
        let size = dtype.bitsize() / 8;
        let capacity = storage.len() / size;
        let outside =
            || format!("is {shape:?} with strides {strides:?} from {offset}, its storage holds {capacity} values");
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
        if offset.checked_add(reach).is_none_or(|end| end > capacity) || count > capacity {
            return Err(outside());
        }
        let start = storage.start + offset * size;
        let mut entry = Self { dtype, shape, strides: None, bytes: start..start + reach * size };
        entry.set_strides(strides);
        Ok(entry)
    }

    /// The same values with the last two dimensions exchanged. For types of whole bytes only.
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

    /// Stores the strides unless they are dense. Those of dimensions of 1 are irrelevant.
    fn set_strides(&mut self, strides: Vec<usize>) {
        let dense = row_major(&self.shape);
        let mut steps = self.shape.iter().zip(strides.iter().zip(&dense));
        let differs = !self.shape.contains(&0) && steps.any(|(&dim, (stride, dense))| dim > 1 && stride != dense);
        self.strides = differs.then_some(strides);
    }

    /// Range in the file.
    pub(crate) fn range(&self) -> Range<usize> {
        self.bytes.clone()
    }

    /// Range in the file, if the values are dense and row-major.
    pub(crate) fn dense_range(&self) -> Option<Range<usize>> {
        self.strides.is_none().then(|| self.bytes.clone())
    }

    /// Bytes of the values, without gaps between them.
    pub(crate) fn byte_len(&self) -> usize {
        match self.strides {
            None => self.bytes.len(),
            Some(_) => self.shape.iter().product::<usize>() * (self.dtype.bitsize() / 8),
        }
    }

    /// The values' bytes, dense and row-major.
    pub(crate) fn packed<'a>(&self, origin: &str, name: &str, file: View<'a>) -> Result<Cow<'a, [u8]>> {
        let read = file.read(self.bytes.clone());
        let bytes = read.map_err(|reason| Error::bad_file(origin, format!("tensor {name} {reason}")))?;
        Ok(match &self.strides {
            None => bytes,
            Some(strides) => Cow::Owned(gather(&bytes, &self.shape, strides, self.dtype.bitsize() / 8)),
        })
    }

    /// Whether [`floats`](Self::floats) supports the type.
    pub(crate) fn is_float(&self) -> bool {
        matches!(self.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16)
    }

    /// Values of F32, F16 or BF16 as f32, which is exact. All must be finite.
    pub(crate) fn floats(&self, origin: &str, name: &str, file: View) -> Result<Vec<f32>> {
        // Checked before gathering strided values.
        if !self.is_float() {
            return Err(wrong_type(origin, name, self.dtype, "F32, F16 or BF16"));
        }
        let bytes = self.packed(origin, name, file)?;
        // Read bytewise: a header of odd length leaves the data unaligned.
        let half = |pair: &[u8; 2]| u16::from_le_bytes(*pair);
        let values: Vec<f32> = match self.dtype {
            Dtype::F16 => bytes.as_chunks().0.iter().map(|pair| half::f16::from_bits(half(pair)).to_f32()).collect(),
            Dtype::BF16 => bytes.as_chunks().0.iter().map(|pair| f32::from_bits(u32::from(half(pair)) << 16)).collect(),
            _ => bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect(),
        };
        check_finite(origin, name, &values)?;
        Ok(values)
    }

    /// Values of an I32 tensor.
    pub(crate) fn integers(&self, origin: &str, name: &str, file: View) -> Result<Vec<i32>> {
        match self.dtype {
            Dtype::I32 => Ok(self
                .packed(origin, name, file)?
                .as_chunks()
                .0
                .iter()
                .map(|&word| i32::from_le_bytes(word))
                .collect()),
            found => Err(wrong_type(origin, name, found, "I32")),
        }
    }
}

fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for at in (1..shape.len()).rev() {
        // Shapes that contain a 0 are not checked for overflow.
        strides[at - 1] = strides[at].saturating_mul(shape[at]);
    }
    strides
}

/// Copies strided values of `size` bytes each into row-major order.
fn gather(bytes: &[u8], shape: &[usize], strides: &[usize], size: usize) -> Vec<u8> {
    let count: usize = shape.iter().product();
    let mut packed = Vec::with_capacity(count * size);
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    for _ in 0..count {
        packed.extend_from_slice(&bytes[at * size..][..size]);
        // Increment the index, the last axis first.
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

/// [`Error::NonFinite`] for the first NaN or infinity.
pub(crate) fn check_finite(origin: &str, name: &str, values: &[f32]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => {
            Err(Error::NonFinite { origin: origin.to_owned(), name: name.to_owned(), index, value: values[index] })
        }
        None => Ok(()),
    }
}
