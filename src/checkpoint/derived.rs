//! Tensors computed from a file's values when they are read: dequantised, transposed, or one direction of an LSTM.

use std::ops::Range;

use super::content::View;
use super::numbers::{Numbers, Type};

/// A tensor, and how its values are computed.
#[derive(Debug, PartialEq)]
pub(crate) struct Derived {
    pub(crate) shape: Vec<usize>,
    encoding: Encoding,
    /// The part of the encoded values; all of them if `None`.
    view: Option<MatrixView>,
}

/// How a file stores values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Encoding {
    Plain(Numbers),
    /// `(code - zero) * scale`, in float32.
    Affine {
        codes: Numbers,
        /// Shape of the codes.
        dims: Vec<usize>,
        scales: Scales,
    },
    GroupQuantised(GroupQuantised),
}

/// Scales and zero points of quantised values: a single one, or one for each index of some dimensions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scales {
    scale: Numbers,
    /// As many as scales, or one; 0 if absent.
    zero: Option<Numbers>,
    /// A single number that multiplies all scales.
    factor: Option<Numbers>,
    /// Stride of the scales per dimension of the values.
    strides: Vec<usize>,
}

/// Codes of a few bits, packed from the lowest bits, with a scale and an offset for each group of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroupQuantised {
    /// Bytes of the file.
    pub(crate) codes: Range<usize>,
    /// Bits per code, 1 to 8.
    pub(crate) bits: usize,
    /// Codes per group.
    pub(crate) group: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// `[rows, groups]`.
    pub(crate) scales: Numbers,
    pub(crate) offset: Offset,
}

/// Offset between codes and values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Offset {
    /// `(code - zero) * scale` with one zero for all groups.
    Zero(f32),
    /// `(code - zero) * scale` with zeros `[rows, groups]`.
    Zeros(Numbers),
    /// `(code - zero) * scale` with zeros packed like codes, each row starting at a byte: bytes of the file.
    PackedZeros(Range<usize>),
    /// `code * scale + bias` with biases `[rows, groups]`.
    Biases(Numbers),
}

/// A matrix within other values: element `[r, c]` is value `start + r * strides[0] + c * strides[1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MatrixView {
    pub(crate) start: usize,
    pub(crate) strides: [usize; 2],
    /// Whether the rows are an LSTM's gates in ONNX's order: input, output, forget, cell. PyTorch's order is input,
    /// forget, cell, output.
    pub(crate) onnx_gates: bool,
}

impl Scales {
    /// Scales for values of shape `dims`; `None` unless there is a single scale, or one for each index of `axis`.
    pub(crate) fn along(dims: &[usize], axis: usize, scale: Numbers, zero: Option<Numbers>) -> Option<Self> {
        let mut strides = vec![0; dims.len()];
        if scale.count != 1 {
            *strides.get_mut(axis)? = 1;
            if dims[axis] != scale.count {
                return None;
            }
        }
        Self::strided(scale, zero, strides)
    }

    /// A scale for each direction and column of `[directions, rows, columns]`.
    pub(crate) fn of_columns(dims: &[usize], scale: Numbers, zero: Option<Numbers>) -> Option<Self> {
        let &[directions, _, columns] = dims else { return None };
        if directions.checked_mul(columns) != Some(scale.count) {
            return None;
        }
        Self::strided(scale, zero, vec![columns, 0, 1])
    }

    fn strided(scale: Numbers, zero: Option<Numbers>, strides: Vec<usize>) -> Option<Self> {
        let zeros = zero.as_ref().map_or(1, |zero| zero.count);
        (scale.count > 0 && [1, scale.count].contains(&zeros)).then_some(Self { scale, zero, factor: None, strides })
    }

    /// The scales multiplied by `factor`; `None` unless that is a single number.
    pub(crate) fn times(self, factor: Numbers) -> Option<Self> {
        (factor.count == 1).then_some(Self { factor: Some(factor), ..self })
    }

    fn apply(&self, file: View, dims: &[usize], values: &mut [f32]) -> Result<(), String> {
        let mut scale = self.scale.read(file)?;
        let zero = self.zero.as_ref().map_or(Ok(vec![0.0]), |zero| zero.read(file))?;
        if let Some(factor) = &self.factor {
            let factor = factor.read(file)?[0];
            scale.iter_mut().for_each(|scale| *scale *= factor);
        }
        let (Some((&columns, outer)), Some((step, strides))) = (dims.split_last(), self.strides.split_last()) else {
            values.iter_mut().for_each(|value| *value = (*value - zero[0]) * scale[0]);
            return Ok(());
        };
        for (row, values) in values.chunks_exact_mut(columns.max(1)).enumerate() {
            let mut rest = row;
            let mut first = 0;
            for (&dim, stride) in outer.iter().zip(strides).rev() {
                first += rest % dim * stride;
                rest /= dim;
            }
            for (column, value) in values.iter_mut().enumerate() {
                let at = first + column * step;
                *value = (*value - zero[at.min(zero.len() - 1)]) * scale[at];
            }
        }
        Ok(())
    }
}

impl GroupQuantised {
    /// Bytes and groups of a row of codes.
    fn row_size(&self) -> (usize, usize) {
        let groups = self.columns.div_ceil(self.group);
        ((groups * self.group * self.bits).div_ceil(8), groups)
    }

    /// Whether codes, scales and offsets have matching sizes.
    pub(crate) fn is_consistent(&self) -> bool {
        let fits = || {
            let (bytes, groups) = self.row_size();
            let (codes, scales) = (self.rows.checked_mul(bytes)?, self.rows.checked_mul(groups)?);
            let offsets = match &self.offset {
                Offset::Zero(_) => true,
                Offset::Zeros(numbers) | Offset::Biases(numbers) => numbers.count == scales,
                Offset::PackedZeros(at) => Some(at.len()) == self.rows.checked_mul((groups * self.bits).div_ceil(8)),
            };
            Some(codes == self.codes.len() && scales == self.scales.count && offsets)
        };
        // These limits rule out overflow in the products above.
        let is_bounded = (1..=8).contains(&self.bits) && (1..=1 << 16).contains(&self.group) && self.columns <= 1 << 24;
        is_bounded && self.columns > 0 && fits() == Some(true)
    }

    fn read(&self, file: View) -> Result<Vec<f32>, String> {
        let (row_bytes, groups) = self.row_size();
        let scales = self.scales.read(file)?;
        let offsets = match &self.offset {
            Offset::Zero(zero) => vec![*zero],
            Offset::Zeros(numbers) | Offset::Biases(numbers) => numbers.read(file)?,
            Offset::PackedZeros(at) => {
                let bytes = (groups * self.bits).div_ceil(8);
                file.read(at.clone())?
                    .chunks_exact(bytes)
                    .flat_map(|row| (0..groups).map(|group| code(row, group, self.bits)))
                    .collect()
            }
        };
        let mut values = Vec::with_capacity(self.rows * self.columns);
        for (row, codes) in file.read(self.codes.clone())?.chunks_exact(row_bytes).enumerate() {
            for column in 0..self.columns {
                let at = row * groups + column / self.group;
                let (code, scale) = (code(codes, column, self.bits), scales[at]);
                let offset = offsets[at.min(offsets.len() - 1)];
                values.push(match self.offset {
                    Offset::Biases(_) => code * scale + offset,
                    _ => (code - offset) * scale,
                });
            }
        }
        Ok(values)
    }
}

/// The `index`th code of `bits` bits, at most 8, in a row.
fn code(row: &[u8], index: usize, bits: usize) -> f32 {
    let (at, shift) = (index * bits / 8, index * bits % 8);
    let pair = u16::from(row[at]) | u16::from(row.get(at + 1).copied().unwrap_or(0)) << 8;
    f32::from(pair >> shift & ((1 << bits) - 1))
}

impl Encoding {
    /// Where all that the values are computed from has ended in the file.
    fn end(&self) -> usize {
        let last = |numbers: &[Option<&Numbers>]| numbers.iter().flatten().map(|n| n.range().end).max().unwrap_or(0);
        match self {
            Self::Plain(numbers) => last(&[Some(numbers)]),
            Self::Affine { codes, scales: Scales { scale, zero, factor, .. }, .. } => {
                last(&[Some(codes), Some(scale), zero.as_ref(), factor.as_ref()])
            }
            Self::GroupQuantised(GroupQuantised { codes, scales, offset, .. }) => {
                let offsets = match offset {
                    Offset::Zero(_) => 0,
                    Offset::Zeros(numbers) | Offset::Biases(numbers) => numbers.range().end,
                    Offset::PackedZeros(range) => range.end,
                };
                codes.end.max(scales.range().end).max(offsets)
            }
        }
    }

    /// Number of values.
    fn count(&self) -> usize {
        match self {
            Self::Plain(numbers) | Self::Affine { codes: numbers, .. } => numbers.count,
            Self::GroupQuantised(grouped) => grouped.rows * grouped.columns,
        }
    }

    fn read(&self, file: View) -> Result<Vec<f32>, String> {
        match self {
            Self::Plain(numbers) => numbers.read(file),
            Self::Affine { codes, dims, scales } => {
                let mut values = codes.read(file)?;
                scales.apply(file, dims, &mut values)?;
                Ok(values)
            }
            Self::GroupQuantised(grouped) => grouped.read(file),
        }
    }
}

impl Derived {
    /// A tensor of this shape; `None` unless the encoding has all of its values.
    pub(crate) fn new(shape: Vec<usize>, encoding: Encoding, view: Option<MatrixView>) -> Option<Self> {
        let count = shape.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))?;
        let fits = match view {
            None => count == encoding.count(),
            Some(MatrixView { start, strides, onnx_gates }) => {
                let (rows, columns) = (*shape.first()?, shape.get(1).copied().unwrap_or(1));
                let last = (rows.checked_sub(1)?.checked_mul(strides[0])?)
                    .checked_add(columns.checked_sub(1)?.checked_mul(strides[1])?)?;
                // Strides of 0 would otherwise permit more values than there are.
                shape.len() <= 2
                    && count <= encoding.count()
                    && start.checked_add(last)? < encoding.count()
                    && (!onnx_gates || rows % 4 == 0)
            }
        };
        fits.then_some(Self { shape, encoding, view })
    }

    /// Whether the file stores the values as float16.
    pub(crate) fn is_half(&self) -> bool {
        matches!(&self.encoding, Encoding::Plain(numbers) if numbers.kind == Type::F16)
    }

    /// The file's range of the values or codes, without scales and zeros: its pages are released after reading.
    pub(crate) fn range(&self) -> Range<usize> {
        match &self.encoding {
            Encoding::Plain(numbers) | Encoding::Affine { codes: numbers, .. } => numbers.range(),
            Encoding::GroupQuantised(grouped) => grouped.codes.clone(),
        }
    }

    /// Where all that the values are computed from has ended in the file.
    pub(crate) fn end(&self) -> usize {
        self.encoding.end()
    }

    /// The values, row-major. The error is a reason, to be preceded by the tensor's name.
    pub(crate) fn read(&self, file: View) -> Result<Vec<f32>, String> {
        let values = self.encoding.read(file)?;
        let Some(view) = self.view else { return Ok(values) };
        let (rows, columns) = (self.shape[0], self.shape.get(1).copied().unwrap_or(1));
        let mut selected = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            let row = if view.onnx_gates { onnx_row(row, rows / 4) } else { row };
            let first = view.start + row * view.strides[0];
            selected.extend((0..columns).map(|column| values[first + column * view.strides[1]]));
        }
        Ok(selected)
    }
}

/// ONNX's row of an LSTM weight for PyTorch's `row`.
fn onnx_row(row: usize, hidden: usize) -> usize {
    [0, 2, 3, 1][row / hidden] * hidden + row % hidden
}
