//! A plan: the pipelines, bind groups and buffers of a graph, resolved once for all replays.

use std::collections::BTreeMap;

use super::builder::Graph;
use super::schedule::{Schedule, Scheduled};
use super::slots;
use super::step::{Operand, Step, Storage, Tensor, TensorInfo};
use crate::batch::{BatchEntry, Extents, MAX_BATCH};
use crate::error::{Error, Result};
#[cfg(test)]
use crate::gpu::Access;
use crate::gpu::{BufferView, Context, Kernel, MemoryReservation, ReadbackPool};
use crate::shape::Shape;

/// Dynamic uniform offsets must be multiples of this on every adapter (WebGPU's default limit).
const UNIFORMS_ALIGNMENT: usize = 256;

/// Size of one dispatch's uniforms for so many utterances, in bytes.
pub(super) fn uniforms_size(kernel: &Kernel, utterances: usize) -> usize {
    (kernel.uniforms_stride() * utterances).next_multiple_of(UNIFORMS_ALIGNMENT)
}

/// Bytes after every tensor in a slot, within its binding, where tests detect out-of-bounds writes.
const GUARD_BYTES: u64 = if cfg!(test) { 256 } else { 0 };

/// A step with its pipeline and bind group.
pub(super) struct ResolvedStep {
    pub step: Step,
    pub pipeline: wgpu::ComputePipeline,
    pub bind_group: wgpu::BindGroup,
}

/// A graph with everything it needs on the device, for utterances up to a capacity.
pub(crate) struct Plan {
    pub(super) context: Context,
    capacity: Extents,
    pub(super) steps: Vec<ResolvedStep>,
    pub(super) schedule: Schedule,
    views: Vec<Option<BufferView>>,
    shapes: Vec<Shape>,
    captures: BTreeMap<String, Tensor>,
    overrides: BTreeMap<String, Tensor>,
    pub(super) uniforms: wgpu::Buffer,
    /// Bytes of all uniforms of a replay at capacity.
    pub(super) uniforms_bytes: usize,
    pub(super) readbacks: ReadbackPool,
    slot_bytes: Vec<u64>,
    own_bytes: u64,
    _reservation: MemoryReservation,
    pub(super) counts: ReplayCounts,
}

/// What the host submitted in the last replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReplayCounts {
    pub dispatches: u64,
    pub submits: u64,
    /// Bytes of uniforms.
    pub uploaded_bytes: u64,
}

impl Plan {
    /// Allocates the buffers and resolves every step. `capacity` is the maximum of the summed extents of a batch.
    pub fn new(context: &Context, graph: Graph, capacity: Extents) -> Result<Self> {
        graph.check_order()?;
        let lifetimes = graph.lifetimes(&capacity);
        let slots = slots::assign(&lifetimes.iter().flatten().copied().collect::<Vec<_>>());
        let max_binding = context.max_binding();
        let Graph { steps, loops, tensors, captures, overrides, .. } = graph;
        let schedule = Schedule::new(steps.len(), loops);
        // An upper bound of every loop's iterations: those of an imaginary utterance that has all tokens and frames of the
        // capacity, yet only its share of Winograd's window (kernels/conv1d/winograd.rs) in a full batch.
        let Extents { tokens, frames, utterances } = capacity;
        let longest = BatchEntry { tokens, frames, batch_size: utterances, ..BatchEntry::default() };
        let size_of = |Scheduled { step, .. }| uniforms_size(steps[step].kernel, utterances as usize);
        let uniforms_bytes: usize = schedule.dispatches(&[longest]).into_iter().map(size_of).sum();
        // Every binding of uniforms spans `MAX_BATCH` utterances, also the last one.
        let last_binding = steps.iter().map(|step| uniforms_size(step.kernel, MAX_BATCH)).max().unwrap_or_default();
        let make = |label: &str, bytes: u64, usage| {
            context.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes,
                usage,
                mapped_at_creation: false,
            })
        };
        let storage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        if let Some(bytes) = slots.bytes.iter().find(|bytes| **bytes > max_binding) {
            let (need, have) = (format!("{bytes} bytes"), format!("{max_binding} bytes"));
            return Err(Error::unsupported("max_storage_buffer_binding_size", &need, &have));
        }
        let own = tensors.iter().filter(|info| matches!(info.storage, Storage::Own));
        let own_bytes = own.map(|info| own_size(info.shape, &capacity)).sum::<u64>();
        let uniforms_buffer_bytes = (uniforms_bytes + last_binding) as u64;
        let what = "allocating an utterance's buffers";
        let total_bytes = slots.bytes.iter().sum::<u64>() + own_bytes + uniforms_buffer_bytes;
        let reservation = context.reserve_memory(what, total_bytes)?;
        let (views, uniforms) = context.guarded(what, || {
            let slot_buffer = |bytes: &u64| make("slot", bytes + GUARD_BYTES, storage);
            let buffers: Vec<wgpu::Buffer> = slots.bytes.iter().map(slot_buffer).collect();
            let mut slot_of = slots.of.iter();
            let view = |(info, lifetime): (&TensorInfo, &Option<slots::Lifetime>)| match (&info.storage, lifetime) {
                (Storage::Bound(view), _) => Some(view.clone()),
                (Storage::Own, _) => {
                    Some(BufferView::whole(make("override", own_size(info.shape, &capacity), storage)))
                }
                (Storage::Slot, Some(lifetime)) => slot_of.next().map(|slot| BufferView {
                    buffer: buffers[*slot].clone(),
                    offset: 0,
                    size: lifetime.bytes + GUARD_BYTES,
                }),
                (Storage::Slot, None) => None,
            };
            let views: Vec<Option<BufferView>> = tensors.iter().zip(&lifetimes).map(view).collect();
            let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
            (views, make("uniforms", uniforms_buffer_bytes, usage))
        })?;
        let steps = context.guarded("binding the steps' buffers", || {
            steps.into_iter().map(|step| resolve(context, step, &views, &uniforms)).collect::<Result<_>>()
        })??;
        Ok(Self {
            context: context.clone(),
            capacity,
            steps,
            schedule,
            views,
            shapes: tensors.iter().map(|info| info.shape).collect(),
            captures,
            overrides,
            uniforms,
            uniforms_bytes,
            readbacks: ReadbackPool::default(),
            slot_bytes: slots.bytes,
            own_bytes,
            _reservation: reservation,
            counts: ReplayCounts::default(),
        })
    }

    /// Announces that a kept tensor is read after every replay, so that one readback buffer serves all lengths.
    pub fn expect_readback(&mut self, tensor: Tensor) {
        self.readbacks.expect(self.shapes[tensor.id].total_bytes(&self.capacity));
    }

    /// Maximum of the summed extents of a batch.
    pub fn capacity(&self) -> &Extents {
        &self.capacity
    }

    /// Bytes of all buffers of the plan.
    pub fn bytes(&self) -> u64 {
        self.slot_bytes.iter().sum::<u64>() + self.own_bytes + self.uniforms.size()
    }

    /// Name and bytes of every slot, the largest first, then of all overrides together, if there are any, and of the uniforms.
    pub fn buffers(&self) -> impl Iterator<Item = (String, u64)> {
        let slots = self.slot_bytes.iter().enumerate().map(|(number, bytes)| (format!("slot {number}"), *bytes));
        let own = (self.own_bytes > 0).then(|| ("overrides".to_owned(), self.own_bytes));
        slots.chain(own).chain([("uniforms".to_owned(), self.uniforms.size())])
    }

    /// Counts of the last replay.
    pub fn counts(&self) -> ReplayCounts {
        self.counts
    }

    /// The values of a kept tensor for one utterance of the last replay.
    pub fn view(&self, tensor: Tensor, entry: &BatchEntry) -> Option<BufferView> {
        let (view, shape) = (self.views[tensor.id].as_ref()?, self.shapes[tensor.id]);
        let offset = view.offset + u64::from(shape.start(entry)) * 4;
        Some(BufferView { offset, size: shape.bytes(entry), ..view.clone() })
    }

    /// The whole buffer of a kept tensor, for another plan to bind.
    pub fn buffer(&self, tensor: Tensor) -> Option<&BufferView> {
        self.views[tensor.id].as_ref()
    }

    /// The shape and values of a captured stage.
    pub fn captured_stage(&self, name: &str, entry: &BatchEntry) -> Option<(Shape, BufferView)> {
        let tensor = *self.captures.get(name)?;
        Some((tensor.shape, self.view(tensor, entry)?))
    }

    /// Writes the values of an overridden stage: rows of `channels` values, padded here to the tensor's pitch.
    pub fn override_stage(&self, name: &str, rows: &[f32]) -> Result<()> {
        let replacement = self.overrides.get(name).and_then(|tensor| Some((tensor.shape, self.buffer(*tensor)?)));
        let refused = || Error::argument("stage", format!("{name} is not overridden"));
        let (shape, view) = replacement.ok_or_else(refused)?;
        let mut padded = Vec::with_capacity(rows.len() / shape.channels as usize * shape.pitch as usize);
        for row in rows.chunks(shape.channels as usize) {
            padded.extend_from_slice(row);
            padded.resize(padded.len().next_multiple_of(shape.pitch as usize), 0.0);
        }
        self.context.guarded("uploading the values of a stage", || {
            self.context.queue().write_buffer(&view.buffer, view.offset, bytemuck::cast_slice(&padded));
        })
    }
}

#[cfg(test)]
impl Plan {
    /// The outputs of all steps in order: kernel, tensor, and its binding including the guard bytes.
    pub fn written(&self) -> impl Iterator<Item = (&'static str, Tensor, &BufferView)> {
        self.steps.iter().flat_map(|ResolvedStep { step, .. }| {
            let operands = step.operands.iter().zip(step.kernel.bindings);
            operands.filter_map(|(operand, access)| match operand {
                Operand::Tensor(tensor) if *access == Access::Write => {
                    Some((step.kernel.name, *tensor, self.buffer(*tensor)?))
                }
                _ => None,
            })
        })
    }
}

/// Size of a tensor with its own buffer, in bytes.
fn own_size(shape: Shape, capacity: &Extents) -> u64 {
    shape.total_bytes(capacity).next_multiple_of(16)
}

fn resolve(
    context: &Context,
    step: Step,
    views: &[Option<BufferView>],
    uniforms: &wgpu::Buffer,
) -> Result<ResolvedStep> {
    let compiled = context.pipeline(step.kernel)?;
    let uniform = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: uniforms,
        offset: 0,
        size: std::num::NonZeroU64::new((step.kernel.uniforms_stride() * MAX_BATCH) as u64),
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
    Ok(ResolvedStep { step, pipeline: compiled.pipeline, bind_group })
}
