//! Replays of a plan: the resolved steps are encoded again for the exact lengths of a batch.

use std::ops::Range;

use super::plan::{Plan, ReplayCounts, ResolvedStep, uniforms_size};
use super::schedule::Scheduled;
use super::step::{Groups, Operand};
use super::textures::MAX_TEXTURES;
use crate::batch::BatchEntry;
use crate::error::Result;
use crate::gpu::{BufferView, Cost, Profile, Readback};

/// Maximum number of dispatches per submission: enough to make the cost of submissions negligible.
pub(super) const DISPATCHES_PER_SUBMIT: usize = 64;

/// A dispatch ready to be encoded.
pub(super) struct Dispatch {
    pub step: usize,
    /// Dynamic offset of its uniforms.
    pub uniforms_offset: u32,
    pub groups: Groups,
    /// Texels to copy before it into the textures that it reads.
    pub texels: [Vec<Range<u32>>; MAX_TEXTURES],
}

impl Dispatch {
    fn has_copies(&self) -> bool {
        self.texels.iter().any(|texels| !texels.is_empty())
    }
}

impl Plan {
    /// Floating-point operations of one dispatch of a step; in a loop, the mean over its iterations.
    fn flops(&self, step: usize, entries: &[BatchEntry]) -> u64 {
        let flops: u64 = entries.iter().map(|entry| (self.steps[step].step.flops)(entry)).sum();
        flops / u64::from(self.schedule.iterations(step, entries).max(1))
    }

    /// Cost of one dispatch of a step; in a loop, the mean over its iterations.
    pub(super) fn cost(&self, index: usize, entries: &[BatchEntry]) -> Cost {
        let step = &self.steps[index].step;
        // In place of an absent operand, an operator binds another one a second time; it is read once.
        let once = step.operands.iter().enumerate().filter(|(at, operand)| !step.operands[..*at].contains(operand));
        let operands = || {
            once.map(|(_, operand)| match operand {
                Operand::Tensor(tensor) => entries.iter().map(|entry| tensor.shape.bytes(entry)).sum(),
                Operand::Buffer(view) => view.size,
            })
        };
        let declared = step.bytes.as_ref().map(|bytes| entries.iter().map(bytes).sum());
        let bytes: u64 = declared.unwrap_or_else(|| operands().sum());
        let iterations = u64::from(self.schedule.iterations(index, entries).max(1));
        Cost { flops: self.flops(index, entries), bytes: bytes / iterations }
    }

    /// Runs every step for the utterances' exact lengths, then copies `reads` to the host: `None` if there are none. With a
    /// profile, every dispatch gets a pass of its own with timestamps.
    pub fn replay(
        &mut self,
        entries: &[BatchEntry],
        reads: &[BufferView],
        mut profile: Option<&mut Profile>,
    ) -> Result<Option<Readback>> {
        self.context.check_lost()?;
        let (uniforms, dispatches) = self.dispatches(entries);
        let submits = self.submits(&dispatches, entries);
        self.counts = ReplayCounts {
            dispatches: dispatches.len() as u64,
            submits: submits.len() as u64,
            uploaded_bytes: uniforms.len() as u64,
        };
        let context = &self.context;
        context.guarded("running the network", || {
            context.queue().write_buffer(&self.uniforms, 0, &uniforms);
            let mut readback = None;
            let mut submits = submits.into_iter().peekable();
            while let Some(dispatches) = submits.next() {
                let label = Some("replay");
                let mut encoder = context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
                match &mut profile {
                    None => encode(&mut encoder, &self.steps, dispatches, None),
                    Some(profile) => self.encode_profiled(&mut encoder, dispatches, entries, profile),
                }
                if submits.peek().is_none() && !reads.is_empty() {
                    readback = Some(Readback::record(context, &mut encoder, reads, &self.readbacks)?);
                }
                context.queue().submit([encoder.finish()]);
                match &readback {
                    Some(readback) => readback.start()?,
                    // Every submission gets the timeout, so that the first one that hangs is noticed.
                    None => context.on_completion(|_| {})?,
                }
            }
            Ok(readback)
        })?
    }

    /// The uniforms and dispatches of a replay.
    pub(super) fn dispatches(&self, entries: &[BatchEntry]) -> (Vec<u8>, Vec<Dispatch>) {
        let scheduled = self.schedule.dispatches(entries);
        let mut uniforms = Vec::with_capacity(self.uniforms_bytes);
        let mut dispatches = Vec::with_capacity(scheduled.len());
        for Scheduled { step, iteration } in scheduled {
            let kernel = self.steps[step].step.kernel;
            let (offset, stride) = (uniforms.len(), kernel.uniforms_stride());
            uniforms.resize(offset + uniforms_size(kernel, entries.len()), 0);
            // A dispatch computes all utterances of the batch: along x and y it has the workgroups of the largest, and shaders
            // skip those outside their own utterance; along z, the utterances follow one another.
            let mut groups = [0; 3];
            for (entry, uniforms) in entries.iter().zip(uniforms[offset..].chunks_exact_mut(stride)) {
                let own = (self.steps[step].step.uniforms)(entry, iteration, &mut uniforms[..kernel.params_bytes]);
                groups = std::array::from_fn(|axis| own[axis].max(groups[axis]));
            }
            let [x, y, z] = groups;
            let groups = [x, y, z * entries.len() as u32];
            let texels = self.steps[step].texels(&uniforms[offset..][..stride * entries.len()]);
            dispatches.push(Dispatch { step, uniforms_offset: offset as u32, groups, texels });
        }
        (uniforms, dispatches)
    }

    /// Divides the dispatches among submissions.
    fn submits<'a>(&self, dispatches: &'a [Dispatch], entries: &[BatchEntry]) -> Vec<&'a [Dispatch]> {
        let flops_of: Vec<u64> = (0..self.steps.len()).map(|step| self.flops(step, entries)).collect();
        let flops = dispatches.iter().map(|dispatch| flops_of[dispatch.step]);
        let ranges = submit_ranges(flops, self.context.flops_per_submit());
        ranges.into_iter().map(|range| &dispatches[range]).collect()
    }

    fn encode_profiled(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        dispatches: &[Dispatch],
        entries: &[BatchEntry],
        profile: &mut Profile,
    ) {
        for dispatch in dispatches {
            let step = &self.steps[dispatch.step].step;
            let cost = self.cost(dispatch.step, entries);
            let timestamps = profile.next(&self.context, &step.label, step.kernel.name, cost);
            encode(encoder, &self.steps, std::slice::from_ref(dispatch), Some(timestamps));
        }
    }
}

/// Divides dispatches, given the operations of each, among submissions of at most `most` operations.
fn submit_ranges(flops_of: impl Iterator<Item = u64>, most: u64) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut sum = 0;
    for (at, flops) in flops_of.enumerate() {
        match ranges.last_mut() {
            Some(range) if range.len() < DISPATCHES_PER_SUBMIT && sum + flops <= most => {
                range.end = at + 1;
                sum += flops;
            }
            _ => {
                ranges.push(at..at + 1);
                sum = flops;
            }
        }
    }
    ranges
}

/// Encodes dispatches. What a kernel reads from textures is copied before its pass. `timestamps`: the query set and index of the
/// time at the start, which the time at the end follows.
pub(super) fn encode(
    encoder: &mut wgpu::CommandEncoder,
    steps: &[ResolvedStep],
    mut dispatches: &[Dispatch],
    timestamps: Option<(&wgpu::QuerySet, u32)>,
) {
    let writes = |at_start: bool, at_end: bool| {
        timestamps.map(|(query_set, index)| wgpu::ComputePassTimestampWrites {
            query_set,
            beginning_of_pass_write_index: at_start.then_some(index),
            end_of_pass_write_index: at_end.then_some(index + 1),
        })
    };
    while let Some((first, others)) = dispatches.split_first() {
        let copies = first.has_copies();
        if copies && timestamps.is_some() {
            let timestamp_writes = writes(true, false);
            drop(encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes }));
        }
        for (copy, texels) in steps[first.step].copies.iter().zip(&first.texels) {
            texels.iter().for_each(|texels| copy.record(encoder, texels));
        }
        let (run, rest) = dispatches.split_at(1 + others.iter().take_while(|other| !other.has_copies()).count());
        encode_pass(encoder, steps, run, writes(!copies, true));
        dispatches = rest;
    }
}

fn encode_pass(
    encoder: &mut wgpu::CommandEncoder,
    steps: &[ResolvedStep],
    dispatches: &[Dispatch],
    timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
) {
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes });
    let mut pipeline = None;
    for Dispatch { step, uniforms_offset, groups: [x, y, z], .. } in dispatches {
        let step = &steps[*step];
        if pipeline != Some(&step.pipeline) {
            pass.set_pipeline(&step.pipeline);
            pipeline = Some(&step.pipeline);
        }
        pass.set_bind_group(0, &step.bind_group, &[*uniforms_offset]);
        pass.dispatch_workgroups(*x, *y, *z);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_has_no_more_than_its_limits_or_a_single_dispatch() {
        const MOST: u64 = 8_000_000_000;
        let lengths = |flops: &[u64]| -> Vec<usize> {
            let ranges = submit_ranges(flops.iter().copied(), MOST);
            let covered: Vec<usize> = ranges.iter().cloned().flatten().collect();
            assert_eq!(covered, (0..flops.len()).collect::<Vec<_>>(), "in order, each once");
            ranges.iter().map(Range::len).collect()
        };
        assert!(lengths(&[]).is_empty());
        assert_eq!(lengths(&[MOST / 2, MOST / 2, 1]), [2, 1], "exactly the limit");
        assert_eq!(lengths(&[MOST / 2, MOST / 2 + 1]), [1, 1], "the second would exceed it");
        assert_eq!(lengths(&[1, 10 * MOST, 0, 1]), [1, 1, 2], "a dispatch above the limit is alone");
        assert_eq!(lengths(&[0; DISPATCHES_PER_SUBMIT + 1]), [DISPATCHES_PER_SUBMIT, 1]);
        for flops in [1, MOST / 7, MOST / 3, MOST - 1, MOST] {
            let expected = (MOST / flops).min(DISPATCHES_PER_SUBMIT as u64) as usize;
            assert_eq!(lengths(&vec![flops; 3 * expected]), [expected; 3], "{flops} each");
        }
    }
}
