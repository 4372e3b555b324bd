//! What needs the crate's inside, or the GPU: one binary, so that one device serves all of it.

mod harness;
mod kernels;
#[path = "../oracle/mod.rs"]
mod oracle;
