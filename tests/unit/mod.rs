//! What needs the crate's inside, or the GPU: one binary, so that one device serves all of it.

mod devices;
mod drivers;
mod harness;
mod kernels;
mod loading;
mod narration;
mod network;
#[path = "../oracle/mod.rs"]
mod oracle;
mod self_check;
mod shaders;
mod slots;
mod speech;
mod stages;
mod start;
