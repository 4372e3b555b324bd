//! From phonemes to samples.

mod stats;

pub use stats::Stats;

use crate::gpu::{BufferView, Context, Profile, ProfileRow, Readback, read};
use crate::graph::{Graph, Options, Plan, Tensor};
use crate::model::{MOST_FRAMES, Model, Styles, TextSide};
use crate::shape::{Dim, Run, Shape};
use crate::text::phonemes::{self, Vocabulary};
use crate::{Error, Result, Voice};

/// Samples a second.
pub const SAMPLE_RATE: u32 = 24_000;
/// Samples a frame of 25 ms, the unit of durations.
pub const FRAME_SAMPLES: u32 = 600;

/// One utterance: what the network is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    /// Phoneme ids without the two boundary tokens, at most 510.
    pub ids: Vec<u32>,
    /// A voice row: the decoder's style, then the predictor's.
    pub style: Vec<f32>,
    /// Divides the durations: 2 is twice as fast. 0.25 to 4.
    pub speed: f32,
    /// Seed of the harmonic source's noise: on one adapter the same seed gives the same samples.
    pub noise_seed: u32,
}

impl Utterance {
    /// Phonemes in the alphabet of Kokoro-82M v1.0, spoken by `voice` at speed 1 with noise seed 0. Code points outside the
    /// alphabet are dropped, as the reference does; [`crate::text::phonemes::unknown`] lists them. The voice's row
    /// is chosen by the string's length before that.
    pub fn from_phonemes(phonemes: &str, voice: &Voice) -> Self {
        let style = voice.style(phonemes.chars().count()).to_vec();
        Self { ids: phonemes::ids(phonemes), style, speed: 1.0, noise_seed: 0 }
    }

    /// Phonemes of a model with a vocabulary of its own, [`Config::vocab`](crate::Config::vocab), likewise.
    pub fn in_vocabulary(vocabulary: &Vocabulary, phonemes: &str, voice: &Voice) -> Self {
        Self { ids: vocabulary.ids(phonemes), ..Self::from_phonemes(phonemes, voice) }
    }

    /// Phoneme ids, spoken by `voice` at speed 1 with noise seed 0.
    pub fn from_ids(ids: &[u32], voice: &Voice) -> Self {
        Self { ids: ids.to_vec(), style: voice.style(ids.len()).to_vec(), speed: 1.0, noise_seed: 0 }
    }
}

/// What the network said.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Speech {
    /// 24 kHz mono, neither clipped nor trimmed: mostly within -1..1. 600 a frame.
    pub samples: Vec<f32>,
    /// Frames of every token: the start boundary, each id, the end boundary.
    pub durations: Vec<u32>,
}

impl Speech {
    /// Length of the audio.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SAMPLE_RATE)
    }
}

/// Speaks utterances with one model, one at a time. Keeps its plans and buffers between them; several synthesizers
/// of one model share its parameters.
pub struct Synthesizer {
    model: Model,
    inputs: Inputs,
    /// bert .. durations.
    durations: TextPlan<DurationTensors>,
    /// text_encoder, which needs no durations: it runs while they travel to the host.
    text: TextPlan<Tensor>,
    frames: Option<FramePlan>,
    options: Options,
    max_frames: u32,
    peak_bytes: u64,
    /// Bytes of the last utterance's ids and styles.
    uploaded: u64,
}

struct Inputs {
    ids: BufferView,
    style_decoder: BufferView,
    style_predictor: BufferView,
}

struct TextPlan<T> {
    plan: Plan,
    out: T,
}

#[derive(Clone, Copy)]
struct DurationTensors {
    encoded: Tensor,
    frames: Tensor,
    ends: Tensor,
}

struct FramePlan {
    plan: Plan,
    samples: Tensor,
}

impl std::fmt::Debug for Synthesizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Synthesizer").field("model", &self.model.origin()).finish_non_exhaustive()
    }
}

impl Synthesizer {
    /// Compiles the kernels of the text side and allocates its buffers; those of the frame side come with the
    /// first utterance.
    ///
    /// # Errors
    /// What the device refuses.
    pub fn new(model: &Model) -> Result<Self> {
        Self::with_options(model, Options::default())
    }

    pub(crate) fn with_options(model: &Model, options: Options) -> Result<Self> {
        let (context, config) = (model.context(), model.config());
        let make = |label, values: u32| {
            BufferView::whole(context.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: u64::from(values) * 4,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }))
        };
        let inputs = context.guarded("allocating the inputs", || Inputs {
            ids: make("ids", config.plbert.max_position_embeddings.next_multiple_of(4)),
            style_decoder: make("style", config.style_dim),
            style_predictor: make("style", config.style_dim),
        })?;
        let capacity = Run { tokens: config.plbert.max_position_embeddings, ..Run::default() };
        let mut graph = Graph::new(options.clone());
        let ids = graph.bind(&inputs.ids, Shape::dense(Dim::TOKENS));
        let style = graph.bind(&inputs.style_predictor, Shape::new(Dim::fixed(1), config.style_dim));
        let (encoded, durations) = model.record_durations(&mut graph, ids, style)?;
        let out = DurationTensors { encoded, frames: durations.frames, ends: durations.ends };
        for tensor in [out.encoded, out.frames, out.ends] {
            graph.keep(tensor);
        }
        let durations = TextPlan { plan: Plan::new(context, graph, capacity)?, out };
        let mut graph = Graph::new(options.clone());
        let ids = graph.bind(&inputs.ids, Shape::dense(Dim::TOKENS));
        let out = model.record_text(&mut graph, ids)?;
        graph.keep(out);
        let text = TextPlan { plan: Plan::new(context, graph, capacity)?, out };
        let mut this = Self {
            model: model.clone(),
            inputs,
            durations,
            text,
            frames: None,
            options,
            max_frames: 0,
            peak_bytes: 0,
            uploaded: 0,
        };
        let longest = this.record_frames()?.0.longest(context.max_binding(), &capacity);
        this.max_frames = longest.min(MOST_FRAMES);
        Ok(this)
    }

    /// The model that speaks.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The longest utterance in frames of 25 ms: one activation of it must fit one binding of the device.
    pub fn max_frames(&self) -> u32 {
        self.max_frames
    }

    /// The most bytes of GPU memory that activations and inputs have taken so far, beside the model's parameters.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// Pretends to be on a device that takes no more.
    #[cfg(test)]
    pub(crate) fn limit_frames(&mut self, frames: u32) {
        self.max_frames = self.max_frames.min(frames);
    }

    /// Makes the frame side's plan for utterances of up to `frames` frames now, so that the first of them need not.
    ///
    /// # Errors
    /// [`Error::TooLong`], and what the device refuses.
    pub fn reserve(&mut self, frames: u32) -> Result<()> {
        if frames > self.max_frames {
            return Err(Error::TooLong { frames: frames.into(), limit: self.max_frames });
        }
        let run = Run { frames, ..*self.durations.plan.capacity() };
        self.frame_plan(&run).map(|_| ())
    }

    /// Speaks one utterance. Any executor can await it.
    ///
    /// # Errors
    /// [`Error::Argument`] for an id, style or speed outside its domain, [`Error::TooManyTokens`],
    /// [`Error::TooLong`], [`Error::NonFinite`] if the network makes a NaN, and what the device refuses.
    pub async fn synthesize(&mut self, utterance: &Utterance) -> Result<Speech> {
        self.run(utterance, None).await
    }

    /// Speaks one utterance with a pass and a pair of timestamps for every dispatch: slower than
    /// [`Synthesizer::synthesize`], but says where the time goes.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`], and [`Error::Unsupported`] on a device without timestamps.
    pub async fn profile(&mut self, utterance: &Utterance) -> Result<(Speech, Vec<ProfileRow>)> {
        let context = self.model.context().clone();
        context.check_timestamps()?;
        let mut profile = Profile::new();
        let speech = self.run(utterance, Some(&mut profile)).await?;
        Ok((speech, profile.finish(&context).await?))
    }

    /// Like [`Synthesizer::profile`], and waits for it.
    ///
    /// # Errors
    /// As [`Synthesizer::profile`].
    pub fn profile_blocking(&mut self, utterance: &Utterance) -> Result<(Speech, Vec<ProfileRow>)> {
        pollster::block_on(self.profile(utterance))
    }

    async fn run(&mut self, utterance: &Utterance, mut profile: Option<&mut Profile>) -> Result<Speech> {
        let mut run = self.start(utterance)?;
        self.uploaded = 4 * (u64::from(run.tokens) + utterance.style.len() as u64);
        let context = self.model.context().clone();
        let tensors = self.durations.out;
        let read_durations: Vec<BufferView> = self.durations.plan.view(tensors.frames, &run).into_iter().collect();
        let readback = self.durations.plan.replay(&run, &read_durations, profile.as_deref_mut())?;
        self.text.plan.replay(&run, &[], profile.as_deref_mut())?;
        let durations: Vec<u32> = arrive(&context, readback).await?;
        let frames: u64 = durations.iter().map(|d| u64::from(*d)).sum();
        run.frames = u32::try_from(frames)
            .ok()
            .filter(|f| *f <= self.max_frames)
            .ok_or(Error::TooLong { frames, limit: self.max_frames })?;
        let frame_plan = self.frame_plan(&run)?;
        let read_samples: Vec<BufferView> = frame_plan.plan.view(frame_plan.samples, &run).into_iter().collect();
        let readback = frame_plan.plan.replay(&run, &read_samples, profile)?;
        let samples: Vec<f32> = arrive(&context, readback).await?;
        match samples.iter().position(|s| !s.is_finite()) {
            None => Ok(Speech { samples, durations }),
            Some(index) => Err(Error::NonFinite {
                origin: self.model.origin().to_owned(),
                name: "audio".to_owned(),
                index,
                value: samples[index],
            }),
        }
    }

    /// Speaks one utterance and waits for it.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`].
    pub fn synthesize_blocking(&mut self, utterance: &Utterance) -> Result<Speech> {
        pollster::block_on(self.synthesize(utterance))
    }

    /// Checks and uploads the inputs.
    fn start(&self, utterance: &Utterance) -> Result<Run> {
        let config = self.model.config();
        let limit = config.plbert.max_position_embeddings as usize - 2;
        let (tokens, speed) = (utterance.ids.len(), utterance.speed);
        if tokens == 0 {
            return Err(Error::Argument { name: "ids", reason: "there are no phonemes to speak".to_owned() });
        }
        if tokens > limit {
            return Err(Error::TooManyTokens { tokens, limit });
        }
        if let Some(id) = utterance.ids.iter().find(|id| **id >= config.n_token) {
            return Err(Error::Argument {
                name: "ids",
                reason: format!("{id} is not an id, they are 0 to {}", config.n_token - 1),
            });
        }
        if !(0.25..=4.0).contains(&speed) {
            return Err(Error::Argument { name: "speed", reason: format!("{speed} is outside 0.25 to 4") });
        }
        let half = config.style_dim as usize;
        if utterance.style.len() != 2 * half {
            let reason = format!("{} values, expected {}", utterance.style.len(), 2 * half);
            return Err(Error::Argument { name: "style", reason });
        }
        if let Some(index) = utterance.style.iter().position(|v| !v.is_finite()) {
            let value = utterance.style[index];
            return Err(Error::NonFinite { origin: "utterance".to_owned(), name: "style".to_owned(), index, value });
        }
        let mut ids = vec![0; tokens + 2];
        ids[1..=tokens].copy_from_slice(&utterance.ids);
        let context = self.model.context();
        context.guarded("uploading an utterance", || {
            let upload =
                |view: &BufferView, bytes: &[u8]| context.queue().write_buffer(&view.buffer, view.offset, bytes);
            upload(&self.inputs.ids, bytemuck::cast_slice(&ids));
            upload(&self.inputs.style_decoder, bytemuck::cast_slice(&utterance.style[..half]));
            upload(&self.inputs.style_predictor, bytemuck::cast_slice(&utterance.style[half..]));
        })?;
        Ok(Run { tokens: ids.len() as u32, frames: 0, speed, noise_seed: utterance.noise_seed })
    }

    fn record_frames(&self) -> Result<(Graph, Tensor)> {
        let style_dim = self.model.config().style_dim;
        let mut graph = Graph::new(self.options.clone());
        let share = |plan: &Plan, tensor: Tensor| {
            plan.share(tensor).cloned().ok_or(Error::Gpu { what: "linking plans", message: "no buffer".to_owned() })
        };
        let tensors = self.durations.out;
        let text = TextSide {
            encoded: graph.bind(&share(&self.durations.plan, tensors.encoded)?, tensors.encoded.shape),
            text: graph.bind(&share(&self.text.plan, self.text.out)?, self.text.out.shape),
            ends: graph.bind(&share(&self.durations.plan, tensors.ends)?, tensors.ends.shape),
        };
        let style = Shape::new(Dim::fixed(1), style_dim);
        let styles = Styles {
            decoder: graph.bind(&self.inputs.style_decoder, style),
            predictor: graph.bind(&self.inputs.style_predictor, style),
        };
        let samples = self.model.record_frames(&mut graph, &text, &styles)?;
        graph.keep(samples);
        Ok((graph, samples))
    }

    /// The frame side's plan, made anew if the run is longer than it holds.
    fn frame_plan(&mut self, run: &Run) -> Result<&mut FramePlan> {
        if self.frames.as_ref().is_none_or(|f| f.plan.capacity().frames < run.frames) {
            self.frames = None; // its memory first
            let (graph, samples) = self.record_frames()?;
            let capacity = Run { frames: capacity(run.frames).min(self.max_frames), ..*self.durations.plan.capacity() };
            let plan = Plan::new(self.model.context(), graph, capacity)?;
            let inputs = [&self.inputs.ids, &self.inputs.style_decoder, &self.inputs.style_predictor];
            let inputs: u64 = inputs.iter().map(|view| view.size).sum();
            self.peak_bytes =
                self.peak_bytes.max(self.durations.plan.bytes() + self.text.plan.bytes() + plan.bytes() + inputs);
            self.frames = Some(FramePlan { plan, samples });
        }
        self.frames.as_mut().ok_or(Error::Gpu { what: "planning", message: "no plan".to_owned() })
    }

    /// Gives a stage that the options name as given.
    pub(crate) fn give(&mut self, name: &str, rows: &[f32], run: &Run) -> Result<()> {
        self.frame_plan(run)?.plan.give(name, rows)
    }

    /// An observed stage of the last utterance: rows, channels and values.
    pub(crate) async fn observe(&self, name: &str, run: &Run) -> Result<Option<(Shape, Vec<f32>)>> {
        let plans = [Some(&self.durations.plan), Some(&self.text.plan), self.frames.as_ref().map(|f| &f.plan)];
        let Some((shape, view)) = plans.into_iter().flatten().find_map(|plan| plan.stage(name, run)) else {
            return Ok(None);
        };
        let padded = read(self.model.context(), &view).await?;
        let rows = padded.chunks_exact(shape.pitch as usize);
        Ok(Some((shape, rows.flat_map(|row| &row[..shape.channels as usize]).copied().collect())))
    }
}

/// Frames that a plan for `frames` holds: steps of a sixteenth of a power of two, so that a plan serves similar
/// lengths and wastes at most an eighth.
fn capacity(frames: u32) -> u32 {
    let step = (frames.next_power_of_two() / 16).max(32);
    frames.next_multiple_of(step)
}

async fn arrive<T: bytemuck::Pod>(context: &Context, readback: Option<Readback>) -> Result<Vec<T>> {
    match readback {
        Some(readback) => Ok(bytemuck::pod_collect_to_vec(&readback.bytes(context).await?)),
        None => Ok(Vec::new()),
    }
}
