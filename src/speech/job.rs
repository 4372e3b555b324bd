//! An utterance in pieces that fit into a host's frames.

use std::mem;
use std::time::Duration;

use super::{Speech, Synthesizer, Utterance};
use crate::gpu::{Allowance, Readback};
use crate::graph::Pieces;
use crate::shape::Run;
use crate::{Error, Result};

/// Part of the work that the text side is taken for, before the number of frames is known.
const TEXT_SHARE: f64 = 0.1;

/// One utterance, spoken while the host renders: every call of [`Job::step`] submits as much of the network as the GPU is
/// expected to finish within a given time, and returns at once.
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
/// How much work the device does a second is measured on what jobs submit, for all jobs of a [`Context`](crate::Context)
/// together; the first submissions are small. A convolution or LSTM that takes longer than the budget is split; other kernels
/// are not, and each is much shorter. The samples are those of [`Synthesizer::synthesize`], bit for bit.
///
/// Several jobs share a budget if a frame steps each of them with it: what the first leaves, the next may use, so that an
/// urgent utterance is stepped first.
///
/// The first utterance makes plans and buffers, and some drivers then compile the kernels, all in the host's time:
/// [`Synthesizer::warm_up`] does it before.
#[derive(Debug)]
pub struct Job {
    synthesizer: Synthesizer,
    state: State,
}

#[derive(Debug)]
enum State {
    New(Utterance),
    Text(Run, Pieces),
    Durations(Run, Readback),
    Frames(Vec<u32>, Pieces),
    Samples(Vec<u32>, Readback),
    Over,
}

impl Job {
    /// Nothing happens before the first step.
    pub fn new(synthesizer: Synthesizer, utterance: &Utterance) -> Self {
        Self { synthesizer, state: State::New(utterance.clone()) }
    }

    /// Submits as much work as the GPU is expected to finish within `budget`, less what jobs submitted before and it has
    /// not finished; if that is all finished, at least one part of a dispatch. Returns the speech when it has arrived;
    /// never waits.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`]; the job is over then. [`Error::Argument`] if it was over already.
    pub fn step(&mut self, budget: Duration) -> Result<Option<Speech>> {
        let allowance = self.synthesizer.model.context().allowance(budget);
        self.step_within(allowance)
    }

    pub(crate) fn step_within(&mut self, allowance: Allowance) -> Result<Option<Speech>> {
        let synthesizer = &mut self.synthesizer;
        synthesizer.model.context().check_lost()?;
        loop {
            // A state that fails is not put back.
            let (state, goes_on) = match mem::replace(&mut self.state, State::Over) {
                State::New(utterance) => (synthesizer.begin_text(&utterance)?, true),
                State::Text(run, mut pieces) => match synthesizer.text.plan.advance(&mut pieces, allowance)? {
                    Some(durations) => (State::Durations(run, durations), false),
                    None => (State::Text(run, pieces), false),
                },
                State::Durations(run, durations) if durations.has_arrived() => {
                    (synthesizer.begin_frames(run, super::arrived(durations)?)?, true)
                }
                State::Frames(durations, mut pieces) => {
                    let frames = synthesizer.frames.as_mut().ok_or_else(super::no_plan)?;
                    match frames.plan.advance(&mut pieces, allowance)? {
                        Some(samples) => (State::Samples(durations, samples), false),
                        None => (State::Frames(durations, pieces), false),
                    }
                }
                State::Samples(durations, samples) if samples.has_arrived() => {
                    let samples = super::arrived(samples)?;
                    synthesizer.check_finite(&samples)?;
                    return Ok(Some(Speech { samples, durations }));
                }
                State::Over => return Err(Error::Argument { name: "job", reason: "it is over".to_owned() }),
                waiting => (waiting, false),
            };
            self.state = state;
            if !goes_on {
                return Ok(None);
            }
        }
    }

    /// The part of the work that is submitted, 0 to 1. The durations come after a tenth.
    pub fn progress(&self) -> f64 {
        match &self.state {
            State::New(_) => 0.0,
            State::Text(_, pieces) => TEXT_SHARE * pieces.progress(),
            State::Durations(..) => TEXT_SHARE,
            State::Frames(_, pieces) => TEXT_SHARE + (1.0 - TEXT_SHARE) * pieces.progress(),
            State::Samples(..) | State::Over => 1.0,
        }
    }

    /// Whether the speech was returned, or a step failed.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Stops the job, if it is not over, and gives the synthesizer back, which can speak again at once. What was submitted
    /// runs to its end.
    #[must_use = "the synthesizer keeps its plans and buffers"]
    pub fn cancel(self) -> Synthesizer {
        self.synthesizer
    }
}

impl Synthesizer {
    fn begin_text(&mut self, utterance: &Utterance) -> Result<State> {
        let run = self.prepare(std::slice::from_ref(utterance))?.pop().ok_or_else(super::nothing_spoken)?;
        let pieces = self.text.pieces(&run);
        Ok(State::Text(run, pieces))
    }

    fn begin_frames(&mut self, run: Run, durations: Vec<u32>) -> Result<State> {
        let run = Run { frames: self.frames_of(&durations)?, ..run };
        let pieces = self.frame_side(self.lengths(&run))?.pieces(&run);
        Ok(State::Frames(durations, pieces))
    }
}

#[cfg(test)]
impl Job {
    /// Work submitted of the side that runs, or `None` while a result is on its way.
    pub(crate) fn submitted(&self) -> Option<u64> {
        match &self.state {
            State::Text(_, pieces) | State::Frames(_, pieces) => Some(pieces.submitted()),
            _ => None,
        }
    }
}

#[cfg(test)]
impl Synthesizer {
    /// The work of an utterance of so many frames: the most that cannot be divided, and all of it.
    pub(crate) fn largest_unit(&mut self, frames: u32) -> Result<(u64, u64)> {
        let run = Run { tokens: frames.div_ceil(4).max(16), frames, lanes: 1, ..Run::default() };
        self.reserve(frames)?;
        let frame_side = self.frames.as_ref().ok_or_else(super::no_plan)?;
        let [(unit, all), (other, rest)] = [&self.text.plan, &frame_side.plan].map(|plan| plan.unit_and_all(&run));
        Ok((unit.max(other), all + rest))
    }
}
