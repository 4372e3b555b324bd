//! The device and what lives on it: context, kernels as pipelines, buffers, readback.

mod buffer;
mod context;
mod kernel;
mod profile;
mod variant;

pub(crate) use buffer::BufferView;
pub(crate) use buffer::{Readback, read};
pub use context::{AdapterChoice, AdapterSummary, Context, adapters, adapters_blocking};
pub(crate) use kernel::{Access, Kernel};
pub use profile::ProfileRow;
pub(crate) use profile::{Cost, Profile};
pub use variant::ConvVariant;
