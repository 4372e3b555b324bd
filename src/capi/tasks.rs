//! Jobs as C has them: what is one to the caller, and several utterances to the network.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::manner::{Manner, silent};
use super::speech::KokoroSpeech;
use super::status::{Failure, Result};
use crate::text::phonemes::Vocabulary;
use crate::text::{Passage, Script};
use crate::{Chunk, Error, JobId, Jobs, Model, Speech, Utterance, Voice};

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
pub(super) fn read(script: Script<'_>, manner: &Manner, voice: &Voice, vocabulary: &Vocabulary) -> Result<Vec<Part>> {
    let (mut parts, mut skipped) = (Vec::new(), String::new());
    for passage in script {
        let Passage { text, tokens } = passage?;
        let passage = Passage { text: std::mem::take(&mut skipped) + &text, tokens };
        if passage.is_spoken(vocabulary) {
            let utterance = manner.utterance(&passage, voice, vocabulary);
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
    priority: i32,
    /// Of the part that is spoken.
    job: JobId,
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

/// All that are not over.
pub(super) struct Tasks {
    jobs: Jobs,
    tasks: Vec<Task>,
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
        Self { jobs: Jobs::new(model), tasks: Vec::new(), started: 0 }
    }

    /// The jobs of the library.
    pub(super) fn jobs(&mut self) -> &mut Jobs {
        &mut self.jobs
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn start(&mut self, parts: Vec<Part>, priority: i32, voice: Option<Arc<Voice>>) -> Result<u64> {
        let mut waiting = VecDeque::from(parts);
        let speaking = waiting.pop_front().ok_or_else(silent)?;
        let job = self.jobs.start(&speaking.utterance, priority)?;
        self.started += 1;
        let id = self.started;
        let (spoken, samples, progress) = (0, 0, 0.0);
        self.tasks.push(Task { id, priority, job, speaking, waiting, voice, spoken, samples, progress });
        Ok(id)
    }

    pub(super) fn step(&mut self, budget: Duration, vocabulary: &Vocabulary) -> Vec<News> {
        let mut news = Vec::new();
        for (job, spoken) in self.jobs.step(budget) {
            let Some(at) = self.tasks.iter().position(|task| task.job == job) else { continue };
            let id = self.tasks[at].id;
            let told = match spoken {
                Ok(speech) => {
                    let (speech, is_over) = self.tasks[at].hear(speech, vocabulary);
                    news.push(News { id, told: Ok(speech), is_over });
                    if is_over { Ok(false) } else { self.go_on(at) }
                }
                Err(error) => self.tasks[at].shorten(error, vocabulary).and_then(|()| self.go_on(at)),
            };
            match told {
                Ok(true) => continue,
                Ok(false) => {}
                Err(failure) => news.push(News { id, told: Err(failure), is_over: true }),
            }
            self.tasks.remove(at);
        }
        news
    }

    /// Begins the next part.
    fn go_on(&mut self, at: usize) -> Result<bool> {
        let task = &mut self.tasks[at];
        let Some(part) = task.waiting.pop_front() else { return Ok(false) };
        task.job = self.jobs.start(&part.utterance, task.priority)?;
        task.speaking = part;
        Ok(true)
    }

    pub(super) fn progress(&mut self, id: u64) -> Result<f64> {
        let at = self.position(id)?;
        let task = &mut self.tasks[at];
        let now = self.jobs.progress(task.job).unwrap_or(1.0);
        let current = task.speaking.size();
        let all = task.spoken + current + task.waiting.iter().map(Part::size).sum::<usize>();
        let done = (task.spoken as f64 + now * current as f64) / all as f64;
        task.progress = task.progress.max(done);
        Ok(task.progress)
    }

    pub(super) fn set_priority(&mut self, id: u64, priority: i32) -> Result<()> {
        let at = self.position(id)?;
        self.tasks[at].priority = priority;
        self.jobs.set_priority(self.tasks[at].job, priority);
        Ok(())
    }

    pub(super) fn cancel(&mut self, id: u64) -> Result<()> {
        let at = self.position(id)?;
        self.jobs.cancel(self.tasks.remove(at).job);
        Ok(())
    }

    fn position(&self, id: u64) -> Result<usize> {
        let found = self.tasks.iter().position(|task| task.id == id);
        found.ok_or_else(|| Failure::argument("id", format!("{id} is no job that is under way")))
    }
}

impl Task {
    /// The part that was spoken, and whether it was the last.
    fn hear(&mut self, speech: Speech, vocabulary: &Vocabulary) -> (KokoroSpeech, bool) {
        let start = self.samples;
        self.spoken += self.speaking.size();
        self.samples += speech.samples.len() as u64;
        let heard = match self.speaking.passage.take() {
            Some(passage) => KokoroSpeech::new(Chunk::new(passage, speech, vocabulary, start)),
            None => KokoroSpeech::wordless(speech),
        };
        (heard, self.waiting.is_empty())
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
