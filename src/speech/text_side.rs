//! Ids and styles in, durations out; and the encoded text for the frame side.

use super::Utterance;
use crate::gpu::{BufferView, Held, Profile, Readback};
use crate::graph::{Graph, Options, Pieces, Plan, Tensor};
use crate::model::{Config, Encoded, Model};
use crate::shape::{BATCH, Dim, Lengths, Run, Shape};
use crate::{Error, Result};

/// The inputs, and the plan that needs no frame count: bert .. durations, and text_encoder.
pub(super) struct TextSide {
    pub inputs: Inputs,
    pub plan: Plan,
    encoded: Encoded,
    durations: Tensor,
}

/// Those of all utterances, one behind the other.
pub(super) struct Inputs {
    ids: BufferView,
    pub style_decoder: BufferView,
    pub style_predictor: BufferView,
    /// Counts them while they are there.
    _held: Held,
}

/// An utterance's style: its row of all utterances'.
pub(super) fn style_shape(config: &Config) -> Shape {
    Shape::new(Dim::fixed(1), config.style_dim)
}

impl TextSide {
    pub fn new(model: &Model, options: &Options, capacity: Lengths) -> Result<Self> {
        let (context, config) = (model.context(), model.config());
        let make = |label, values: u32| {
            BufferView::whole(context.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: u64::from(values) * 4,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }))
        };
        let styles = config.style_dim * capacity.utterances;
        let ids = capacity.tokens.next_multiple_of(4);
        let held = context.hold("allocating the inputs", 4 * u64::from(ids + 2 * styles))?;
        let inputs = context.guarded("allocating the inputs", || Inputs {
            ids: make("ids", ids),
            style_decoder: make("style", styles),
            style_predictor: make("style", styles),
            _held: held,
        })?;
        let mut graph = Graph::new(options.clone());
        let ids = graph.bind(&inputs.ids, Shape::dense(Dim::TOKENS));
        let style = graph.bind(&inputs.style_predictor, style_shape(config));
        let (encoded, durations) = model.record_text(&mut graph, ids, style)?;
        for tensor in [encoded.encoded, encoded.text, encoded.ends, durations] {
            graph.keep(tensor);
        }
        let mut plan = Plan::new(context, graph, capacity)?;
        plan.expect_read(durations);
        Ok(Self { inputs, plan, encoded, durations })
    }

    pub fn capacity(&self) -> &Lengths {
        self.plan.capacity()
    }

    pub fn holds(&self, lengths: &Lengths) -> bool {
        let capacity = self.capacity();
        lengths.tokens <= capacity.tokens && lengths.utterances <= capacity.utterances
    }

    pub fn input_bytes(&self) -> u64 {
        let Inputs { ids, style_decoder, style_predictor, .. } = &self.inputs;
        [ids, style_decoder, style_predictor].iter().map(|view| view.size).sum()
    }

    /// Of the inputs and activations.
    pub fn bytes(&self) -> u64 {
        self.input_bytes() + self.plan.bytes()
    }

    /// Uploads checked utterances, and says how many bytes.
    pub fn upload(&self, model: &Model, utterances: &[Utterance]) -> Result<u64> {
        let (mut ids, mut decoder, mut predictor) = (Vec::new(), Vec::new(), Vec::new());
        for utterance in utterances {
            ids.push(0);
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

    /// The replay of one utterance, to be submitted piece by piece; the durations come with the last.
    pub fn pieces(&mut self, run: &Run) -> Pieces {
        let reads = self.plan.view(self.durations, run).into_iter().collect();
        self.plan.pieces(run, reads)
    }

    /// The durations, one utterance's behind the other's, are on their way to the host.
    pub fn replay(&mut self, runs: &[Run], profile: Option<&mut Profile>) -> Result<Option<Readback>> {
        let reads: Vec<BufferView> = runs.iter().filter_map(|run| self.plan.view(self.durations, run)).collect();
        self.plan.replay(runs, &reads, profile)
    }

    /// What the frame side reads, bound in its graph.
    pub fn bind(&self, graph: &mut Graph) -> Result<Encoded> {
        let mut bind = |tensor: Tensor| {
            let view = self.plan.share(tensor);
            let view = view.ok_or(Error::Gpu { what: "linking plans", message: "no buffer".to_owned() })?;
            Ok::<_, Error>(graph.bind(view, tensor.shape))
        };
        let Encoded { encoded, text, ends } = self.encoded;
        Ok(Encoded { encoded: bind(encoded)?, text: bind(text)?, ends: bind(ends)? })
    }
}

/// Room for these lengths and for what there was room for: whole sentences' worth of tokens, a whole batch.
pub(super) fn capacity(lengths: &Lengths, present: &Lengths) -> Lengths {
    let tokens = lengths.tokens.max(present.tokens).next_multiple_of(512);
    let utterances = if lengths.utterances > 1 { BATCH as u32 } else { present.utterances };
    Lengths { tokens, frames: 0, utterances }
}

/// The utterances' places behind each other, before their frames are known.
pub(super) fn runs(config: &Config, utterances: &[Utterance]) -> Result<Vec<Run>> {
    let lanes = utterances.len() as u32;
    let mut before = Lengths::default();
    let run = |(lane, utterance): (u32, &Utterance)| {
        check(config, utterance)?;
        let Utterance { ids, speed, noise_seed, .. } = utterance;
        let (tokens, speed, noise_seed) = (ids.len() as u32 + 2, *speed, *noise_seed);
        let run = Run { tokens, frames: 0, speed, noise_seed, before, lane, lanes };
        before = run.end();
        Ok(run)
    };
    (0..).zip(utterances).map(run).collect()
}

/// What an utterance must fulfil before the network sees it.
pub(super) fn check(config: &Config, utterance: &Utterance) -> Result<()> {
    let limit = config.plbert.max_position_embeddings as usize - 2;
    let (tokens, speed) = (utterance.ids.len(), utterance.speed);
    if tokens == 0 {
        return Err(Error::Argument { name: "ids", reason: "there are no phonemes to speak".to_owned() });
    }
    if tokens > limit {
        return Err(Error::TooManyTokens { tokens, limit });
    }
    if let Some(id) = utterance.ids.iter().find(|id| **id >= config.n_token) {
        let reason = format!("{id} is not an id, they are 0 to {}", config.n_token - 1);
        return Err(Error::Argument { name: "ids", reason });
    }
    if !(0.25..=4.0).contains(&speed) {
        return Err(Error::Argument { name: "speed", reason: format!("{speed} is outside 0.25 to 4") });
    }
    utterance.style.check(config.style_dim as usize)
}
