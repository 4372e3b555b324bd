//! Checkpoints: the network's tensors by their published names, whatever the file format.

pub(crate) mod archive;
pub(crate) mod content;
mod convert;
mod derived;
pub(crate) mod entry;
mod file;
pub(crate) mod format;
mod mlx;
mod names;
mod numbers;
mod onnx;
mod parts;
mod pickle;
mod protobuf;
mod reader;
pub(crate) mod safetensors;
pub mod seeded;
pub(crate) mod torch;

pub use self::convert::{convert, convert_into};
pub(crate) use self::file::Values;
pub use self::reader::Checkpoint;
