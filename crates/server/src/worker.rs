//! The thread that owns the engine: it forms batches, speaks them, and heals after the loss of the device.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use kokoro_wgpu::SAMPLE_RATE;
use kokoro_wgpu::text::TextChunk;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::{Error, Utterance, Voice};
use tokio::sync::oneshot;

use crate::engine::{Audio, Engine};
use crate::metrics::Metrics;
use crate::schedule::{Next, Origin, Queue};

/// Devices that may be lost while one batch is spoken.
const MAX_LOSSES: u32 = 3;
/// The time from one failed attempt to open a lost device again to the next, while no job asks for it.
const REOPEN_PAUSE: Duration = Duration::from_secs(5);

/// A text chunk to speak.
pub struct Job {
    pub origin: Origin,
    pub text_chunk: TextChunk,
    pub voice: Arc<Voice>,
    pub speed: f32,
    pub noise_seed: u32,
    /// Where the result goes. Nobody waits for it once the receiver is dropped.
    pub reply: oneshot::Sender<Result<Vec<Spoken>, Failure>>,
}

/// A text chunk with its audio. One that was too long for the device comes back in parts.
pub struct Spoken {
    pub text_chunk: TextChunk,
    pub audio: Audio,
}

/// Why a text chunk was not spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The device is lost: later requests may succeed.
    Unavailable(String),
    /// The text chunk cannot be spoken.
    Failed(String),
}

/// What the worker did.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// Spoke a batch.
    Spoke,
    /// Nothing: a batch is due at this time, or another attempt to open the lost device.
    WaitUntil(Duration),
    /// Nothing: no job waits, and the device works.
    Idle,
}

pub struct Worker<E, C> {
    engine: E,
    queue: Queue<Job>,
    vocabulary: Vocabulary,
    /// The time since some fixed moment.
    clock: C,
    /// Whether the device is lost and was not replaced.
    lost: bool,
    /// When to try to open the lost device, if no job asks for it before.
    reopen_at: Duration,
    metrics: Arc<Metrics>,
}

impl<E: Engine, C: Fn() -> Duration> Worker<E, C> {
    pub fn new(engine: E, queue: Queue<Job>, vocabulary: Vocabulary, clock: C, metrics: Arc<Metrics>) -> Self {
        Self { engine, queue, vocabulary, clock, lost: false, reopen_at: Duration::ZERO, metrics }
    }

    /// Speaks what comes, until all senders are gone and nothing waits.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            while let Ok(job) = jobs.try_recv() {
                self.push(job);
            }
            match self.turn() {
                Turn::Spoke => {}
                Turn::WaitUntil(time) => {
                    let rest = time.saturating_sub((self.clock)());
                    match jobs.recv_timeout(rest) {
                        Ok(job) => self.push(job),
                        Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) if self.queue.len() == 0 => return,
                        Err(RecvTimeoutError::Disconnected) => std::thread::sleep(rest),
                    }
                }
                Turn::Idle => match jobs.recv() {
                    Ok(job) => self.push(job),
                    Err(_) => return,
                },
            }
        }
    }

    pub fn push(&mut self, job: Job) {
        self.queue.push((self.clock)(), job.origin, cost(&job), job);
        self.report();
    }

    /// Speaks the next batch, if it is time.
    pub fn turn(&mut self) -> Turn {
        let next = self.queue.next((self.clock)(), |job| job.reply.is_closed());
        self.report();
        let batch = match next {
            Next::Batch(batch) => batch,
            Next::WaitUntil(time) => return Turn::WaitUntil(time),
            Next::Idle => return self.heal(),
        };
        let start = (self.clock)();
        let cost = batch.iter().map(cost).sum();
        self.metrics.batch_sentences.observe(batch.len() as f64);
        self.speak(batch);
        let took = (self.clock)().saturating_sub(start);
        self.queue.ran(cost, took);
        self.metrics.batch_seconds.observe(took.as_secs_f64());
        if let Some(memory) = self.engine.memory() {
            self.metrics.gpu_bytes.set(i64::try_from(memory.used).unwrap_or(i64::MAX));
        }
        self.report();
        Turn::Spoke
    }

    /// Opens a lost device again though no job asks for it: while it is lost the server says that it is not ready, and so a
    /// load balancer sends no job.
    fn heal(&mut self) -> Turn {
        if self.lost && (self.clock)() >= self.reopen_at {
            let _ = self.reopen(); // logged
        }
        if self.lost { Turn::WaitUntil(self.reopen_at) } else { Turn::Idle }
    }

    fn report(&self) {
        self.metrics.waiting_sentences.set(self.queue.len() as i64);
        self.metrics.set_backlog(self.queue.backlog());
    }

    fn speak(&mut self, batch: Vec<Job>) {
        let utterances: Vec<Utterance> = batch.iter().map(|job| self.utterance(job, &job.text_chunk)).collect();
        match self.try_speak(&utterances) {
            Ok(audio) => {
                for (job, audio) in batch.into_iter().zip(audio) {
                    self.answer(job.reply, Ok(vec![Spoken { text_chunk: job.text_chunk, audio }]));
                }
            }
            Err(Error::DeviceLost { message }) => {
                for job in batch {
                    self.answer(job.reply, Err(Failure::Unavailable(message.clone())));
                }
            }
            // One job must not fail the others, and one at a time may fit where all do not.
            Err(_) if batch.len() > 1 => batch.into_iter().for_each(|job| self.speak(vec![job])),
            Err(error) => {
                for job in batch {
                    let spoken = self.speak_parts(&job, job.text_chunk.clone(), &error);
                    self.answer(job.reply, spoken);
                }
            }
        }
    }

    /// Speaks the halves of a text chunk that failed, if shorter ones may succeed.
    fn speak_parts(&mut self, job: &Job, text_chunk: TextChunk, error: &Error) -> Result<Vec<Spoken>, Failure> {
        let failed = Failure::Failed(error.to_string());
        if !error.is_too_long() {
            return Err(failed);
        }
        let halves = text_chunk.halves(&self.vocabulary).ok_or(failed)?;
        let mut spoken = Vec::new();
        for half in halves {
            match self.try_speak(&[self.utterance(job, &half)]) {
                Ok(audio) => spoken.extend(audio.into_iter().map(|audio| Spoken { text_chunk: half.clone(), audio })),
                Err(Error::DeviceLost { message }) => return Err(Failure::Unavailable(message)),
                Err(error) => spoken.extend(self.speak_parts(job, half, &error)?),
            }
        }
        Ok(spoken)
    }

    fn utterance(&self, job: &Job, text_chunk: &TextChunk) -> Utterance {
        let utterance = Utterance::in_vocabulary(&self.vocabulary, &text_chunk.phonemes(), &job.voice);
        utterance.with_speed(job.speed).with_noise_seed(job.noise_seed)
    }

    /// Speaks, on a new device if the old one is lost.
    fn try_speak(&mut self, utterances: &[Utterance]) -> kokoro_wgpu::Result<Vec<Audio>> {
        for _ in 0..MAX_LOSSES {
            if self.lost {
                self.reopen()?;
            }
            match self.engine.speak(utterances) {
                Err(Error::DeviceLost { message }) => {
                    log::warn!("the GPU device was lost ({message}): opening it again");
                    self.metrics.device_losses.inc();
                    self.set_lost(true);
                }
                spoken => return spoken,
            }
        }
        Err(Error::DeviceLost { message: format!("{MAX_LOSSES} times in a row") })
    }

    fn reopen(&mut self) -> kokoro_wgpu::Result<()> {
        self.engine.reopen().map_err(|error| {
            log::error!("the GPU cannot be opened again: {error}");
            self.reopen_at = (self.clock)() + REOPEN_PAUSE;
            Error::DeviceLost { message: format!("it cannot be opened again: {error}") }
        })?;
        log::info!("the GPU device was opened again");
        self.set_lost(false);
        Ok(())
    }

    fn set_lost(&mut self, lost: bool) {
        self.lost = lost;
        self.metrics.set_ready(!lost);
    }

    fn answer(&self, reply: oneshot::Sender<Result<Vec<Spoken>, Failure>>, spoken: Result<Vec<Spoken>, Failure>) {
        match &spoken {
            Ok(spoken) => {
                let samples: usize = spoken.iter().map(|part| part.audio.samples.len()).sum();
                self.metrics.audio_seconds.inc_by(samples as f64 / f64::from(SAMPLE_RATE));
                self.metrics.sentences.inc();
            }
            Err(error) => log::debug!("a sentence failed: {error:?}"),
        }
        let _ = reply.send(spoken); // nobody waits for it any more
    }
}

impl<E, C> Drop for Worker<E, C> {
    /// At the end, and after a panic: nothing is spoken any more.
    fn drop(&mut self) {
        self.metrics.set_ready(false);
    }
}

/// The time for a sentence is about proportional to its phonemes, and every run has some fixed cost.
fn cost(job: &Job) -> usize {
    10 + job.text_chunk.phonemes().chars().count()
}

#[cfg(test)]
mod tests;
