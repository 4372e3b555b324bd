//! The Kokoro-82M text-to-speech network as WGSL compute shaders.

mod error;
pub mod model;
pub mod text;

pub use error::{Error, Result};
pub use wgpu;
