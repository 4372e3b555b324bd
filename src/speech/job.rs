//! Synthesis of an utterance in steps that fit into an app's rendered frames.

use std::mem;
use std::time::Duration;

use super::synthesizer::{Synthesizer, no_plan, no_speech};
use super::utterance::{Speech, Utterance};
use crate::batch::BatchEntry;
use crate::error::{Error, Result};
use crate::gpu::{Readback, WorkBudget};
use crate::graph::PartialReplay;

/// Assumed share of the work up to the durations. The rest depends on them, so it cannot be computed at the start.
const PROSODY_SHARE: f64 = 0.1;

/// Synthesis of one utterance while the app renders. Each call of [`Job::step`] submits as much of the network as the GPU
/// is expected to finish within a given time, and returns at once.
///
/// ```no_run
/// # use std::time::Duration;
/// # use kokoro_wgpu::{Job, Result, Speech, Synthesizer, Utterance};
/// # fn render() {}
/// # fn play(speech: &Speech) {}
/// # fn run(synthesizer: Synthesizer, utterance: &Utterance) -> Result<Synthesizer> {
/// let mut job = Job::new(synthesizer, utterance);
/// loop {
///     render();
///     if let Some(speech) = job.step(Duration::from_millis(4))? {
///         play(&speech);
///         return Ok(job.cancel()); // for the next utterance
///     }
/// }
/// # }
/// ```
///
/// The device's throughput is measured on the submissions of all jobs of a [`Context`](crate::Context); the first ones are
/// small. A convolution or LSTM that takes longer than the budget is split. Other kernels are not split; they are much
/// shorter. The samples are those of [`Synthesizer::synthesize`], bit for bit.
///
/// Several jobs share one budget if each of them is stepped with it in every frame: a job may use what the ones before it
/// left. Step an urgent job first.
///
/// The first utterance creates plans and buffers, and some drivers then compile the kernels, both on the calling thread.
/// [`Synthesizer::warm_up`] does this in advance.
#[derive(Debug)]
pub struct Job {
    synthesizer: Synthesizer,
    state: State,
}

#[derive(Debug)]
enum State {
    New(Utterance),
    Prosody(BatchEntry, PartialReplay),
    Durations(BatchEntry, Readback),
    Decoder(Vec<u32>, PartialReplay),
    Samples(Vec<u32>, Readback),
    Over,
}

impl Job {
    /// Creates a job. It starts with the first step.
    pub fn new(synthesizer: Synthesizer, utterance: &Utterance) -> Self {
        Self { synthesizer, state: State::New(utterance.clone()) }
    }

    /// Submits as much work as the GPU is expected to finish within `budget`, less the unfinished work of earlier steps of
    /// all jobs. If no work is unfinished, at least one part of a dispatch is submitted. Returns the speech once it has
    /// arrived. Never waits.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`], which ends the job. [`Error::Argument`] if the job was already over.
    pub fn step(&mut self, budget: Duration) -> Result<Option<Speech>> {
        let budget = self.synthesizer.model.context().work_budget(budget);
        self.step_within(budget)
    }

    pub(crate) fn step_within(&mut self, budget: WorkBudget) -> Result<Option<Speech>> {
        let synthesizer = &mut self.synthesizer;
        synthesizer.model.context().check_lost()?;
        loop {
            // If this fails, the job stays over.
            let (state, progressed) = match mem::replace(&mut self.state, State::Over) {
                State::New(utterance) => (synthesizer.start_prosody(&utterance)?, true),
                State::Prosody(entry, mut replay) => match synthesizer.prosody.plan.advance(&mut replay, budget)? {
                    Some(durations) => (State::Durations(entry, durations), false),
                    None => (State::Prosody(entry, replay), false),
                },
                State::Durations(entry, durations) if durations.has_arrived() => {
                    (synthesizer.start_decoder(entry, pollster::block_on(durations.values())?)?, true)
                }
                State::Decoder(durations, mut replay) => {
                    let decoder = synthesizer.decoder.as_mut().ok_or_else(no_plan)?;
                    match decoder.plan.advance(&mut replay, budget)? {
                        Some(samples) => (State::Samples(durations, samples), false),
                        None => (State::Decoder(durations, replay), false),
                    }
                }
                State::Samples(durations, samples) if samples.has_arrived() => {
                    let samples = pollster::block_on(samples.values())?;
                    synthesizer.check_finite(&samples)?;
                    return Ok(Some(Speech { samples, durations }));
                }
                State::Over => return Err(Error::argument("job", "it is over")),
                waiting => (waiting, false),
            };
            self.state = state;
            if !progressed {
                return Ok(None);
            }
        }
    }

    /// The fraction of the work that is submitted, 0 to 1. The durations arrive after a tenth.
    pub fn progress(&self) -> f64 {
        match &self.state {
            State::New(_) => 0.0,
            State::Prosody(_, replay) => PROSODY_SHARE * replay.progress(),
            State::Durations(..) => PROSODY_SHARE,
            State::Decoder(_, replay) => PROSODY_SHARE + (1.0 - PROSODY_SHARE) * replay.progress(),
            State::Samples(..) | State::Over => 1.0,
        }
    }

    /// Whether the speech was returned or a step failed.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Ends the job and returns the synthesizer, which can speak again at once. Submitted work still runs to its end.
    #[must_use = "the synthesizer keeps its plans and buffers"]
    pub fn cancel(self) -> Synthesizer {
        self.synthesizer
    }
}

impl Synthesizer {
    fn start_prosody(&mut self, utterance: &Utterance) -> Result<State> {
        let entry = self.prepare(std::slice::from_ref(utterance))?.pop().ok_or_else(no_speech)?;
        let replay = self.prosody.start_partial(&entry);
        Ok(State::Prosody(entry, replay))
    }

    fn start_decoder(&mut self, entry: BatchEntry, durations: Vec<u32>) -> Result<State> {
        let entry = BatchEntry { frames: self.frames_of(&durations)?, ..entry };
        let replay = self.decoder_plan(self.decoder_extents(&entry))?.start_partial(&entry);
        Ok(State::Decoder(durations, replay))
    }
}

#[cfg(test)]
impl Job {
    /// The submitted work of the current plan, or `None` while a result is read back.
    pub(crate) fn submitted_work(&self) -> Option<u64> {
        match &self.state {
            State::Prosody(_, replay) | State::Decoder(_, replay) => Some(replay.submitted_work()),
            _ => None,
        }
    }
}

#[cfg(test)]
impl Synthesizer {
    /// The work of the largest part of an utterance of `frames`, and of the whole utterance.
    pub(crate) fn part_and_total_work(&mut self, frames: u32) -> Result<(u64, u64)> {
        let entry = BatchEntry { tokens: frames.div_ceil(4).max(16), frames, ..BatchEntry::default() };
        self.reserve(frames)?;
        let decoder = self.decoder.as_ref().ok_or_else(no_plan)?;
        let [(part, total), (other_part, other_total)] =
            [&self.prosody.plan, &decoder.plan].map(|plan| plan.part_and_total_work(&entry));
        Ok((part.max(other_part), total + other_total))
    }
}
