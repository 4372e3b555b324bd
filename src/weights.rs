//! Parameters on the device: each tensor is read from the checkpoint, laid out for its kernel, and copied into a slab.

use std::cell::RefCell;

use crate::checkpoint::Checkpoint;
use crate::error::{Error, Result};
use crate::gpu::{BufferView, Context, MemoryReservation, Staging};
use crate::variant::Precision;

/// Size of a slab: below every adapter's binding limit, and large enough that about ten hold the network.
const SLAB_BYTES: u64 = 32 << 20;
/// Alignment of storage bindings on every adapter (WebGPU's default limit).
const ALIGNMENT: u64 = 256;

/// Rows of a matrix that are laid out at a time: a transposed read then uses whole cache lines of the checkpoint.
const BLOCK_ROWS: usize = 16;

struct Slab {
    buffer: wgpu::Buffer,
    used: u64,
    held: MemoryReservation,
}

/// An upload in progress.
pub(crate) struct Weights<'a> {
    context: &'a Context,
    checkpoint: &'a Checkpoint,
    slabs: RefCell<Vec<Slab>>,
    staging: RefCell<Staging>,
}

/// Totals of what was uploaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resident {
    pub tensors: usize,
    pub parameters: u64,
    pub bytes: u64,
}

impl<'a> Weights<'a> {
    pub fn new(context: &'a Context, checkpoint: &'a Checkpoint) -> Self {
        Self { context, checkpoint, slabs: RefCell::default(), staging: RefCell::new(Staging::new(context)) }
    }

    pub fn scope(&'a self, name: &str) -> Scope<'a> {
        Scope { weights: self, path: name.to_owned(), precision: Precision::F32 }
    }

    /// Uploads values unchanged.
    pub fn upload(&self, values: &[f32]) -> Result<BufferView> {
        let view = self.reserve(size_of_val(values) as u64)?;
        self.write(&view, 0, bytemuck::cast_slice(values))?;
        Ok(view)
    }

    /// Writes to part of a view, `at` bytes from its start.
    fn write(&self, view: &BufferView, at: u64, bytes: &[u8]) -> Result<()> {
        self.staging.borrow_mut().write(&view.buffer, view.offset + at, bytes)
    }

    /// Reserves so many bytes in a slab.
    fn reserve(&self, bytes: u64) -> Result<BufferView> {
        let size = bytes.next_multiple_of(16);
        let mut slabs = self.slabs.borrow_mut();
        let fits = slabs.iter().position(|slab| slab.used + size <= slab.buffer.size());
        let index = match fits {
            Some(index) => index,
            None => {
                let what = "allocating the weights";
                let held = self.context.reserve_memory(what, SLAB_BYTES.max(size))?;
                let buffer = self.context.guarded(what, || {
                    self.context.create_buffer(&wgpu::BufferDescriptor {
                        label: Some("weights"),
                        size: SLAB_BYTES.max(size),
                        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                        mapped_at_creation: false,
                    })
                })?;
                slabs.push(Slab { buffer, used: 0, held });
                slabs.len() - 1
            }
        };
        let slab = &mut slabs[index];
        let offset = slab.used;
        slab.used = (offset + size).next_multiple_of(ALIGNMENT);
        Ok(BufferView { buffer: slab.buffer.clone(), offset, size })
    }

    /// Waits until everything written is in the slabs. Returns the size of the slabs in bytes.
    pub fn flush(&self) -> Result<u64> {
        self.staging.borrow_mut().finish()?;
        Ok(self.slabs.borrow().iter().map(|slab| slab.buffer.size()).sum())
    }

    /// Ends the upload. The memory counts as used as long as the returned reservations exist. A tensor of the
    /// checkpoint that no module has read is an error.
    pub fn finish(self) -> Result<(Resident, Vec<MemoryReservation>)> {
        self.checkpoint.finish()?;
        let (tensors, parameters) = self.checkpoint.read_count();
        let resident = Resident { tensors, parameters, bytes: self.flush()? };
        Ok((resident, self.slabs.into_inner().into_iter().map(|slab| slab.held).collect()))
    }
}

/// The tensors of one module.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub weights: &'a Weights<'a>,
    /// Storage of the module's matrices.
    pub precision: Precision,
    path: String,
}

impl<'a> Scope<'a> {
    pub fn scope(&self, name: impl std::fmt::Display) -> Self {
        Self { path: self.name(&name.to_string()), ..*self }
    }

    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Uploads a matrix in the scope's precision. It is laid out a few rows at a time: `fill` gets the index of the
    /// first row, and the rows, which are zero.
    pub fn upload_rows(
        &self,
        [rows, columns]: [usize; 2],
        mut fill: impl FnMut(usize, &mut [f32]),
    ) -> Result<BufferView> {
        let value_bytes = self.precision.bytes() as usize;
        let view = self.weights.reserve((rows * columns * value_bytes) as u64)?;
        let mut block = vec![0.0; BLOCK_ROWS.min(rows) * columns];
        let mut halves = Vec::new();
        for first in (0..rows).step_by(BLOCK_ROWS) {
            let block = &mut block[..BLOCK_ROWS.min(rows - first) * columns];
            block.fill(0.0);
            fill(first, block);
            let at = first * columns;
            let bytes = match self.precision {
                Precision::F32 => bytemuck::cast_slice(block),
                Precision::F16 => {
                    halves.clear();
                    halves.extend(block.iter().map(|v| half::f16::from_f32(*v).to_bits()));
                    // A weight above 65,504 becomes infinite.
                    if let Some(index) = halves.iter().position(|h| h & 0x7c00 == 0x7c00) {
                        let origin = self.weights.checkpoint.origin().to_owned();
                        let (name, value) = (format!("{} as f16", self.path), block[index]);
                        return Err(Error::NonFinite { origin, name, index: at + index, value });
                    }
                    bytemuck::cast_slice(&halves)
                }
            };
            self.weights.write(&view, (at * value_bytes) as u64, bytes)?;
        }
        Ok(view)
    }

    fn name(&self, leaf: &str) -> String {
        format!("{}.{leaf}", self.path)
    }

    fn sizes(shape: &[u32]) -> Vec<usize> {
        shape.iter().map(|s| *s as usize).collect()
    }

    /// A tensor's values, row-major.
    pub fn values(&self, leaf: &str, shape: &[u32]) -> Result<Vec<f32>> {
        self.weights.checkpoint.tensor(&self.name(leaf), &Self::sizes(shape))
    }

    /// A tensor's values, or `default` everywhere if the checkpoint lacks it.
    pub fn values_or(&self, leaf: &str, shape: &[u32], default: f32) -> Result<Vec<f32>> {
        let values = self.weights.checkpoint.optional(&self.name(leaf), &Self::sizes(shape))?;
        Ok(values.unwrap_or_else(|| vec![default; shape.iter().product::<u32>() as usize]))
    }

    /// Uploads the tensor unchanged, if the checkpoint has it.
    pub fn upload_if_present(&self, leaf: &str, shape: &[u32]) -> Result<Option<BufferView>> {
        let values = self.weights.checkpoint.optional(&self.name(leaf), &Self::sizes(shape))?;
        values.map(|values| self.weights.upload(&values)).transpose()
    }

    /// The weight of this weight-normed layer: g v / |v|.
    pub fn weight_norm(&self, shape: &[u32]) -> Result<Vec<f32>> {
        self.weights.checkpoint.weight_norm(&self.path, &Self::sizes(shape))
    }

    /// Uploads one value per channel, padded with `fill` to a multiple of four.
    pub fn upload_channels(&self, mut values: Vec<f32>, fill: f32) -> Result<BufferView> {
        values.resize(values.len().next_multiple_of(4), fill);
        self.weights.upload(&values)
    }
}
