//! The compute graph: operators are recorded once into a plan, which is replayed for any length within its capacity.

mod builder;
mod partial_replay;
mod plan;
mod replay;
mod schedule;
pub(crate) mod slots;
mod step;
mod work;

pub(crate) use builder::{Graph, Options};
pub(crate) use partial_replay::PartialReplay;
pub(crate) use plan::Plan;
pub(crate) use step::{Groups, Operand, Splittable, Tensor};
pub use work::DispatchWork;
pub(crate) use work::{BufferNumbers, Executed};
