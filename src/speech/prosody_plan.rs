//! The plan from phoneme ids and styles to durations and encoded text.

use super::utterance::Utterance;
use crate::batch::{BatchEntry, Extents, MAX_BATCH};
use crate::error::{Error, Result};
use crate::gpu::{BufferView, MemoryReservation, Profile, Readback};
use crate::graph::{Graph, Options, PartialReplay, Plan, Tensor};
use crate::model::{Config, Encoded, Model};
use crate::shape::{Dim, Shape};

/// The part of the network that needs no frame count: bert, the predictor up to the durations, and text_encoder.
pub(super) struct ProsodyPlan {
    pub inputs: Inputs,
    pub plan: Plan,
    encoded: Encoded,
    durations: Tensor,
}

/// Input buffers, each with the concatenated values of all utterances.
pub(super) struct Inputs {
    ids: BufferView,
    pub style_decoder: BufferView,
    pub style_predictor: BufferView,
    _reservation: MemoryReservation,
}

/// Shape of an utterance's half style.
pub(super) fn style_shape(config: &Config) -> Shape {
    Shape::new(Dim::fixed(1), config.style_dim)
}

impl ProsodyPlan {
    pub fn new(model: &Model, options: &Options, capacity: Extents) -> Result<Self> {
        let (context, config) = (model.context(), model.config());
        let make = |label, values: u32| {
            BufferView::whole(context.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: u64::from(values) * 4,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }))
        };
        let styles = config.style_dim * capacity.utterances;
        let ids = capacity.tokens.next_multiple_of(4);
        let reservation = context.reserve_memory("allocating the inputs", 4 * u64::from(ids + 2 * styles))?;
        let inputs = context.guarded("allocating the inputs", || Inputs {
            ids: make("ids", ids),
            style_decoder: make("style", styles),
            style_predictor: make("style", styles),
            _reservation: reservation,
        })?;
        let mut graph = Graph::new(options.clone());
        let ids = graph.bind(&inputs.ids, Shape::dense(Dim::TOKENS));
        let style = graph.bind(&inputs.style_predictor, style_shape(config));
        let (encoded, durations) = model.record_text(&mut graph, ids, style)?;
        for tensor in [encoded.for_predictor, encoded.for_decoder, encoded.ends, durations] {
            graph.keep(tensor);
        }
        let mut plan = Plan::new(context, graph, capacity)?;
        plan.expect_readback(durations);
        Ok(Self { inputs, plan, encoded, durations })
    }

    pub fn capacity(&self) -> &Extents {
        self.plan.capacity()
    }

    pub fn fits(&self, extents: &Extents) -> bool {
        let capacity = self.capacity();
        extents.tokens <= capacity.tokens && extents.utterances <= capacity.utterances
    }

    pub fn input_bytes(&self) -> u64 {
        let Inputs { ids, style_decoder, style_predictor, .. } = &self.inputs;
        [ids, style_decoder, style_predictor].iter().map(|view| view.size).sum()
    }

    /// Bytes of inputs and activations.
    pub fn bytes(&self) -> u64 {
        self.input_bytes() + self.plan.bytes()
    }

    /// Uploads checked utterances. Returns the number of bytes.
    pub fn upload(&self, model: &Model, utterances: &[Utterance]) -> Result<u64> {
        let (mut ids, mut decoder, mut predictor) = (Vec::new(), Vec::new(), Vec::new());
        for utterance in utterances {
            ids.push(0); // boundary token
            ids.extend_from_slice(&utterance.ids);
            ids.push(0);
            decoder.extend_from_slice(&utterance.style.decoder);
            predictor.extend_from_slice(&utterance.style.predictor);
        }
        let context = model.context();
        context.guarded("uploading utterances", || {
            let upload =
                |view: &BufferView, bytes: &[u8]| context.queue().write_buffer(&view.buffer, view.offset, bytes);
            upload(&self.inputs.ids, bytemuck::cast_slice(&ids));
            upload(&self.inputs.style_decoder, bytemuck::cast_slice(&decoder));
            upload(&self.inputs.style_predictor, bytemuck::cast_slice(&predictor));
        })?;
        Ok(4 * (ids.len() + decoder.len() + predictor.len()) as u64)
    }

    /// Starts a replay of one utterance in slices. The last one returns the durations.
    pub fn start_partial(&mut self, entry: &BatchEntry) -> PartialReplay {
        let reads = self.plan.view(self.durations, entry).into_iter().collect();
        self.plan.start_partial(entry, reads)
    }

    /// Submits a batch. Returns the readback of the durations, concatenated.
    pub fn replay(&mut self, entries: &[BatchEntry], profile: Option<&mut Profile>) -> Result<Option<Readback>> {
        let reads: Vec<BufferView> = entries.iter().filter_map(|entry| self.plan.view(self.durations, entry)).collect();
        self.plan.replay(entries, &reads, profile)
    }

    /// Binds the outputs that the decoder reads in its graph.
    pub fn bind(&self, graph: &mut Graph) -> Result<Encoded> {
        let mut bind = |tensor: Tensor| {
            let view = self.plan.buffer(tensor);
            let view = view.ok_or_else(|| Error::Gpu { what: "linking plans", source: "no buffer".into() })?;
            Ok::<_, Error>(graph.bind(view, tensor.shape))
        };
        let Encoded { for_predictor, for_decoder, ends } = self.encoded;
        Ok(Encoded { for_predictor: bind(for_predictor)?, for_decoder: bind(for_decoder)?, ends: bind(ends)? })
    }
}

/// A capacity for these extents that is not below the present one: a multiple of 512 tokens, and one utterance or a full
/// batch.
pub(super) fn grown_capacity(extents: &Extents, present: &Extents) -> Extents {
    let tokens = extents.tokens.max(present.tokens).next_multiple_of(512);
    let utterances = if extents.utterances > 1 { MAX_BATCH as u32 } else { present.utterances };
    Extents { tokens, frames: 0, utterances }
}

/// Checks utterances and places them in a batch. Their frames are not known yet.
pub(super) fn entries(config: &Config, utterances: &[Utterance]) -> Result<Vec<BatchEntry>> {
    let batch_size = utterances.len() as u32;
    let mut before = Extents::default();
    let entry = |(batch_index, utterance): (u32, &Utterance)| {
        check(config, utterance)?;
        let Utterance { ids, speed, noise_seed, .. } = utterance;
        let (tokens, speed, noise_seed) = (ids.len() as u32 + 2, *speed, *noise_seed);
        let entry = BatchEntry { tokens, frames: 0, speed, noise_seed, before, batch_index, batch_size };
        before = entry.end();
        Ok(entry)
    };
    (0..).zip(utterances).map(entry).collect()
}

/// Checks that the network can take this number of phoneme ids.
pub(super) fn check_count(config: &Config, ids: usize) -> Result<()> {
    let limit = config.plbert.max_position_embeddings as usize - 2; // of which two are the boundary tokens
    match ids {
        0 => Err(Error::argument("ids", "there are no phonemes to speak")),
        _ if ids > limit => Err(Error::TooManyTokens { tokens: ids, limit }),
        _ => Ok(()),
    }
}

/// Checks that the network can take an utterance.
pub(super) fn check(config: &Config, utterance: &Utterance) -> Result<()> {
    check_count(config, utterance.ids.len())?;
    let speed = utterance.speed;
    if let Some(id) = utterance.ids.iter().find(|id| **id >= config.n_token) {
        let reason = format!("{id} is not a phoneme id; ids are 0 to {}", config.n_token - 1);
        return Err(Error::argument("ids", reason));
    }
    if !Utterance::SPEEDS.contains(&speed) {
        return Err(Error::argument("speed", format!("{speed} is outside 0.25 to 4")));
    }
    utterance.style.check(config.style_dim as usize)
}
