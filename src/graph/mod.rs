//! The compute graph: operators are recorded once into a plan, which is replayed for any length within its capacity.

mod builder;
mod partial_replay;
mod plan;
mod replay;
mod schedule;
pub(crate) mod slots;

pub(crate) use builder::{Graph, Groups, Operand, Options, Splittable, Tensor};
pub(crate) use partial_replay::PartialReplay;
pub(crate) use plan::Plan;
