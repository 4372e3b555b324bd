//! Tests of the crate's internals and on the GPU. They are one binary, so that they share one device.

mod arriving;
mod devices;
mod drivers;
mod harness;
mod isa;
mod jobs;
mod kernels;
mod layout;
mod loading;
mod narration;
mod network;
#[path = "../oracle/mod.rs"]
mod oracle;
mod planned_dispatches;
mod profiles;
mod self_check;
mod shaders;
mod slots;
mod soak;
mod speech;
mod stages;
mod start;
mod translate;
