//! The device and what lives on it: context, kernels as pipelines, buffers, readback.

mod buffer;
mod context;
mod cooperative_matrix;
mod created;
mod kernel;
mod memory;
mod pipeline_cache;
mod pipelines;
mod profile;
mod readback;
mod requirements;
mod staging;
mod throughput;
mod watcher;

pub(crate) use buffer::BufferView;
pub use context::{AdapterChoice, AdapterSummary, Context, adapters, adapters_blocking};
pub(crate) use kernel::{Access, Kernel};
pub use memory::GpuMemory;
pub(crate) use memory::Held;
pub use profile::ProfileRow;
pub(crate) use profile::{Cost, Profile};
pub(crate) use readback::{Readback, Readbacks, read};
pub(crate) use staging::Staging;
pub(crate) use throughput::Allowance;
