//! The device and the objects on it: adapters, pipelines, buffers, readbacks, profiles.

mod adapter;
mod buffer;
#[cfg_attr(target_family = "wasm", path = "completion_web.rs")]
mod completion;
mod context;
mod cooperative_matrix;
#[cfg_attr(target_family = "wasm", path = "guard_web.rs")]
mod guard;
mod kernel;
mod memory;
mod pipeline_cache;
mod pipelines;
mod profile;
mod readback;
mod requirements;
mod resource_counters;
#[cfg_attr(target_family = "wasm", path = "staging_web.rs")]
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
