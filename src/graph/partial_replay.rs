//! The replay of one utterance in slices. A slice stays within a work budget, except that one part of a dispatch is
//! submitted when the GPU is idle. Work is counted in floating-point operations of a convolution (gpu/throughput.rs).

use super::plan::{Plan, ReplayCounts, uniforms_size};
use super::replay::{DISPATCHES_PER_SUBMIT, Dispatch, encode};
use super::schedule::Scheduled;
use super::step::{Groups, Splitting};
use crate::batch::BatchEntry;
use crate::error::Result;
use crate::gpu::{BufferView, Readback, WorkBudget};

/// A replay of one utterance and its progress.
#[derive(Debug)]
pub(crate) struct PartialReplay {
    entry: BatchEntry,
    /// Buffers to copy to the host after the last slice.
    reads: Vec<BufferView>,
    /// Dispatches that are not yet completely submitted, in reverse order.
    remaining: Vec<Scheduled>,
    /// Number of parts of the next dispatch that are already submitted ([`Splittable`](super::step::Splittable)).
    submitted_parts: u32,
    /// Work of all slices so far.
    submitted_work: u64,
    total_work: u64,
}

impl PartialReplay {
    /// The fraction of the work that is submitted, 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.remaining.is_empty() { 1.0 } else { (self.submitted_work as f64 / self.total_work as f64).min(1.0) }
    }

    /// The work of all slices so far.
    #[cfg(test)]
    pub fn submitted_work(&self) -> u64 {
        self.submitted_work
    }
}

/// A dispatch before it is split.
struct WholeDispatch {
    uniforms: Vec<u8>,
    groups: Groups,
    splitting: Option<Splitting>,
    /// Number of parts into which it can be split.
    parts: u32,
    /// Work of one part, rounded up.
    part_work: u64,
}

impl WholeDispatch {
    fn work(&self) -> u64 {
        u64::from(self.parts) * self.part_work
    }
}

/// The content of one submission.
#[derive(Default)]
struct Slice {
    uniforms: Vec<u8>,
    dispatches: Vec<Dispatch>,
    work: u64,
}

impl Plan {
    /// Starts a replay of one utterance, after which `reads` are copied to the host.
    pub fn start_partial(&mut self, entry: &BatchEntry, reads: Vec<BufferView>) -> PartialReplay {
        self.counts = ReplayCounts::default();
        let mut remaining = self.schedule.dispatches(std::slice::from_ref(entry));
        let total_work = remaining.iter().map(|scheduled| self.whole_dispatch(entry, *scheduled).work()).sum();
        remaining.reverse();
        PartialReplay { entry: *entry, reads, remaining, submitted_parts: 0, submitted_work: 0, total_work }
    }

    fn whole_dispatch(&self, entry: &BatchEntry, Scheduled { step: index, iteration }: Scheduled) -> WholeDispatch {
        let step = &self.steps[index].step;
        let mut uniforms = vec![0; step.kernel.params_bytes];
        let groups = (step.uniforms)(entry, iteration, &mut uniforms);
        let (parts, relative_cost) = step
            .splitting
            .as_ref()
            .map_or((1, 1), |splitting| ((splitting.parts)(&uniforms, groups).max(1), splitting.relative_cost));
        let work = self.cost(index, std::slice::from_ref(entry)).work(relative_cost);
        let part_work = work.div_ceil(parts.into()).max(1);
        WholeDispatch { uniforms, groups, splitting: step.splitting, parts, part_work }
    }

    /// Submits as much of the remaining work as the budget allows. Returns the readback of the requested buffers with the
    /// last slice; `None` before, and if no buffers were requested.
    pub fn advance(&mut self, replay: &mut PartialReplay, mut budget: WorkBudget) -> Result<Option<Readback>> {
        loop {
            let slice = self.next_slice(replay, budget);
            if slice.dispatches.is_empty() {
                return Ok(None);
            }
            budget = WorkBudget { work: budget.work.saturating_sub(slice.work), idle: false };
            if let Some(readback) = self.submit(replay, &slice)? {
                return Ok(Some(readback));
            }
        }
    }

    /// Takes as much work as fits into both the budget and one submission.
    fn next_slice(&self, replay: &mut PartialReplay, budget: WorkBudget) -> Slice {
        let mut slice = Slice::default();
        // An operation of a convolution counts as one of work, any other as at least one.
        let max_work = budget.work.min(self.context.flops_per_submit());
        while let Some(scheduled) = replay.remaining.last().copied() {
            let size = uniforms_size(self.steps[scheduled.step].step.kernel, 1);
            if slice.dispatches.len() == DISPATCHES_PER_SUBMIT || slice.uniforms.len() + size > self.uniforms_bytes {
                break;
            }
            let WholeDispatch { mut uniforms, mut groups, splitting, parts, part_work } =
                self.whole_dispatch(&replay.entry, scheduled);
            let remaining_parts = parts - replay.submitted_parts;
            let fitting = u64::from(remaining_parts).min((max_work - slice.work) / part_work) as u32;
            let taken = if budget.idle && slice.dispatches.is_empty() { fitting.max(1) } else { fitting };
            if taken == 0 {
                break;
            }
            if let Some(splitting) = splitting.filter(|_| taken < parts) {
                let first = replay.submitted_parts;
                (splitting.restrict)(&mut uniforms, &mut groups, first..first + taken);
            }
            // The textures still hold what was copied for the first part: only steps of this plan write them, and none that can be
            // split writes over what it reads.
            let texels = match replay.submitted_parts {
                0 => self.steps[scheduled.step].texels(&uniforms),
                _ => Default::default(),
            };
            let uniforms_offset = slice.uniforms.len() as u32;
            slice.uniforms.extend_from_slice(&uniforms);
            slice.uniforms.resize(uniforms_offset as usize + size, 0);
            slice.dispatches.push(Dispatch { step: scheduled.step, uniforms_offset, groups, texels });
            slice.work += u64::from(taken) * part_work;
            if taken == remaining_parts {
                replay.remaining.pop();
                replay.submitted_parts = 0;
            } else {
                replay.submitted_parts += taken;
            }
            if slice.work >= max_work {
                break;
            }
        }
        replay.submitted_work += slice.work;
        slice
    }

    fn submit(&mut self, replay: &PartialReplay, slice: &Slice) -> Result<Option<Readback>> {
        self.context.check_lost()?;
        self.counts.submits += 1;
        self.counts.dispatches += slice.dispatches.len() as u64;
        self.counts.uploaded_bytes += slice.uniforms.len() as u64;
        let context = &self.context;
        context.guarded("running a slice of the network", || {
            // wgpu runs queue writes and submissions in order, so earlier slices still see their own uniforms.
            context.queue().write_buffer(&self.uniforms, 0, &slice.uniforms);
            let label = Some("slice");
            let mut encoder = context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
            encode(&mut encoder, &self.steps, &slice.dispatches, None);
            let readback = (replay.remaining.is_empty() && !replay.reads.is_empty())
                .then(|| Readback::record(context, &mut encoder, &replay.reads, &self.readbacks))
                .transpose()?;
            context.queue().submit([encoder.finish()]);
            context.track_submission(slice.work)?;
            if let Some(readback) = &readback {
                readback.start()?;
            }
            Ok(readback)
        })?
    }
}

#[cfg(test)]
impl Plan {
    /// The work of the largest part of a replay, and of the whole replay.
    pub fn part_and_total_work(&self, entry: &BatchEntry) -> (u64, u64) {
        let order = self.schedule.dispatches(std::slice::from_ref(entry));
        let wholes = order.into_iter().map(|scheduled| self.whole_dispatch(entry, scheduled));
        wholes.fold((0, 0), |(part, total), whole| (part.max(whole.part_work), total + whole.work()))
    }
}
