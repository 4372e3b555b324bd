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

/// Values of a matrix that are laid out at a time, or one row of more.
const BLOCK_VALUES: usize = 1 << 14;

struct Slab {
    buffer: wgpu::Buffer,
    used: u64,
    held: MemoryReservation,
}

/// Reads values, once a checkpoint has them.
pub(crate) type Read = Box<dyn Fn(&Checkpoint) -> Result<Vec<f32>> + Send>;

/// Reads values and writes them to their place.
trait Job: Fn(&Weights, &Checkpoint) -> Result<()> + wgpu::WasmNotSend {}
impl<T: Fn(&Weights, &Checkpoint) -> Result<()> + wgpu::WasmNotSend> Job for T {}

/// An upload in progress: places in slabs, and what fills them once the tensors can be read.
pub(crate) struct Weights {
    context: Context,
    slabs: RefCell<Vec<Slab>>,
    staging: RefCell<Staging>,
    /// In the order of the places; `None` for those that are filled.
    jobs: RefCell<Vec<Option<Box<dyn Job>>>>,
}

/// Totals of what was uploaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resident {
    pub tensors: usize,
    pub parameters: u64,
    pub bytes: u64,
}

impl Weights {
    pub fn new(context: &Context) -> Self {
        let staging = RefCell::new(Staging::new(context));
        Self { context: context.clone(), slabs: RefCell::default(), staging, jobs: RefCell::default() }
    }

    pub fn scope(&self, name: &str) -> Scope<'_> {
        Scope { weights: self, module: Module(name.to_owned()), precision: Precision::F32 }
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
                        usage: wgpu::BufferUsages::STORAGE
                            | wgpu::BufferUsages::COPY_SRC
                            | wgpu::BufferUsages::COPY_DST,
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

    /// Fills the places whose tensors are there.
    pub fn advance(&self, checkpoint: &Checkpoint) -> Result<()> {
        self.fill(checkpoint, true)
    }

    /// `waits`: whether a tensor that is missing may come later.
    fn fill(&self, checkpoint: &Checkpoint, waits: bool) -> Result<()> {
        for slot in self.jobs.borrow_mut().iter_mut() {
            let Some(job) = slot else { continue };
            match job(self, checkpoint) {
                Ok(()) => *slot = None,
                Err(Error::MissingTensor { .. }) if waits => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Fills the places that are left, and waits until everything is in the slabs. Returns the size of the slabs in bytes.
    pub fn flush(&self, checkpoint: &Checkpoint) -> Result<u64> {
        self.fill(checkpoint, false)?;
        self.staging.borrow_mut().finish()?;
        Ok(self.slabs.borrow().iter().map(|slab| slab.buffer.size()).sum())
    }

    /// Ends the upload. The memory counts as used as long as the returned reservations exist. A tensor of the
    /// checkpoint that no module has read is an error.
    pub fn finish(self, checkpoint: &Checkpoint) -> Result<(Resident, Vec<MemoryReservation>)> {
        let bytes = self.flush(checkpoint)?;
        checkpoint.finish()?;
        let (tensors, parameters) = checkpoint.read_count();
        let resident = Resident { tensors, parameters, bytes };
        Ok((resident, self.slabs.into_inner().into_iter().map(|slab| slab.held).collect()))
    }
}

/// Where the tensors of one module go.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    weights: &'a Weights,
    /// Storage of the module's matrices.
    pub precision: Precision,
    /// Its name.
    pub module: Module,
}

impl Scope<'_> {
    pub fn scope(&self, name: impl std::fmt::Display) -> Self {
        Self { module: Module(self.module.name(&name.to_string())), ..*self }
    }

    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Runs `job` as one that fills a place.
    pub fn later(&self, job: impl Fn(&Weights, &Checkpoint) -> Result<()> + wgpu::WasmNotSend + 'static) {
        self.weights.jobs.borrow_mut().push(Some(Box::new(job)));
    }

    /// Uploads so many values unchanged.
    pub fn upload(&self, count: usize, read: Read) -> Result<BufferView> {
        let view = self.weights.reserve((count * size_of::<f32>()) as u64)?;
        let place = view.clone();
        self.later(move |weights, checkpoint| {
            let values = read(checkpoint)?;
            debug_assert_eq!(values.len(), count);
            weights.write(&place, 0, bytemuck::cast_slice(&values))
        });
        Ok(view)
    }

    /// Uploads values that need no checkpoint.
    pub fn upload_values(&self, values: impl Into<Vec<f32>>) -> Result<BufferView> {
        let values = values.into();
        self.upload(values.len(), ready(values))
    }

    /// Uploads one value per channel, padded with `fill` to a multiple of four.
    pub fn upload_channels(&self, channels: u32, fill: f32, read: Read) -> Result<BufferView> {
        let count = channels.next_multiple_of(4) as usize;
        let padded = move |checkpoint: &Checkpoint| {
            let mut values = read(checkpoint)?;
            values.resize(count, fill);
            Ok(values)
        };
        self.upload(count, Box::new(padded))
    }

    /// Uploads a matrix in the scope's precision. It is laid out a few rows at a time: `fill` gets what was read, the index
    /// of the first row, and the rows, which are zero.
    pub fn upload_rows(
        &self,
        [rows, columns]: [usize; 2],
        read: Read,
        fill: impl Fn(&[f32], usize, &mut [f32]) + Send + 'static,
    ) -> Result<BufferView> {
        let (precision, module) = (self.precision, self.module.clone());
        let value_bytes = precision.bytes() as usize;
        let view = self.weights.reserve((rows * columns * value_bytes) as u64)?;
        let place = view.clone();
        self.later(move |weights, checkpoint| {
            let values = read(checkpoint)?;
            debug_assert!(values.len() <= rows * columns); // fewer where it is padded
            let block_rows = (BLOCK_VALUES / columns).max(1);
            let mut block = vec![0.0; block_rows.min(rows) * columns];
            let mut halves = Vec::new();
            for first in (0..rows).step_by(block_rows) {
                let block = &mut block[..block_rows.min(rows - first) * columns];
                block.fill(0.0);
                fill(&values, first, block);
                let at = first * columns;
                let bytes = match precision {
                    Precision::F32 => bytemuck::cast_slice(block),
                    Precision::F16 => {
                        halves.clear();
                        halves.extend(block.iter().map(|v| half::f16::from_f32(*v).to_bits()));
                        // A weight above 65,504 becomes infinite.
                        if let Some(index) = halves.iter().position(|h| h & 0x7c00 == 0x7c00) {
                            let origin = checkpoint.origin().to_owned();
                            let (name, value) = (format!("{} as f16", module.0), block[index]);
                            return Err(Error::NonFinite { origin, name, index: at + index, value });
                        }
                        bytemuck::cast_slice(&halves)
                    }
                };
                weights.write(&place, (at * value_bytes) as u64, bytes)?;
            }
            Ok(())
        });
        Ok(view)
    }
}

/// Values that need no checkpoint. Each reading copies them; there is one, and in models they are a few biases.
pub(crate) fn ready(values: impl Into<Vec<f32>>) -> Read {
    let values = values.into();
    Box::new(move |_| Ok(values.clone()))
}

/// The name of a module, by which a checkpoint has its tensors.
#[derive(Clone)]
pub(crate) struct Module(String);

impl Module {
    fn name(&self, leaf: &str) -> String {
        format!("{}.{leaf}", self.0)
    }

    fn sizes(shape: &[u32]) -> Vec<usize> {
        shape.iter().map(|s| *s as usize).collect()
    }

    /// Reads a tensor's values later.
    pub fn reader(&self, leaf: &str, shape: &[u32]) -> Read {
        let (name, shape) = (self.name(leaf), Self::sizes(shape));
        Box::new(move |checkpoint| checkpoint.tensor(&name, &shape))
    }

    /// A tensor's values, row-major, if the checkpoint has it.
    pub fn optional(&self, checkpoint: &Checkpoint, leaf: &str, shape: &[u32]) -> Result<Option<Vec<f32>>> {
        checkpoint.optional(&self.name(leaf), &Self::sizes(shape))
    }

    /// Reads later the weight of this weight-normed layer: g v / |v|.
    pub fn weight_norm_reader(&self, shape: &[u32]) -> Read {
        let (prefix, shape) = (self.0.clone(), Self::sizes(shape));
        Box::new(move |checkpoint| checkpoint.weight_norm(&prefix, &shape))
    }
}
