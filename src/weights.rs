//! Parameters on the device: each tensor taken from the checkpoint, laid out for its kernel, and copied into a slab.

use std::cell::RefCell;

use crate::checkpoint::Checkpoint;
use crate::gpu::{BufferView, Context, MemoryReservation, Staging};
use crate::{Error, Result};

/// Size of a slab: small enough for every adapter's binding limit, large enough that a handful hold the network.
const SLAB_BYTES: u64 = 32 << 20;
/// Storage bindings start at multiples of this on every adapter (WebGPU's default limit).
const ALIGNMENT: u64 = 256;

/// Rows that are made at a time: a cache line of the checkpoint's values, where they are transposed.
const BLOCK_ROWS: usize = 16;

struct Slab {
    buffer: wgpu::Buffer,
    used: u64,
    held: MemoryReservation,
}

/// How the large weights are stored. Sums are float32 in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Float32 everywhere: the reference.
    #[default]
    F32,
    /// The decoder's weights as float16, half the memory. Durations, pitch and energy stay as they are.
    F16,
}

impl std::str::FromStr for Precision {
    type Err = Error;

    /// `f32` or `f16`.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            _ => Err(Error::Argument { name: "precision", reason: format!("{text:?} is neither f32 nor f16") }),
        }
    }
}

/// The upload under way.
pub(crate) struct Weights<'a> {
    context: &'a Context,
    checkpoint: &'a Checkpoint,
    slabs: RefCell<Vec<Slab>>,
    staging: RefCell<Staging>,
}

/// What is resident.
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

    /// Copies values into a slab.
    pub fn upload(&self, values: &[f32]) -> Result<BufferView> {
        let view = self.place(size_of_val(values) as u64)?;
        self.write(&view, 0, bytemuck::cast_slice(values))?;
        Ok(view)
    }

    /// Writes part of a view.
    fn write(&self, view: &BufferView, at: u64, bytes: &[u8]) -> Result<()> {
        self.staging.borrow_mut().write(&view.buffer, view.offset + at, bytes)
    }

    /// Room for that many bytes.
    fn place(&self, bytes: u64) -> Result<BufferView> {
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

    /// Waits until what was written has reached the slabs. Returns the slabs' bytes.
    pub fn flush(&self) -> Result<u64> {
        self.staging.borrow_mut().finish()?;
        Ok(self.slabs.borrow().iter().map(|slab| slab.buffer.size()).sum())
    }

    /// Ends the upload; the slabs count as long as what is returned. A tensor of the checkpoint that no module asked for is an error.
    pub fn finish(self) -> Result<(Resident, Vec<MemoryReservation>)> {
        self.checkpoint.finish()?;
        let (tensors, parameters) = self.checkpoint.read_count();
        let resident = Resident { tensors, parameters, bytes: self.flush()? };
        Ok((resident, self.slabs.into_inner().into_iter().map(|slab| slab.held).collect()))
    }
}

/// The tensors below one module.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub weights: &'a Weights<'a>,
    /// Of the matrices below.
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

    /// Copies a matrix to the device in the scope's precision. It is made on the way, a few rows at a time: `fill` gets
    /// the first row's index and the rows, zero everywhere.
    pub fn store_rows(
        &self,
        [rows, columns]: [usize; 2],
        mut fill: impl FnMut(usize, &mut [f32]),
    ) -> Result<BufferView> {
        let value_bytes = match self.precision {
            Precision::F32 => 4,
            Precision::F16 => 2,
        };
        let view = self.weights.place((rows * columns * value_bytes) as u64)?;
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
                    // A weight beyond 65,504 would become infinite.
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

    /// Whether the checkpoint has the tensor; if so, it is copied to the device as it is.
    pub fn upload_if_present(&self, leaf: &str, shape: &[u32]) -> Result<Option<BufferView>> {
        let values = self.weights.checkpoint.optional(&self.name(leaf), &Self::sizes(shape))?;
        values.map(|values| self.weights.upload(&values)).transpose()
    }

    /// The folded weight of this weight-normed layer.
    pub fn weight_norm(&self, shape: &[u32]) -> Result<Vec<f32>> {
        self.weights.checkpoint.weight_norm(&self.path, &Self::sizes(shape))
    }

    /// A vector of a value a channel, on the device, padded to a multiple of four with `fill`.
    pub fn channels(&self, mut values: Vec<f32>, fill: f32) -> Result<BufferView> {
        values.resize(values.len().next_multiple_of(4), fill);
        self.weights.upload(&values)
    }
}
