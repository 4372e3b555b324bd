//! The compute graph: operators are recorded once into a plan, which is replayed for any length within its capacity.

mod builder;
mod partial_replay;
mod plan;
mod planned_dispatch;
mod replay;
mod schedule;
pub(crate) mod slots;
mod step;
mod textures;

pub(crate) use builder::{Graph, Options};
pub(crate) use partial_replay::PartialReplay;
pub(crate) use plan::Plan;
pub use planned_dispatch::PlannedDispatch;
pub(crate) use planned_dispatch::{BufferNumbers, Executed};
pub(crate) use step::{Groups, Operand, Splittable, Tensor};
#[cfg(test)]
pub(crate) use textures::ROW as TEXTURE_ROW;
pub(crate) use textures::has_textures;
