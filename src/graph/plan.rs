//! A plan: pipelines, bind groups and buffers resolved once, encoded again for every run by one flat loop.

use std::collections::BTreeMap;

use super::builder::{Entry, Graph, Groups, Loop, Operand, Origin, Step, Tensor};
use super::slots;
#[cfg(test)]
use crate::gpu::Access;
use crate::gpu::{BufferView, Context, Cost, Held, Kernel, Profile, Readback, Readbacks};
use crate::shape::{BATCH, Lengths, Run, Shape};
use crate::{Error, Result};

/// Dispatches between two submits, at most: enough that the submits cost nothing beside them.
pub(super) const DISPATCHES_PER_SUBMIT: usize = 64;
/// Operations between two submits, at most unless one dispatch has more: a driver's watchdog (2 s on Windows) and
/// other users of the GPU get their turn on slow adapters too.
pub(super) const FLOPS_PER_SUBMIT: u64 = 8_000_000_000;

/// Uniform offsets are multiples of this on every adapter (WebGPU's default limit).
const SCALARS_ALIGNMENT: usize = 256;

/// Bytes of one utterance's scalars: in an array of uniforms, elements start at multiples of 16.
fn scalars_stride(kernel: &Kernel) -> usize {
    kernel.params.next_multiple_of(16)
}

/// Bytes of a step's scalars for so many utterances.
pub(super) fn scalars_size(kernel: &Kernel, utterances: usize) -> usize {
    (scalars_stride(kernel) * utterances).next_multiple_of(SCALARS_ALIGNMENT)
}

/// Room behind every tensor, within its binding: there the tests see what a kernel writes too far.
const GUARD_BYTES: u64 = if cfg!(test) { 256 } else { 0 };

pub(super) struct Resolved {
    pub step: Step,
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
}

/// Steps with everything they need on the device, for utterances up to a capacity.
pub(crate) struct Plan {
    pub(super) context: Context,
    capacity: Lengths,
    pub(super) steps: Vec<Resolved>,
    pub(super) loops: Vec<Loop>,
    views: Vec<Option<BufferView>>,
    shapes: Vec<Shape>,
    stages: BTreeMap<String, Tensor>,
    givens: BTreeMap<String, Tensor>,
    pub(super) scalars: wgpu::Buffer,
    /// Of the steps of its longest replay.
    pub(super) scalars_bytes: usize,
    pub(super) readbacks: Readbacks,
    slot_bytes: Vec<u64>,
    own_bytes: u64,
    /// Counts the buffers while they are there.
    _held: Held,
    pub(super) work: Work,
}

/// What the host asked of the GPU for one replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub dispatches: u64,
    pub submits: u64,
    /// Of the steps' scalars.
    pub uploaded: u64,
}

impl Plan {
    /// Allocates the buffers and resolves every step. `capacity` bounds the utterances of a replay together.
    pub fn new(context: &Context, graph: Graph, capacity: Lengths) -> Result<Self> {
        graph.check_order()?;
        let lives = graph.lives(&capacity);
        let live: Vec<slots::Life> = lives.iter().flatten().copied().collect();
        let slots = slots::assign(&live);
        let largest = context.max_binding();
        // No utterance of a replay takes more turns than one of all their frames in the last of their shares.
        let Lengths { tokens, frames, utterances: lanes } = capacity;
        let longest = Run { tokens, frames, lanes, ..Run::default() };
        let order = schedule(graph.steps.len(), &graph.loops, &[longest]);
        let size_of = |index: usize| scalars_size(graph.steps[index].kernel, lanes as usize);
        let scalars_bytes: usize = order.into_iter().map(|(index, _)| size_of(index)).sum();
        // The last step's binding has room for a full batch as well.
        let behind = graph.steps.iter().map(|step| scalars_size(step.kernel, BATCH)).max().unwrap_or_default();
        let make = |label: &str, bytes: u64, usage| {
            context.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes,
                usage,
                mapped_at_creation: false,
            })
        };
        let storage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        if let Some(bytes) = slots.bytes.iter().find(|b| **b > largest) {
            let (need, have) = (format!("{bytes} bytes"), format!("{largest} bytes"));
            return Err(Error::Unsupported { what: "max_storage_buffer_binding_size".to_owned(), need, have });
        }
        let owned = graph.tensors.iter().filter(|entry| matches!(entry.origin, Origin::Own));
        let own_bytes = owned.map(|entry| own_size(entry.shape, &capacity)).sum::<u64>();
        let all = slots.bytes.iter().sum::<u64>() + own_bytes + (scalars_bytes + behind) as u64;
        let what = "allocating an utterance's buffers";
        let held = context.hold(what, all)?;
        let (views, scalars) = context.guarded(what, || {
            let slot_buffer = |bytes: &u64| make("slot", bytes + GUARD_BYTES, storage);
            let buffers: Vec<wgpu::Buffer> = slots.bytes.iter().map(slot_buffer).collect();
            let mut slot = slots.of.iter();
            let views: Vec<Option<BufferView>> = graph
                .tensors
                .iter()
                .zip(&lives)
                .map(|(entry, life)| match (&entry.origin, life) {
                    (Origin::Bound(view), _) => Some(view.clone()),
                    (Origin::Own, _) => {
                        Some(BufferView::whole(make("given", own_size(entry.shape, &capacity), storage)))
                    }
                    (Origin::Step, Some(life)) => slot.next().map(|s| BufferView {
                        buffer: buffers[*s].clone(),
                        offset: 0,
                        size: life.bytes + GUARD_BYTES,
                    }),
                    (Origin::Step, None) => None,
                })
                .collect();
            let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
            (views, make("scalars", (scalars_bytes + behind) as u64, usage))
        })?;
        let Graph { steps, loops, tensors, stages, givens, .. } = graph;
        let shapes = tensors.iter().map(|Entry { shape, .. }| *shape).collect();
        let resolve = |step| resolve(context, step, &views, &scalars);
        let resolve = || steps.into_iter().map(resolve).collect::<Result<_>>();
        let steps = context.guarded("binding the steps' buffers", resolve)??;
        Ok(Self {
            context: context.clone(),
            capacity,
            steps,
            loops,
            views,
            shapes,
            stages,
            givens,
            scalars,
            scalars_bytes,
            readbacks: Readbacks::default(),
            slot_bytes: slots.bytes,
            own_bytes,
            _held: held,
            work: Work::default(),
        })
    }

    /// Says that a kept tensor is read after every replay: one buffer serves all its lengths.
    pub fn expect_read(&mut self, tensor: Tensor) {
        self.readbacks.expect(self.shapes[tensor.id].total_bytes(&self.capacity));
    }

    /// What fits.
    pub fn capacity(&self) -> &Lengths {
        &self.capacity
    }

    /// Bytes of the activations' buffers.
    pub fn bytes(&self) -> u64 {
        self.slot_bytes.iter().sum::<u64>() + self.own_bytes + self.scalars.size()
    }

    /// The same by buffer: the slots, the largest first, and what the host writes.
    pub fn buffers(&self) -> impl Iterator<Item = (String, u64)> {
        let slots = self.slot_bytes.iter().enumerate().map(|(number, bytes)| (format!("slot {number}"), *bytes));
        let own = (self.own_bytes > 0).then(|| ("given".to_owned(), self.own_bytes));
        slots.chain(own).chain([("scalars".to_owned(), self.scalars.size())])
    }

    /// Of the last replay.
    pub fn work(&self) -> Work {
        self.work
    }

    /// The values of a kept tensor, exactly as long as the run made them.
    pub fn view(&self, tensor: Tensor, run: &Run) -> Option<BufferView> {
        let (view, shape) = (self.views[tensor.id].as_ref()?, self.shapes[tensor.id]);
        let offset = view.offset + u64::from(shape.start(run)) * 4;
        Some(BufferView { offset, size: shape.bytes(run), ..view.clone() })
    }

    /// The buffer of a kept tensor at its capacity, for another plan to bind.
    pub fn share(&self, tensor: Tensor) -> Option<&BufferView> {
        self.views[tensor.id].as_ref()
    }

    /// An observed stage's shape and values.
    pub fn stage(&self, name: &str, run: &Run) -> Option<(Shape, BufferView)> {
        let tensor = *self.stages.get(name)?;
        Some((tensor.shape, self.view(tensor, run)?))
    }

    /// Writes a given stage: rows of `channels` values, padded here to the tensor's pitch.
    pub fn give(&self, name: &str, rows: &[f32]) -> Result<()> {
        let given = self.givens.get(name).and_then(|t| Some((t.shape, self.share(*t)?)));
        let (shape, view) =
            given.ok_or_else(|| Error::Argument { name: "stage", reason: format!("{name} is not given") })?;
        let mut padded = Vec::with_capacity(rows.len() / shape.channels as usize * shape.pitch as usize);
        for row in rows.chunks(shape.channels as usize) {
            padded.extend_from_slice(row);
            padded.resize(padded.len().next_multiple_of(shape.pitch as usize), 0.0);
        }
        self.context.guarded("uploading a given stage", || {
            self.context.queue().write_buffer(&view.buffer, view.offset, bytemuck::cast_slice(&padded));
        })
    }

    /// The dispatches of each submit.
    fn batches<'a>(&self, dispatches: &'a [Dispatch], runs: &[Run]) -> Vec<&'a [Dispatch]> {
        let (mut batches, mut first, mut flops) = (Vec::new(), 0, 0);
        for (at, dispatch) in dispatches.iter().enumerate() {
            flops += self.flops(dispatch.0, runs);
            if at + 1 - first == DISPATCHES_PER_SUBMIT || flops > FLOPS_PER_SUBMIT || at + 1 == dispatches.len() {
                batches.push(&dispatches[first..=at]);
                (first, flops) = (at + 1, 0);
            }
        }
        batches
    }

    /// How often a step runs.
    fn turns(&self, index: usize, runs: &[Run]) -> u64 {
        let around = self.loops.iter().find(|l| l.steps.contains(&index));
        u64::from(around.map_or(1, |l| l.most_turns(runs)).max(1))
    }

    /// Operations of one dispatch of a step.
    pub(super) fn flops(&self, index: usize, runs: &[Run]) -> u64 {
        runs.iter().map(|run| (self.steps[index].step.flops)(run)).sum::<u64>() / self.turns(index, runs)
    }

    /// What one dispatch of a step must do.
    pub(super) fn cost(&self, index: usize, runs: &[Run]) -> Cost {
        let step = &self.steps[index].step;
        // An operator passes an operand twice where an optional one is absent: it is read once.
        let once = step.operands.iter().enumerate().filter(|(at, operand)| !step.operands[..*at].contains(operand));
        let operands = || {
            once.map(|(_, operand)| match operand {
                Operand::Tensor(tensor) => runs.iter().map(|run| tensor.shape.bytes(run)).sum(),
                Operand::Buffer(view) => view.size,
            })
        };
        let own = step.bytes.as_ref().map(|bytes| runs.iter().map(bytes).sum());
        let bytes: u64 = own.unwrap_or_else(|| operands().sum());
        Cost { flops: self.flops(index, runs), bytes: bytes / self.turns(index, runs) }
    }

    /// Runs every step for the utterances' exact lengths, then copies `reads` for the host. With a profile, every
    /// dispatch is a pass of its own with timestamps at its boundaries.
    pub fn replay(
        &mut self,
        runs: &[Run],
        reads: &[BufferView],
        mut profile: Option<&mut Profile>,
    ) -> Result<Option<Readback>> {
        self.context.check_lost()?;
        let mut scalars = Vec::with_capacity(self.steps.len() * SCALARS_ALIGNMENT);
        let mut groups = Vec::with_capacity(self.steps.len());
        for (index, turn) in schedule(self.steps.len(), &self.loops, runs) {
            let step = &self.steps[index].step;
            let (start, stride) = (scalars.len(), scalars_stride(step.kernel));
            let mut most = [0; 3];
            for (lane, run) in (1..).zip(runs) {
                let (bytes, workgroups) = (step.scalars)(run, turn);
                scalars.extend_from_slice(&bytes);
                scalars.resize(start + lane * stride, 0);
                most = std::array::from_fn(|axis| workgroups[axis].max(most[axis]));
            }
            let [x, y, z] = most;
            groups.push((index, start as u32, [x, y, z * runs.len() as u32]));
            scalars.resize(start + scalars_size(step.kernel, runs.len()), 0);
        }
        let batches = self.batches(&groups, runs);
        self.work =
            Work { dispatches: groups.len() as u64, submits: batches.len() as u64, uploaded: scalars.len() as u64 };
        let context = &self.context;
        context.guarded("running the network", || {
            context.queue().write_buffer(&self.scalars, 0, &scalars);
            let mut readback = None;
            let mut batches = batches.into_iter().peekable();
            while let Some(batch) = batches.next() {
                let mut encoder =
                    context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("replay") });
                match &mut profile {
                    None => encode(&mut encoder, &self.steps, batch, None),
                    Some(profile) => {
                        for dispatch in batch {
                            let step = &self.steps[dispatch.0].step;
                            let cost = self.cost(dispatch.0, runs);
                            let (query_set, at) = profile.next(context, &step.label, step.kernel.name, cost);
                            let timestamps = wgpu::ComputePassTimestampWrites {
                                query_set,
                                beginning_of_pass_write_index: Some(at),
                                end_of_pass_write_index: Some(at + 1),
                            };
                            encode(&mut encoder, &self.steps, std::slice::from_ref(dispatch), Some(timestamps));
                        }
                    }
                }
                if batches.peek().is_none() && !reads.is_empty() {
                    readback = Some(Readback::record(context, &mut encoder, reads, &self.readbacks)?);
                }
                context.queue().submit([encoder.finish()]);
                match &readback {
                    Some(readback) => readback.start()?,
                    // A driver that hangs is found out by the first submission that is not done.
                    None => context.watch(|_| {})?,
                }
            }
            Ok(readback)
        })?
    }
}

#[cfg(test)]
impl Plan {
    /// What the steps write, in their order: kernel, tensor, and its binding with the guard behind.
    pub fn written(&self) -> impl Iterator<Item = (&'static str, Tensor, &BufferView)> {
        self.steps.iter().flat_map(|Resolved { step, .. }| {
            let operands = step.operands.iter().zip(step.kernel.bindings);
            operands.filter_map(|(operand, access)| match operand {
                Operand::Tensor(tensor) if *access == Access::Write => {
                    Some((step.kernel.name, *tensor, self.share(*tensor)?))
                }
                _ => None,
            })
        })
    }
}

impl Loop {
    /// Turns of the utterance that takes the most.
    fn most_turns(&self, runs: &[Run]) -> u32 {
        runs.iter().map(|run| (self.turns)(run)).max().unwrap_or_default()
    }
}

/// Every dispatch of a replay in order: the step, and the turn of the loop around it.
pub(super) fn schedule(steps: usize, loops: &[Loop], runs: &[Run]) -> Vec<(usize, u32)> {
    let mut order = Vec::with_capacity(steps);
    let mut index = 0;
    while index < steps {
        let around = loops.iter().find(|l| l.steps.start == index && !l.steps.is_empty());
        let (body, turns) = around.map_or((index..index + 1, 1), |l| (l.steps.clone(), l.most_turns(runs)));
        index = body.end;
        order.extend((0..turns).flat_map(|turn| body.clone().map(move |step| (step, turn))));
    }
    order
}

/// Step, offset of its scalars, workgroups.
pub(super) type Dispatch = (usize, u32, Groups);

/// One pass of dispatches.
pub(super) fn encode(
    encoder: &mut wgpu::CommandEncoder,
    steps: &[Resolved],
    dispatches: &[Dispatch],
    timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
) {
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes });
    for (index, offset, [x, y, z]) in dispatches {
        let resolved = &steps[*index];
        pass.set_pipeline(&resolved.pipeline);
        pass.set_bind_group(0, &resolved.bind_group, &[*offset]);
        pass.dispatch_workgroups(*x, *y, *z);
    }
}

/// Bytes of a tensor with a buffer of its own.
fn own_size(shape: Shape, capacity: &Lengths) -> u64 {
    shape.total_bytes(capacity).next_multiple_of(16)
}

fn resolve(context: &Context, step: Step, views: &[Option<BufferView>], scalars: &wgpu::Buffer) -> Result<Resolved> {
    let compiled = context.pipeline(step.kernel)?;
    let uniform = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: scalars,
        offset: 0,
        size: std::num::NonZeroU64::new((scalars_stride(step.kernel) * BATCH) as u64),
    });
    let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: uniform }];
    for (binding, operand) in (1..).zip(&step.operands) {
        let view = match operand {
            Operand::Buffer(view) => view,
            Operand::Tensor(tensor) => views[tensor.id].as_ref().ok_or_else(|| Error::Operand {
                op: step.kernel.name,
                scope: step.label.clone(),
                reason: "an operand has no buffer".to_owned(),
            })?,
        };
        entries.push(wgpu::BindGroupEntry { binding, resource: view.binding() });
    }
    let bind_group = context.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(&step.label),
        layout: &compiled.layout,
        entries: &entries,
    });
    Ok(Resolved { step, pipeline: compiled.pipeline, bind_group })
}
