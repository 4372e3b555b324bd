//! An utterance in pieces that fit into a host's frames.

use std::mem;
use std::time::Duration;

use super::{Speech, Synthesizer, Utterance};
use crate::gpu::Readback;
use crate::graph::Pieces;
use crate::shape::Run;
use crate::{Error, Result};

/// Part of the work that the text side is taken for, before the number of frames is known.
const TEXT_SHARE: f64 = 0.1;

/// One utterance, spoken while the host renders: every call of [`Job::step`] hands the GPU as much of the network as is
/// expected to take a given time there, and returns at once.
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
/// How long a kernel takes on this device is learnt from every piece, by all jobs of a context together; the first pieces
/// are small. Convolutions and LSTMs are divided as finely as it takes, so that on a slow adapter too a piece is about as
/// long as the budget; other kernels are not, and each is much shorter. The samples are those that
/// [`Synthesizer::synthesize`] makes, bit for bit.
///
/// What a first utterance makes, plans, buffers and on some drivers the kernels' machine code, takes the host's time:
/// [`Synthesizer::warm_up`] does it before.
#[derive(Debug)]
pub struct Job {
    synthesizer: Synthesizer,
    state: State,
    /// Seconds that were expected of what the text side submitted.
    text_seconds: f64,
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
        Self { synthesizer, state: State::New(utterance.clone()), text_seconds: 0.0 }
    }

    /// Hands the GPU as much of the work as is expected to be done within `budget`, together with what it was handed before
    /// and has not done. If it has nothing to do, that is at least a part of one dispatch. Returns the speech when it has
    /// arrived; never waits.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`]; the job is over then. [`Error::Argument`] if it was over already.
    pub fn step(&mut self, budget: Duration) -> Result<Option<Speech>> {
        self.synthesizer.model.context().check_lost()?;
        // A state that fails is not put back.
        loop {
            let state = mem::replace(&mut self.state, State::Over);
            let (state, goes_on) = match self.advance(state, budget.as_secs_f64())? {
                Stepped::Spoken(speech) => return Ok(Some(speech)),
                Stepped::Next(state) => (state, true),
                Stepped::Waits(state) => (state, false),
            };
            self.state = state;
            if !goes_on {
                return Ok(None);
            }
        }
    }

    fn advance(&mut self, state: State, budget: f64) -> Result<Stepped> {
        let Self { synthesizer, text_seconds, .. } = self;
        synthesizer.model.context().check_process()?;
        Ok(match state {
            State::New(utterance) => {
                let (run, pieces) = synthesizer.begin_pieces(&utterance)?;
                Stepped::Next(State::Text(run, pieces))
            }
            State::Text(run, mut pieces) => match synthesizer.text.plan.advance(&mut pieces, budget)? {
                Some(durations) => {
                    *text_seconds = pieces.seconds();
                    Stepped::Waits(State::Durations(run, durations))
                }
                None => Stepped::Waits(State::Text(run, pieces)),
            },
            State::Durations(run, durations) if !durations.has_arrived() => {
                Stepped::Waits(State::Durations(run, durations))
            }
            State::Durations(run, durations) => {
                let durations = super::arrived(durations)?;
                let pieces = synthesizer.frame_pieces(run, &durations)?;
                Stepped::Next(State::Frames(durations, pieces))
            }
            State::Frames(durations, mut pieces) => {
                let frames = synthesizer.frames.as_mut().ok_or_else(super::no_plan)?;
                match frames.plan.advance(&mut pieces, budget)? {
                    Some(samples) => {
                        *text_seconds += pieces.seconds();
                        Stepped::Waits(State::Samples(durations, samples))
                    }
                    None => Stepped::Waits(State::Frames(durations, pieces)),
                }
            }
            State::Samples(durations, samples) if !samples.has_arrived() => {
                Stepped::Waits(State::Samples(durations, samples))
            }
            State::Samples(durations, samples) => {
                let samples = super::arrived(samples)?;
                synthesizer.check_finite(&samples)?;
                Stepped::Spoken(Speech { samples, durations })
            }
            State::Over => return Err(Error::Argument { name: "job", reason: "it is over".to_owned() }),
        })
    }

    /// The part of the work that the GPU was handed, 0 to 1. The durations come after a tenth.
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

    /// Stops the job, if it is not over, and gives the synthesizer back, which can speak again at once. What the GPU was
    /// handed runs to its end.
    #[must_use = "the synthesizer keeps its plans and buffers"]
    pub fn cancel(self) -> Synthesizer {
        self.synthesizer
    }

    /// Seconds of the GPU that were expected of what it was handed.
    pub(crate) fn seconds(&self) -> f64 {
        match &self.state {
            State::Text(_, pieces) => pieces.seconds(),
            State::Frames(_, pieces) => self.text_seconds + pieces.seconds(),
            _ => self.text_seconds,
        }
    }
}

enum Stepped {
    /// Goes on at once.
    Next(State),
    /// Until the next step.
    Waits(State),
    Spoken(Speech),
}

impl Synthesizer {
    fn begin_pieces(&mut self, utterance: &Utterance) -> Result<(Run, Pieces)> {
        let utterances = std::slice::from_ref(utterance);
        let run = self.prepare(utterances)?.pop().ok_or_else(super::nothing_spoken)?;
        let pieces = self.text.pieces(&run);
        Ok((run, pieces))
    }

    fn frame_pieces(&mut self, run: Run, durations: &[u32]) -> Result<Pieces> {
        let run = Run { frames: self.frames_of(durations)?, ..run };
        Ok(self.frame_side(self.lengths(&run))?.pieces(&run))
    }
}
