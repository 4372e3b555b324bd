//! The queue behind KokoroJobs. A job is one synthesis for the caller, but may be several utterances for the network.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use super::options::{SpeakParams, nothing_to_speak};
use super::speech::KokoroSpeech;
use super::status::{Failure, Result};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{TextChunk, TextStream};
use kokoro_wgpu::{Chunk, Error, Job, Model, Speech, Synthesizer, Utterance, Voice};

/// An utterance to synthesize, with the text chunk that it is from, for timings; token ids have none.
pub(super) struct PendingUtterance {
    utterance: Utterance,
    text_chunk: Option<TextChunk>,
}

impl PendingUtterance {
    pub(super) fn from_ids(utterance: Utterance) -> Self {
        Self { utterance, text_chunk: None }
    }

    pub(super) fn from_text_chunk(text_chunk: TextChunk, utterance: Utterance) -> Self {
        Self { utterance, text_chunk: Some(text_chunk) }
    }

    /// Number of tokens with both boundaries, about proportional to the GPU's work.
    fn token_count(&self) -> usize {
        self.utterance.ids.len() + 2
    }
}

/// The utterances of a text, at least one. A text chunk without anything to speak is added to the text of
/// the next one, and dropped at the end.
pub(super) fn utterances_of_text(
    text_stream: TextStream<'_>,
    params: &SpeakParams,
    voice: &Voice,
    vocabulary: &Vocabulary,
) -> Result<Vec<PendingUtterance>> {
    let (mut utterances, mut skipped) = (Vec::new(), String::new());
    for text_chunk in text_stream {
        let TextChunk { text, tokens } = text_chunk?;
        let text_chunk = TextChunk { text: mem::take(&mut skipped) + &text, tokens };
        if text_chunk.is_spoken(vocabulary) {
            let utterance = params.utterance(&text_chunk, voice, vocabulary);
            utterances.push(PendingUtterance::from_text_chunk(text_chunk, utterance));
        } else {
            skipped = text_chunk.text;
        }
    }
    if utterances.is_empty() { Err(nothing_to_speak()) } else { Ok(utterances) }
}

struct QueuedJob {
    id: u64,
    /// Computes the current utterance.
    job: Job,
    current: PendingUtterance,
    pending: VecDeque<PendingUtterance>,
    /// The voice of a text, whose utterances are split if they are too long for the device.
    voice: Option<Arc<Voice>>,
    /// Tokens of the finished utterances.
    finished_tokens: usize,
    /// Samples of the finished utterances.
    finished_samples: u64,
    /// The highest reported progress: splitting an utterance restarts it, but progress must not decrease.
    progress: f64,
}

/// The unfinished jobs, oldest first: each gets the budget that those before it left.
pub(super) struct JobQueue {
    model: Model,
    jobs: Vec<QueuedJob>,
    /// Synthesizers of finished jobs, whose buffers later jobs reuse.
    idle: Vec<Synthesizer>,
    last_id: u64,
}

/// A finished utterance or a failure of a job.
pub(super) struct JobEvent {
    pub id: u64,
    pub result: Result<KokoroSpeech>,
    pub is_last: bool,
}

impl JobQueue {
    pub(super) fn new(model: &Model) -> Self {
        Self { model: model.clone(), jobs: Vec::new(), idle: Vec::new(), last_id: 0 }
    }

    /// Adds a synthesizer for a later job.
    pub(super) fn add_idle(&mut self, synthesizer: Synthesizer) {
        self.idle.push(synthesizer);
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn start(&mut self, utterances: Vec<PendingUtterance>, voice: Option<Arc<Voice>>) -> Result<u64> {
        let mut pending = VecDeque::from(utterances);
        let current = pending.pop_front().ok_or_else(nothing_to_speak)?;
        let synthesizer = self.idle.pop().map_or_else(|| Synthesizer::new(&self.model), Ok)?;
        let job = Job::new(synthesizer, &current.utterance);
        self.last_id += 1;
        let id = self.last_id;
        let (finished_tokens, finished_samples, progress) = (0, 0, 0.0);
        self.jobs.push(QueuedJob { id, job, current, pending, voice, finished_tokens, finished_samples, progress });
        Ok(id)
    }

    pub(super) fn step(&mut self, budget: Duration, vocabulary: &Vocabulary) -> Vec<JobEvent> {
        let mut events = Vec::new();
        for mut job in mem::take(&mut self.jobs) {
            let id = job.id;
            // `step` subtracts what is in flight, so that a job gets what those before it left.
            let (result, next) = match job.job.step(budget) {
                Ok(None) => {
                    self.jobs.push(job);
                    continue;
                }
                Ok(Some(speech)) => (Some(Ok(job.finish_current(speech, vocabulary))), job.pending.pop_front()),
                Err(error) => {
                    if matches!(error, Error::OutOfMemory { .. }) {
                        self.idle.clear(); // their memory may be enough for the halves
                    }
                    match job.split_current(error, vocabulary) {
                        Ok(()) => (None, job.pending.pop_front()),
                        Err(failure) => (Some(Err(failure)), None),
                    }
                }
            };
            events.extend(result.map(|result| JobEvent { id, result, is_last: next.is_none() }));
            match next {
                Some(utterance) => self.jobs.push(job.start(utterance)),
                None => self.idle.push(job.job.cancel()),
            }
        }
        events
    }

    pub(super) fn progress(&mut self, id: u64) -> Result<f64> {
        let index = self.index(id)?;
        let job = &mut self.jobs[index];
        let current_fraction = job.job.progress();
        let current = job.current.token_count();
        let pending: usize = job.pending.iter().map(PendingUtterance::token_count).sum();
        let all = job.finished_tokens + current + pending;
        let fraction = (job.finished_tokens as f64 + current_fraction * current as f64) / all as f64;
        job.progress = job.progress.max(fraction);
        Ok(job.progress)
    }

    pub(super) fn cancel(&mut self, id: u64) -> Result<()> {
        let index = self.index(id)?;
        self.idle.push(self.jobs.remove(index).job.cancel());
        Ok(())
    }

    fn index(&self, id: u64) -> Result<usize> {
        let found = self.jobs.iter().position(|job| job.id == id);
        found.ok_or_else(|| Failure::argument("id", format!("{id} is no unfinished job")))
    }
}

impl QueuedJob {
    /// Goes on with another utterance.
    fn start(self, utterance: PendingUtterance) -> Self {
        let job = Job::new(self.job.cancel(), &utterance.utterance);
        Self { job, current: utterance, ..self }
    }

    fn finish_current(&mut self, speech: Speech, vocabulary: &Vocabulary) -> KokoroSpeech {
        let start = self.finished_samples;
        self.finished_tokens += self.current.token_count();
        self.finished_samples += speech.samples.len() as u64;
        match self.current.text_chunk.take() {
            Some(text_chunk) => KokoroSpeech::new(Chunk::new(text_chunk, speech, vocabulary, start)),
            None => KokoroSpeech::from_ids(speech),
        }
    }

    /// Puts the halves of the current utterance first in line, if `error` says that it is too long and it can be divided;
    /// otherwise returns `error`.
    fn split_current(&mut self, error: Error, vocabulary: &Vocabulary) -> Result<()> {
        let Some(voice) = self.voice.as_deref().filter(|_| error.is_too_long()) else { return Err(error.into()) };
        let halves =
            self.current.text_chunk.take().and_then(|text_chunk| text_chunk.halves(vocabulary)).ok_or(error)?;
        let whole = &self.current.utterance;
        let half = |text_chunk: TextChunk| {
            let utterance = Utterance::in_vocabulary(vocabulary, &text_chunk.phonemes(), voice);
            let (speed, noise_seed) = (whole.speed, whole.noise_seed);
            PendingUtterance::from_text_chunk(text_chunk, utterance.with_speed(speed).with_noise_seed(noise_seed))
        };
        for text_chunk in halves.into_iter().rev() {
            self.pending.push_front(half(text_chunk));
        }
        Ok(())
    }
}
