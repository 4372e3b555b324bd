//! From phonemes to samples.

mod frame_side;
mod into;
mod job;
mod stats;
mod text_side;
mod warm_up;

use std::ops::Range;

use frame_side::FrameSide;
pub use job::Job;
pub use stats::Stats;
use text_side::TextSide;

use crate::gpu::{Profile, ProfileRow, Readback, read};
use crate::graph::Options;
use crate::model::Model;
use crate::shape::{BATCH, Lengths, Run, Shape};
use crate::text::phonemes::{self, Vocabulary};
use crate::{Error, FRAME_SAMPLES, Result, SAMPLE_RATE, Voice};

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

/// Speaks utterances with one model, one or a batch at a time. Keeps its plans and buffers between them; several
/// synthesizers of one model share its parameters.
pub struct Synthesizer {
    model: Model,
    options: Options,
    text: TextSide,
    frames: Option<FrameSide>,
    max_frames: u32,
    peak_bytes: u64,
    /// Bytes of the last utterances' ids and styles.
    uploaded: u64,
}

/// Utterances whose durations are on their way.
#[derive(Debug)]
pub(crate) struct Begun {
    runs: Vec<Run>,
    durations: Option<Readback>,
}

/// Utterances whose samples are on their way, one replay's behind the other's.
#[derive(Debug)]
pub(crate) struct Decoding {
    durations: Vec<Vec<u32>>,
    samples: Vec<Option<Readback>>,
}

impl std::fmt::Debug for Synthesizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Synthesizer").field("model", &self.model.origin()).finish_non_exhaustive()
    }
}

impl Synthesizer {
    /// Utterances that one replay speaks together, at most.
    pub const MAX_BATCH: usize = BATCH;

    /// Allocates the buffers of the text side; those of the frame side come with the first utterance.
    ///
    /// # Errors
    /// What the device refuses.
    pub fn new(model: &Model) -> Result<Self> {
        Self::with_options(model, Options { conv: model.context().conv_variant(), ..Options::default() })
    }

    pub(crate) fn with_options(model: &Model, options: Options) -> Result<Self> {
        let capacity = Lengths { tokens: model.config().plbert.max_position_embeddings, frames: 0, utterances: 1 };
        let text = TextSide::new(model, &options, capacity)?;
        let max_frames = frame_side::most_frames(model, &options, &text)?;
        Ok(Self { model: model.clone(), options, text, frames: None, max_frames, peak_bytes: 0, uploaded: 0 })
    }

    /// The model that speaks.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The longest utterance in frames of 25 ms, whose largest activation just fits one of the device's bindings: with
    /// the published network and WebGPU's default binding of 128 MiB, 2,184 frames (54.6 s). A narration divides passages
    /// that are longer.
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
        self.check_frames(frames.into())?;
        self.frame_side(Lengths { frames, ..*self.text.capacity() }).map(|_| ())
    }

    fn check_frames(&self, frames: u64) -> Result<u32> {
        let limit = self.max_frames;
        u32::try_from(frames).ok().filter(|f| *f <= limit).ok_or(Error::TooLong { frames, limit })
    }

    /// Speaks one utterance. Any executor can await it.
    ///
    /// # Errors
    /// [`Error::Argument`] for an id, style or speed outside its domain, [`Error::TooManyTokens`],
    /// [`Error::TooLong`], [`Error::NonFinite`] if the network makes a NaN, and what the device refuses.
    pub async fn synthesize(&mut self, utterance: &Utterance) -> Result<Speech> {
        let mut spoken = self.run(std::slice::from_ref(utterance), None).await?;
        spoken.pop().ok_or_else(nothing_spoken)
    }

    /// Speaks one utterance and waits for it.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`].
    pub fn synthesize_blocking(&mut self, utterance: &Utterance) -> Result<Speech> {
        pollster::block_on(self.synthesize(utterance))
    }

    /// Speaks many utterances, up to 16 in one replay, each at its own length: a GPU that one sentence does not fill
    /// works on several at once. What is said is what [`Synthesizer::synthesize`] says of each, bit for bit. Together
    /// they take the activations' memory of one utterance as long as all of a replay, which are at most 51 s.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`], for the first utterance that fails. Arguments are checked before anything runs.
    pub async fn synthesize_batch(&mut self, utterances: &[Utterance]) -> Result<Vec<Speech>> {
        utterances.iter().try_for_each(|utterance| text_side::check(self.model.config(), utterance))?;
        let mut spoken = Vec::with_capacity(utterances.len());
        for batch in utterances.chunks(BATCH) {
            spoken.extend(self.run(batch, None).await?);
        }
        Ok(spoken)
    }

    /// Like [`Synthesizer::synthesize_batch`], and waits for it.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize_batch`].
    pub fn synthesize_batch_blocking(&mut self, utterances: &[Utterance]) -> Result<Vec<Speech>> {
        pollster::block_on(self.synthesize_batch(utterances))
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
        let mut spoken = self.run(std::slice::from_ref(utterance), Some(&mut profile)).await?;
        Ok((spoken.pop().ok_or_else(nothing_spoken)?, profile.finish(&context).await?))
    }

    /// Like [`Synthesizer::profile`], and waits for it.
    ///
    /// # Errors
    /// As [`Synthesizer::profile`].
    pub fn profile_blocking(&mut self, utterance: &Utterance) -> Result<(Speech, Vec<ProfileRow>)> {
        pollster::block_on(self.profile(utterance))
    }

    /// At most [`BATCH`] utterances.
    async fn run(&mut self, utterances: &[Utterance], mut profile: Option<&mut Profile>) -> Result<Vec<Speech>> {
        let begun = self.begin_with(utterances, profile.as_deref_mut())?;
        let decoding = self.decode_with(begun, profile).await?;
        self.finish(decoding).await
    }

    /// Hands at most [`BATCH`] utterances to the GPU, as far as their durations.
    pub(crate) fn begin(&mut self, utterances: &[Utterance]) -> Result<Begun> {
        self.begin_with(utterances, None)
    }

    fn begin_with(&mut self, utterances: &[Utterance], profile: Option<&mut Profile>) -> Result<Begun> {
        let runs = self.prepare(utterances)?;
        let durations = self.text.replay(&runs, profile)?;
        Ok(Begun { runs, durations })
    }

    /// Checks utterances, makes room for them on the text side, and uploads them.
    fn prepare(&mut self, utterances: &[Utterance]) -> Result<Vec<Run>> {
        let runs = text_side::runs(self.model.config(), utterances)?;
        let lengths = runs.last().map(Run::end).unwrap_or_default();
        if !self.text.holds(&lengths) {
            self.frames = None; // it reads the text side's buffers
            self.text = TextSide::new(&self.model, &self.options, text_side::capacity(&lengths, self.text.capacity()))?;
        }
        self.uploaded = self.text.upload(&self.model, utterances)?;
        Ok(runs)
    }

    /// Waits for the durations, and hands the rest of the work to the GPU. Then the next may begin.
    pub(crate) async fn decode(&mut self, begun: Begun) -> Result<Decoding> {
        self.decode_with(begun, None).await
    }

    async fn decode_with(&mut self, begun: Begun, mut profile: Option<&mut Profile>) -> Result<Decoding> {
        let (mut runs, durations) = self.durations(begun).await?;
        let replays = replays(&mut runs, self.max_frames.min(REPLAY_FRAMES));
        let samples = replays.into_iter().map(|replay| self.replay_frames(&runs[replay], profile.as_deref_mut()));
        let samples = samples.collect::<Result<_>>()?;
        Ok(Decoding { durations, samples })
    }

    /// Waits for the durations: each utterance's, and its frames.
    async fn durations(&self, begun: Begun) -> Result<(Vec<Run>, Vec<Vec<u32>>)> {
        let Begun { mut runs, durations } = begun;
        let durations: Vec<u32> = arrive(durations).await?;
        let mut rest = &durations[..];
        let mut durations = Vec::with_capacity(runs.len());
        for run in &mut runs {
            let (own, others) = rest.split_at(run.tokens as usize);
            rest = others;
            run.frames = self.frames_of(own)?;
            durations.push(own.to_vec());
        }
        Ok((runs, durations))
    }

    /// The frames of one utterance.
    fn frames_of(&self, durations: &[u32]) -> Result<u32> {
        if let Some(index) = durations.iter().position(|frames| *frames == 0) {
            return Err(self.not_finite("durations", index, f32::NAN)); // what the kernel makes of one
        }
        self.check_frames(durations.iter().map(|d| u64::from(*d)).sum())
    }

    /// Waits for the samples.
    pub(crate) async fn finish(&self, decoding: Decoding) -> Result<Vec<Speech>> {
        let Decoding { durations, samples } = decoding;
        let mut spoken = Vec::with_capacity(durations.len());
        let mut durations = durations.into_iter();
        for readback in samples {
            let samples: Vec<f32> = arrive(readback).await?;
            let mut rest = &samples[..];
            while !rest.is_empty() {
                let Some(durations) = durations.next() else { break };
                let frames: u32 = durations.iter().sum();
                let (own, others) = rest.split_at((frames * FRAME_SAMPLES) as usize);
                rest = others;
                self.check_finite(own)?;
                spoken.push(Speech { samples: own.to_vec(), durations });
            }
        }
        Ok(spoken)
    }

    fn replay_frames(&mut self, runs: &[Run], profile: Option<&mut Profile>) -> Result<Option<Readback>> {
        let lengths = runs.last().map(|run| self.lengths(run)).unwrap_or_default();
        self.frame_side(lengths)?.replay(runs, profile)
    }

    /// What a frame side must hold for a replay that ends with `run`.
    fn lengths(&self, run: &Run) -> Lengths {
        Lengths { utterances: self.text.capacity().utterances, ..run.end() }
    }

    fn check_finite(&self, samples: &[f32]) -> Result<()> {
        match samples.iter().position(|s| !s.is_finite()) {
            None => Ok(()),
            Some(index) => Err(self.not_finite("audio", index, samples[index])),
        }
    }

    fn not_finite(&self, name: &str, index: usize, value: f32) -> Error {
        Error::NonFinite { origin: self.model.origin().to_owned(), name: name.to_owned(), index, value }
    }

    /// The frame side's plan, made anew if the utterances are longer than it holds.
    fn frame_side(&mut self, lengths: Lengths) -> Result<&mut FrameSide> {
        if self.frames.as_ref().is_none_or(|f| f.plan.capacity().frames < lengths.frames) {
            self.frames = None; // its memory first
            let roomy = capacity(lengths.frames).min(self.max_frames);
            let make = |frames| FrameSide::new(&self.model, &self.options, &self.text, frames);
            let side = match make(roomy) {
                // Perhaps there is room for this one, and none to spare.
                Err(Error::OutOfMemory { .. }) if lengths.frames < roomy => make(lengths.frames)?,
                made => made?,
            };
            self.peak_bytes = self.peak_bytes.max(self.text.bytes() + side.plan.bytes());
            self.frames = Some(side);
        }
        self.frames.as_mut().ok_or_else(no_plan)
    }

    /// Gives a stage that the options name as given.
    pub(crate) fn give(&mut self, name: &str, rows: &[f32], run: &Run) -> Result<()> {
        self.frame_side(Lengths { frames: run.frames, ..*self.text.capacity() })?.plan.give(name, rows)
    }

    /// An observed stage of the last utterance: rows, channels and values.
    pub(crate) async fn observe(&self, name: &str, run: &Run) -> Result<Option<(Shape, Vec<f32>)>> {
        let plans = [Some(&self.text.plan), self.frames.as_ref().map(|f| &f.plan)];
        let Some((shape, view)) = plans.into_iter().flatten().find_map(|plan| plan.stage(name, run)) else {
            return Ok(None);
        };
        let padded = read(self.model.context(), &view).await?;
        let rows = padded.chunks_exact(shape.pitch as usize);
        Ok(Some((shape, rows.flat_map(|row| &row[..shape.channels as usize]).copied().collect())))
    }
}

/// Frames of several utterances in one replay, at most: 51 s fill any GPU, and their activations fit WebGPU's default
/// binding of 128 MiB.
const REPLAY_FRAMES: u32 = 2_048;

/// Frames that a plan for `frames` holds: steps of a sixteenth of a power of two, so that a plan serves similar
/// lengths and wastes at most an eighth.
fn capacity(frames: u32) -> u32 {
    let step = (frames.next_power_of_two() / 16).max(32);
    frames.next_multiple_of(step)
}

/// Splits utterances into replays of at most `limit` frames each, and tells each its place.
fn replays(runs: &mut [Run], limit: u32) -> Vec<Range<usize>> {
    let mut replays: Vec<Range<usize>> = Vec::new();
    let mut frames = 0;
    for (index, run) in runs.iter_mut().enumerate() {
        match replays.last_mut() {
            Some(replay) if frames + run.frames <= limit => replay.end = index + 1,
            _ => {
                replays.push(index..index + 1);
                frames = 0;
            }
        }
        run.before.frames = frames;
        frames += run.frames;
    }
    for replay in &replays {
        for (lane, run) in (0..).zip(&mut runs[replay.clone()]) {
            (run.lane, run.lanes) = (lane, replay.len() as u32);
        }
    }
    replays
}

fn nothing_spoken() -> Error {
    Error::Argument { name: "utterances", reason: "there are none".to_owned() }
}

fn no_plan() -> Error {
    Error::Gpu { what: "planning", message: "no plan".to_owned() }
}

/// Values that have arrived.
fn arrived<T: bytemuck::Pod>(readback: Readback) -> Result<Vec<T>> {
    pollster::block_on(arrive(Some(readback)))
}

async fn arrive<T: bytemuck::Pod>(readback: Option<Readback>) -> Result<Vec<T>> {
    match readback {
        Some(readback) => Ok(bytemuck::pod_collect_to_vec(&readback.bytes().await?)),
        None => Ok(Vec::new()),
    }
}
