//! Operators recorded once into a plan, and the plan replayed for any length within its capacity.

mod builder;
mod pieces;
mod plan;
pub(crate) mod slots;

pub(crate) use builder::{Divisible, Graph, Groups, Operand, Options, Tensor};
pub(crate) use pieces::Pieces;
pub(crate) use plan::Plan;
