//! Jobs as C has them: what is one to the caller, and several utterances to the network.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use super::options::{SpeakParams, silent};
use super::speech::KokoroSpeech;
use super::status::{Failure, Result};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{Passage, Script};
use kokoro_wgpu::{Chunk, Error, Job, Model, Speech, Synthesizer, Utterance, Voice};

/// What is spoken at once.
pub(super) struct Part {
    utterance: Utterance,
    /// What it is of, but for ids.
    passage: Option<Passage>,
}

impl Part {
    pub(super) fn ids(utterance: Utterance) -> Self {
        Self { utterance, passage: None }
    }

    pub(super) fn passage(passage: Passage, utterance: Utterance) -> Self {
        Self { utterance, passage: Some(passage) }
    }

    /// The work it is, about.
    fn size(&self) -> usize {
        self.utterance.ids.len() + 2
    }
}

/// Text that is read: its parts in order, at least one. What has nothing to speak goes to the part behind it.
pub(super) fn read(
    script: Script<'_>,
    params: &SpeakParams,
    voice: &Voice,
    vocabulary: &Vocabulary,
) -> Result<Vec<Part>> {
    let (mut parts, mut skipped) = (Vec::new(), String::new());
    for passage in script {
        let Passage { text, tokens } = passage?;
        let passage = Passage { text: mem::take(&mut skipped) + &text, tokens };
        if passage.is_spoken(vocabulary) {
            let utterance = params.utterance(&passage, voice, vocabulary);
            parts.push(Part::passage(passage, utterance));
        } else {
            skipped = passage.text;
        }
    }
    if parts.is_empty() { Err(silent()) } else { Ok(parts) }
}

/// One job.
struct Task {
    id: u64,
    /// Of the part that is spoken.
    job: Job,
    speaking: Part,
    waiting: VecDeque<Part>,
    /// Of a text, whose parts are divided where they are too long for the device.
    voice: Option<Arc<Voice>>,
    /// Sizes of the parts that are spoken.
    spoken: usize,
    /// Samples of them.
    samples: u64,
    /// The most that was told: a part that is divided begins anew.
    progress: f64,
}

/// All that are not over, in the order in which they were started: the first has the budget, and what it leaves is for
/// those behind it.
pub(super) struct Tasks {
    model: Model,
    tasks: Vec<Task>,
    /// With buffers that later tasks take over.
    idle: Vec<Synthesizer>,
    started: u64,
}

/// What became of a job, or of a part of it.
pub(super) struct News {
    pub id: u64,
    pub told: Result<KokoroSpeech>,
    pub is_over: bool,
}

impl Tasks {
    pub(super) fn new(model: &Model) -> Self {
        Self { model: model.clone(), tasks: Vec::new(), idle: Vec::new(), started: 0 }
    }

    /// Takes a synthesizer for a coming task.
    pub(super) fn keep(&mut self, synthesizer: Synthesizer) {
        self.idle.push(synthesizer);
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn start(&mut self, parts: Vec<Part>, voice: Option<Arc<Voice>>) -> Result<u64> {
        let mut waiting = VecDeque::from(parts);
        let speaking = waiting.pop_front().ok_or_else(silent)?;
        let synthesizer = self.idle.pop().map_or_else(|| Synthesizer::new(&self.model), Ok)?;
        let job = Job::new(synthesizer, &speaking.utterance);
        self.started += 1;
        let (id, spoken, samples, progress) = (self.started, 0, 0, 0.0);
        self.tasks.push(Task { id, job, speaking, waiting, voice, spoken, samples, progress });
        Ok(id)
    }

    pub(super) fn step(&mut self, budget: Duration, vocabulary: &Vocabulary) -> Vec<News> {
        let mut news = Vec::new();
        for mut task in mem::take(&mut self.tasks) {
            let id = task.id;
            let (told, next) = match task.job.step(budget) {
                Ok(None) => {
                    self.tasks.push(task);
                    continue;
                }
                Ok(Some(speech)) => (Some(Ok(task.hear(speech, vocabulary))), task.waiting.pop_front()),
                Err(error) => {
                    if matches!(error, Error::OutOfMemory { .. }) {
                        self.idle.clear(); // their memory may suffice for the halves
                    }
                    match task.shorten(error, vocabulary) {
                        Ok(()) => (None, task.waiting.pop_front()),
                        Err(failure) => (Some(Err(failure)), None),
                    }
                }
            };
            news.extend(told.map(|told| News { id, told, is_over: next.is_none() }));
            match next {
                Some(part) => self.tasks.push(task.speak(part)),
                None => self.idle.push(task.job.cancel()),
            }
        }
        news
    }

    pub(super) fn progress(&mut self, id: u64) -> Result<f64> {
        let at = self.position(id)?;
        let task = &mut self.tasks[at];
        let now = task.job.progress();
        let current = task.speaking.size();
        let all = task.spoken + current + task.waiting.iter().map(Part::size).sum::<usize>();
        let done = (task.spoken as f64 + now * current as f64) / all as f64;
        task.progress = task.progress.max(done);
        Ok(task.progress)
    }

    pub(super) fn cancel(&mut self, id: u64) -> Result<()> {
        let at = self.position(id)?;
        self.idle.push(self.tasks.remove(at).job.cancel());
        Ok(())
    }

    fn position(&self, id: u64) -> Result<usize> {
        let found = self.tasks.iter().position(|task| task.id == id);
        found.ok_or_else(|| Failure::argument("id", format!("{id} is no job that is under way")))
    }
}

impl Task {
    /// Begins another part.
    fn speak(self, part: Part) -> Self {
        let job = Job::new(self.job.cancel(), &part.utterance);
        Self { job, speaking: part, ..self }
    }

    /// The part that was spoken.
    fn hear(&mut self, speech: Speech, vocabulary: &Vocabulary) -> KokoroSpeech {
        let start = self.samples;
        self.spoken += self.speaking.size();
        self.samples += speech.samples.len() as u64;
        match self.speaking.passage.take() {
            Some(passage) => KokoroSpeech::new(Chunk::new(passage, speech, vocabulary, start)),
            None => KokoroSpeech::wordless(speech),
        }
    }

    /// Divides a part that was too long, as a narration does.
    fn shorten(&mut self, error: Error, vocabulary: &Vocabulary) -> Result<()> {
        let is_long = matches!(error, Error::TooLong { .. } | Error::OutOfMemory { .. });
        let Some(voice) = self.voice.as_deref().filter(|_| is_long) else { return Err(error.into()) };
        let halves = self.speaking.passage.take().and_then(Passage::halves);
        let (first, second) = halves.ok_or(error)?;
        let whole = &self.speaking.utterance;
        let part = |passage: Passage| {
            let utterance = Utterance::in_vocabulary(vocabulary, &passage.phonemes(), voice);
            let (speed, noise_seed) = (whole.speed, whole.noise_seed);
            Part::passage(passage, Utterance { speed, noise_seed, ..utterance })
        };
        for part in [part(second), part(first)] {
            self.waiting.push_front(part);
        }
        Ok(())
    }
}
