//! What every dispatch of a replay will execute, known without running it.

use std::collections::HashMap;

use super::plan::Plan;
use super::step::{Groups, Operand};
use crate::batch::{BatchEntry, Extents};
use crate::gpu::BufferView;

/// A dispatch before it runs: what it will execute, from which a model can predict its time on a GPU that is not at hand.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlannedDispatch {
    /// The module's path, named as in the checkpoint (ALBERT's shared layer is `bert.layer.N`), followed by the kernel.
    pub label: String,
    /// The name of the kernel.
    pub kernel: &'static str,
    /// Number of workgroups.
    pub workgroups: u64,
    /// Invocations per workgroup.
    pub workgroup_size: u32,
    /// Operations that the kernel executes, where a multiplication and an addition are two: with Winograd's savings, and
    /// with the parts of tiles that lie outside the result.
    pub flops: u64,
    /// Operations of the direct algorithm for the same result, with neither. A product of Winograd's form counts the whole
    /// convolution's, and its transforms none.
    pub direct_flops: u64,
    /// Bytes that all workgroups load and store. In convolutions, attention and LSTMs, what several workgroups load, or one
    /// loads again, counts each time; in other kernels, every operand counts once.
    pub moved_bytes: u64,
    /// Rounds of loads that an invocation waits for, one after another.
    pub rounds: u64,
    /// The buffers that it uses, by a number that is the same in all dispatches, and the bytes used of each.
    pub buffers: Vec<(usize, u64)>,
}

/// What one dispatch executes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Executed {
    pub flops: u64,
    pub moved_bytes: u64,
    pub rounds: u64,
}

impl Executed {
    /// What both execute, beside each other.
    fn beside(self, other: Self) -> Self {
        Self {
            flops: self.flops + other.flops,
            moved_bytes: self.moved_bytes + other.moved_bytes,
            rounds: self.rounds.max(other.rounds),
        }
    }
}

/// Corrects the default of [`Executed`], which is the direct algorithm with every operand loaded or stored once, in one
/// round.
pub(super) type ExecutedFn = Box<dyn Fn(&[u8], Groups, &mut Executed) + Send + Sync>;

/// Gives each buffer a number, the same in all plans.
#[derive(Default)]
pub(crate) struct BufferNumbers(HashMap<(wgpu::Buffer, u64), usize>);

impl BufferNumbers {
    fn of(&mut self, view: &BufferView) -> usize {
        let next = self.0.len();
        *self.0.entry((view.buffer.clone(), view.offset)).or_insert(next)
    }
}

impl Plan {
    /// Every dispatch of a replay of these utterances, in order.
    pub fn planned_dispatches(&self, entries: &[BatchEntry], numbers: &mut BufferNumbers) -> Vec<PlannedDispatch> {
        let (uniforms, dispatches) = self.dispatches(entries);
        let planned = dispatches.iter().map(|dispatch| {
            let step = &self.steps[dispatch.step].step;
            let cost = self.cost(dispatch.step, entries);
            let executed = match &step.executed {
                None => Executed { flops: cost.flops, moved_bytes: cost.bytes, rounds: 1 },
                Some(correct) => {
                    let [x, y, z] = dispatch.groups;
                    let groups = [x, y, z / entries.len() as u32];
                    let uniforms = uniforms[dispatch.uniforms_offset as usize..].chunks(step.kernel.uniforms_stride());
                    let each = entries.iter().zip(uniforms).map(|(entry, uniforms)| {
                        let cost = self.cost(dispatch.step, std::slice::from_ref(entry));
                        let mut executed = Executed { flops: cost.flops, moved_bytes: cost.bytes, rounds: 1 };
                        correct(&uniforms[..step.kernel.params_bytes], groups, &mut executed);
                        executed
                    });
                    each.fold(Executed::default(), Executed::beside)
                }
            };
            let Executed { flops, moved_bytes, rounds } = executed;
            PlannedDispatch {
                label: step.label.clone(),
                kernel: step.kernel.name,
                workgroups: dispatch.groups.iter().map(|groups| u64::from(*groups)).product(),
                workgroup_size: step.kernel.workgroup_size(),
                flops,
                direct_flops: cost.flops,
                moved_bytes,
                rounds,
                buffers: self.buffers_of(&step.operands, entries, cost.bytes, numbers),
            }
        });
        planned.collect()
    }

    /// The buffers of a dispatch that moves `bytes` in all. An iteration of a loop uses a part of some operands; which part
    /// is not known, so all are scaled alike.
    fn buffers_of(
        &self,
        operands: &[Operand],
        entries: &[BatchEntry],
        bytes: u64,
        numbers: &mut BufferNumbers,
    ) -> Vec<(usize, u64)> {
        let sum = |extent: fn(&BatchEntry) -> u32| entries.iter().map(extent).sum();
        let (tokens, frames, utterances) = (sum(|entry| entry.tokens), sum(|entry| entry.frames), sum(|_| 1));
        let extents = Extents { tokens, frames, utterances };
        let mut buffers: Vec<(usize, u64)> = Vec::with_capacity(operands.len());
        for operand in operands {
            let (view, size) = match operand {
                Operand::Tensor(tensor) => (self.buffer(*tensor), tensor.shape.total_bytes(&extents)),
                Operand::Buffer(view) => (Some(view), view.size),
            };
            let Some(number) = view.map(|view| numbers.of(view)) else { continue };
            match buffers.iter_mut().find(|(other, _)| *other == number) {
                Some((_, used)) => *used = size.max(*used),
                None => buffers.push((number, size)),
            }
        }
        let total: u64 = buffers.iter().map(|(_, size)| size).sum();
        for (_, size) in &mut buffers {
            *size = (*size as f64 * bytes as f64 / total.max(1) as f64) as u64;
        }
        buffers
    }
}
