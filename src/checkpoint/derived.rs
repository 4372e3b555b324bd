//! Tensors that are made from what a file holds: dequantised, transposed, a direction of an LSTM. One at a time, when
//! they are asked for.

use std::ops::Range;

use super::numbers::{Numbers, Type};

/// One tensor, and how its values come about.
#[derive(Debug)]
pub(crate) struct Derived {
    pub(crate) shape: Vec<usize>,
    form: Form,
    pick: Option<Pick>,
}

/// How a file holds values.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Plain(Numbers),
    /// `(q - zero) * scale`, in float32.
    Affine {
        codes: Numbers,
        dims: Vec<usize>,
        by: Scales,
    },
    Grouped(Grouped),
}

/// Scales and zero points of quantised values: one, or one for each index of some dimensions.
#[derive(Clone, Debug)]
pub(crate) struct Scales {
    scale: Numbers,
    /// As many as scales, or one; zero if there is none.
    zero: Option<Numbers>,
    /// One number that all scales are multiplied by.
    factor: Option<Numbers>,
    /// From one scale to the next, per dimension of the values.
    strides: Vec<usize>,
}

/// Codes of a few bits, packed from the low bits on, with a scale and an offset for each group along a row.
#[derive(Clone, Debug)]
pub(crate) struct Grouped {
    pub(crate) codes: Range<usize>,
    pub(crate) bits: usize,
    pub(crate) group: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// `[rows, groups]`.
    pub(crate) scales: Numbers,
    pub(crate) offset: Offset,
}

/// What lies between a code and its value.
#[derive(Clone, Debug)]
pub(crate) enum Offset {
    /// `(q - zero) * scale`, with the same for all groups.
    Zero(f32),
    /// The same with numbers of `[rows, groups]`.
    Zeros(Numbers),
    /// The same with codes, whose rows begin with a byte each.
    PackedZeros(Range<usize>),
    /// `q * scale + bias`, with biases of `[rows, groups]`.
    Biases(Numbers),
}

/// Element `[r, c]` of a matrix is value `start + r * strides[0] + c * strides[1]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    pub(crate) start: usize,
    pub(crate) strides: [usize; 2],
    /// Whether the rows are an LSTM's gates in ONNX's order, input, output, forget, cell: PyTorch has input, forget, cell, output.
    pub(crate) gates: bool,
}

impl Scales {
    /// For values of these dimensions; none if neither one scale nor one for each index of `axis`.
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

    /// One for each direction and column of `[directions, rows, columns]`.
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

    /// Scales that are multiplied by a single number; none if it is not single.
    pub(crate) fn times(self, factor: Numbers) -> Option<Self> {
        (factor.count == 1).then_some(Self { factor: Some(factor), ..self })
    }

    fn apply(&self, file: &[u8], dims: &[usize], values: &mut [f32]) -> Result<(), String> {
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

impl Grouped {
    /// Bytes of a row of codes, and groups of a row.
    fn row(&self) -> (usize, usize) {
        let groups = self.columns.div_ceil(self.group);
        ((groups * self.group * self.bits).div_ceil(8), groups)
    }

    /// Whether all parts are as large as the others say.
    pub(crate) fn is_whole(&self) -> bool {
        let fits = || {
            let (bytes, groups) = self.row();
            let (codes, scales) = (self.rows.checked_mul(bytes)?, self.rows.checked_mul(groups)?);
            let offsets = match &self.offset {
                Offset::Zero(_) => true,
                Offset::Zeros(numbers) | Offset::Biases(numbers) => numbers.count == scales,
                Offset::PackedZeros(at) => Some(at.len()) == self.rows.checked_mul((groups * self.bits).div_ceil(8)),
            };
            Some(codes == self.codes.len() && scales == self.scales.count && offsets)
        };
        // The limits keep the products above from overflowing.
        let sane = (1..=8).contains(&self.bits) && (1..=1 << 16).contains(&self.group) && self.columns <= 1 << 24;
        sane && self.columns > 0 && fits() == Some(true)
    }

    fn read(&self, file: &[u8]) -> Result<Vec<f32>, String> {
        let (row_bytes, groups) = self.row();
        let scales = self.scales.read(file)?;
        let offsets = match &self.offset {
            Offset::Zero(zero) => vec![*zero],
            Offset::Zeros(numbers) | Offset::Biases(numbers) => numbers.read(file)?,
            Offset::PackedZeros(at) => {
                let bytes = (groups * self.bits).div_ceil(8);
                file[at.clone()]
                    .chunks_exact(bytes)
                    .flat_map(|row| (0..groups).map(|group| code(row, group, self.bits)))
                    .collect()
            }
        };
        let mut values = Vec::with_capacity(self.rows * self.columns);
        for (row, codes) in file[self.codes.clone()].chunks_exact(row_bytes).enumerate() {
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

/// The `index`th code of so many bits, at most 8, in a row.
fn code(row: &[u8], index: usize, bits: usize) -> f32 {
    let (at, shift) = (index * bits / 8, index * bits % 8);
    let pair = u16::from(row[at]) | u16::from(row.get(at + 1).copied().unwrap_or(0)) << 8;
    f32::from(pair >> shift & ((1 << bits) - 1))
}

impl Form {
    /// Values that the file holds.
    fn count(&self) -> usize {
        match self {
            Self::Plain(numbers) | Self::Affine { codes: numbers, .. } => numbers.count,
            Self::Grouped(grouped) => grouped.rows * grouped.columns,
        }
    }

    fn read(&self, file: &[u8]) -> Result<Vec<f32>, String> {
        match self {
            Self::Plain(numbers) => numbers.read(file),
            Self::Affine { codes, dims, by } => {
                let mut values = codes.read(file)?;
                by.apply(file, dims, &mut values)?;
                Ok(values)
            }
            Self::Grouped(grouped) => grouped.read(file),
        }
    }
}

impl Derived {
    /// A tensor of this shape, all of whose values are there; none otherwise.
    pub(crate) fn new(shape: Vec<usize>, form: Form, pick: Option<Pick>) -> Option<Self> {
        let count = shape.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))?;
        let reaches = match pick {
            None => count == form.count(),
            Some(Pick { start, strides, gates }) => {
                let (rows, columns) = (*shape.first()?, shape.get(1).copied().unwrap_or(1));
                let last = (rows.checked_sub(1)?.checked_mul(strides[0])?)
                    .checked_add(columns.checked_sub(1)?.checked_mul(strides[1])?)?;
                // No more values than there are, which a stride of 0 would allow.
                shape.len() <= 2
                    && count <= form.count()
                    && start.checked_add(last)? < form.count()
                    && (!gates || rows % 4 == 0)
            }
        };
        reaches.then_some(Self { shape, form, pick })
    }

    /// Whether the values are float16 in the file, so that they lose nothing as such.
    pub(crate) fn is_half(&self) -> bool {
        matches!(&self.form, Form::Plain(numbers) if numbers.kind == Type::F16)
    }

    /// Where most of it lies in the file.
    pub(crate) fn range(&self) -> Range<usize> {
        match &self.form {
            Form::Plain(numbers) | Form::Affine { codes: numbers, .. } => numbers.range(),
            Form::Grouped(grouped) => grouped.codes.clone(),
        }
    }

    /// The values, row-major. The error is a reason, to be put behind the tensor's name.
    pub(crate) fn read(&self, file: &[u8]) -> Result<Vec<f32>, String> {
        let values = self.form.read(file)?;
        let Some(pick) = self.pick else { return Ok(values) };
        let (rows, columns) = (self.shape[0], self.shape.get(1).copied().unwrap_or(1));
        let mut picked = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            let row = if pick.gates { onnx_row(row, rows / 4) } else { row };
            let first = pick.start + row * pick.strides[0];
            picked.extend((0..columns).map(|column| values[first + column * pick.strides[1]]));
        }
        Ok(picked)
    }
}

/// Where ONNX keeps the row that PyTorch has at `row`.
fn onnx_row(row: usize, hidden: usize) -> usize {
    [0, 2, 3, 1][row / hidden] * hidden + row % hidden
}
