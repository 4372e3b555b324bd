//! The recorded form of a graph: tensors, steps and loops.

use std::ops::Range;

use super::planned_dispatch::ExecutedFn;
use super::textures::Texels;
use crate::batch::BatchEntry;
use crate::gpu::{BufferView, Kernel};
use crate::shape::Shape;

/// A symbolic tensor: a handle with its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tensor {
    pub(super) id: usize,
    pub shape: Shape,
}

/// A storage binding of a step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Tensor(Tensor),
    /// A weight, or a buffer owned by someone else.
    Buffer(BufferView),
}

impl From<Tensor> for Operand {
    fn from(tensor: Tensor) -> Self {
        Self::Tensor(tensor)
    }
}

impl From<&BufferView> for Operand {
    fn from(view: &BufferView) -> Self {
        Self::Buffer(view.clone())
    }
}

/// Workgroups of a dispatch along x, y and z.
pub(crate) type Groups = [u32; 3];

/// A cost of one utterance, summed over all iterations of the enclosing loop.
type CostFn = Box<dyn Fn(&BatchEntry) -> u64 + Send + Sync>;

/// Writes the uniforms of one utterance and loop iteration; returns its workgroups.
type UniformsFn = Box<dyn Fn(&BatchEntry, u32, &mut [u8]) -> Groups + Send + Sync>;

/// The texels that a dispatch with these uniforms reads.
pub(super) type TexelsFn = Box<dyn Fn(&[u8]) -> Texels + Send + Sync>;

/// Uniforms of a dispatch that can be split into several, run one after another with bit-identical results.
pub(crate) trait Splittable: bytemuck::Pod {
    /// Time of one floating-point operation, relative to one of a convolution.
    const RELATIVE_COST: u64;

    /// Number of parts into which the dispatch can be split at most: rows of tiles of a convolution, time steps of an LSTM.
    fn parts(&self, groups: Groups) -> u32;

    /// Restricts the dispatch to a range of its parts.
    fn restrict(&mut self, groups: &mut Groups, parts: Range<u32>);
}

/// The functions of [`Splittable`], for uniforms in bytes.
#[derive(Clone, Copy)]
pub(super) struct Splitting {
    pub relative_cost: u64,
    pub parts: fn(&[u8], Groups) -> u32,
    pub restrict: fn(&mut [u8], &mut Groups, Range<u32>),
}

impl Splitting {
    pub const fn of<P: Splittable>() -> Self {
        Self {
            relative_cost: P::RELATIVE_COST,
            parts: |bytes, groups| bytemuck::pod_read_unaligned::<P>(bytes).parts(groups),
            restrict: |bytes, groups, parts| {
                let mut params = bytemuck::pod_read_unaligned::<P>(bytes);
                params.restrict(groups, parts);
                bytes.copy_from_slice(bytemuck::bytes_of(&params));
            },
        }
    }
}

/// One dispatch; in a loop, one per iteration.
pub(super) struct Step {
    pub kernel: &'static Kernel,
    pub label: String,
    pub operands: Vec<Operand>,
    pub uniforms: UniformsFn,
    /// Operations of the direct algorithm.
    pub flops: CostFn,
    /// Minimum number of bytes moved, if that is not every operand once.
    pub bytes: Option<CostFn>,
    /// `None` if its dispatches cannot be split.
    pub splitting: Option<Splitting>,
    /// Corrects what a dispatch is assumed to execute.
    pub executed: Option<ExecutedFn>,
    /// For kernels with operands in textures.
    pub texels: Option<TexelsFn>,
}

/// Steps that are repeated.
pub(super) struct Loop {
    pub steps: Range<usize>,
    pub iterations: Box<dyn Fn(&BatchEntry) -> u32 + Send + Sync>,
}

/// The buffer of a tensor.
pub(super) enum Storage {
    /// A slot, shared with tensors of other lifetimes. A step writes it.
    Slot,
    /// A buffer of its own, which the host writes before each replay.
    Own,
    /// A buffer owned by someone else.
    Bound(BufferView),
}

pub(super) struct TensorInfo {
    pub shape: Shape,
    pub storage: Storage,
    /// Its values are read after the replay.
    pub kept: bool,
}
