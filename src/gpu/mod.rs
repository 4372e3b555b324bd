//! The device and the objects on it: adapters, pipelines, buffers, readbacks, profiles.

mod adapter;
mod buffer;
mod completion;
mod context;
mod cooperative_matrix;
mod kernel;
mod memory;
mod pipeline_cache;
mod pipelines;
mod profile;
mod readback;
mod requirements;
mod resource_counters;
mod staging;
mod throughput;

pub use adapter::{AdapterChoice, AdapterSummary, adapters};
pub(crate) use buffer::BufferView;
pub use context::Context;
pub(crate) use kernel::{Access, Kernel};
pub use memory::GpuMemory;
pub(crate) use memory::MemoryReservation;
pub use profile::ProfileRow;
pub(crate) use profile::{Cost, Profile};
pub(crate) use readback::{Readback, ReadbackPool, read};
pub(crate) use staging::Staging;
pub(crate) use throughput::WorkBudget;
