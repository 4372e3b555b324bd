//! What needs the crate's inside, or the GPU: one binary, so that one device serves all of it.

mod devices;
mod loading;
mod network;
mod shaders;
mod slots;
mod speech;
mod stages;
