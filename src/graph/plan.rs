//! A plan: the pipelines, bind groups and buffers of a graph, resolved once for all replays.

use std::collections::BTreeMap;
use std::ops::Range;

use super::builder::Graph;
use super::schedule::{Schedule, Scheduled};
use super::slots;
use super::step::{Operand, Step, Storage, Tensor, TensorInfo};
use super::textures::{MAX_TEXTURES, TextureCopy, TextureRows, Textures};
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
    /// For the operands that the kernel reads from textures.
    pub copies: Vec<TextureCopy>,
}

impl ResolvedStep {
    /// The texels to copy before a dispatch of so many utterances' uniforms, of each texture: what each utterance reads, and once
    /// what several do.
    pub fn texels(&self, uniforms: &[u8]) -> [Vec<Range<u32>>; MAX_TEXTURES] {
        let mut copied = <[Vec<Range<u32>>; MAX_TEXTURES]>::default();
        let Some(texels) = self.step.texels.as_ref().filter(|_| !self.copies.is_empty()) else { return copied };
        let kernel = self.step.kernel;
        for uniforms in uniforms.chunks(kernel.uniforms_stride()) {
            let read = texels(&uniforms[..kernel.params_bytes]).into_iter().zip(&mut copied);
            for (own, copied) in read.filter(|(own, _)| !own.is_empty()) {
                match copied.last_mut().filter(|last| last.contains(&own.start)) {
                    Some(last) => last.end = last.end.max(own.end),
                    None => copied.push(own),
                }
            }
        }
        copied
    }
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
    texture_bytes: u64,
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
        let texture_rows = TextureRows::new(context, &steps, &capacity)?;
        let texture_bytes = texture_rows.bytes();
        let total_bytes = slots.bytes.iter().sum::<u64>() + own_bytes + texture_bytes + uniforms_buffer_bytes;
        let reservation = context.reserve_memory(what, total_bytes)?;
        let (views, textures, uniforms) = context.guarded(what, || {
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
            (views, texture_rows.allocate(context), make("uniforms", uniforms_buffer_bytes, usage))
        })?;
        let steps = context.guarded("binding the steps' buffers", || {
            steps.into_iter().map(|step| resolve(context, step, &views, &textures, &uniforms)).collect::<Result<_>>()
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
            texture_bytes,
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
        self.slot_bytes.iter().sum::<u64>() + self.own_bytes + self.texture_bytes + self.uniforms.size()
    }

    /// Name and bytes of every slot, the largest first, then of all overrides and of all textures together, if there are any, and of
    /// the uniforms.
    pub fn buffers(&self) -> impl Iterator<Item = (String, u64)> {
        let slots = self.slot_bytes.iter().enumerate().map(|(number, bytes)| (format!("slot {number}"), *bytes));
        let own = [("overrides", self.own_bytes), ("textures", self.texture_bytes)].into_iter();
        let own = own.filter(|(_, bytes)| *bytes > 0).map(|(name, bytes)| (name.to_owned(), bytes));
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
    textures: &Textures,
    uniforms: &wgpu::Buffer,
) -> Result<ResolvedStep> {
    let compiled = context.pipeline(step.kernel)?;
    let uniform = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: uniforms,
        offset: 0,
        size: std::num::NonZeroU64::new((step.kernel.uniforms_stride() * MAX_BATCH) as u64),
    });
    let mut operands = Vec::with_capacity(step.operands.len());
    let mut copies = Vec::new();
    for (at, (operand, access)) in step.operands.iter().zip(step.kernel.bindings).enumerate() {
        let buffer = match operand {
            Operand::Buffer(view) => view,
            Operand::Tensor(tensor) => views[tensor.id].as_ref().ok_or_else(|| Error::Operand {
                op: step.kernel.name,
                scope: step.label.clone(),
                reason: "an operand has no buffer".to_owned(),
            })?,
        };
        let texture = textures.of(at, *access);
        copies.extend(texture.map(|texture| TextureCopy { source: buffer.clone(), texture: texture.clone() }));
        operands.push((buffer, texture.map(|texture| texture.create_view(&wgpu::TextureViewDescriptor::default()))));
    }
    if !copies.is_empty() && step.texels.is_none() || copies.len() > MAX_TEXTURES {
        let (op, scope, reason) =
            (step.kernel.name, step.label.clone(), "what it reads of its textures is not known".to_owned());
        return Err(Error::Operand { op, scope, reason });
    }
    let resources = operands.iter().map(|(buffer, texture)| match texture {
        Some(view) => wgpu::BindingResource::TextureView(view),
        None => buffer.binding(),
    });
    let entries = (0..).zip(std::iter::once(uniform).chain(resources));
    let entries: Vec<_> = entries.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
    let bind_group = context.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(&step.label),
        layout: &compiled.layout,
        entries: &entries,
    });
    Ok(ResolvedStep { step, pipeline: compiled.pipeline, bind_group, copies })
}
