//! What needs the crate's inside, or the GPU: one binary, so that one device serves all of it.

mod devices;
mod drivers;
mod harness;
mod jobs;
mod kernels;
mod loading;
mod narration;
mod network;
#[path = "../oracle/mod.rs"]
mod oracle;
mod self_check;
mod shaders;
mod slots;
mod soak;
mod speech;
mod stages;
mod start;
mod translate;
mod unsafety;
