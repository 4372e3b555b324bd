//! Several jobs that share a host's frames.

use std::time::Duration;

use super::{Job, Speech, Synthesizer, Utterance};
use crate::model::Model;
use crate::{Error, Result};

/// One of [`Jobs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(u64);

/// Jobs of one model that share a budget: those of the highest priority first, those of the same priority in equal parts
/// of the GPU's time. Each has buffers of its own, which later ones take over.
///
/// ```no_run
/// # use std::time::Duration;
/// # use kokoro_wgpu::{Jobs, Model, Result, Utterance};
/// # fn frame(_: &mut Jobs) -> bool { true }
/// # fn run(model: &Model, warning: &Utterance, chatter: &Utterance) -> Result<()> {
/// let mut jobs = Jobs::new(model);
/// let background = jobs.start(chatter, 0)?;
/// jobs.start(warning, 10)?; // is spoken first
/// while !jobs.is_empty() {
///     for (id, spoken) in jobs.step(Duration::from_millis(4)) {
///         println!("{id:?}: {:.1} s of speech", spoken?.seconds());
///     }
///     println!("{:.0} %", 100.0 * jobs.progress(background).unwrap_or(1.0));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Jobs {
    model: Model,
    running: Vec<Running>,
    idle: Vec<Synthesizer>,
    started: u64,
}

#[derive(Debug)]
struct Running {
    id: JobId,
    priority: i32,
    job: Job,
    /// Seconds of the GPU that others of its priority had had when it came: it has no claim to those.
    head_start: f64,
}

impl Running {
    /// Seconds by which those of a priority are compared.
    fn share(&self) -> f64 {
        self.head_start + self.job.seconds()
    }
}

impl Jobs {
    /// None yet.
    pub fn new(model: &Model) -> Self {
        Self { model: model.clone(), running: Vec::new(), idle: Vec::new(), started: 0 }
    }

    /// Takes a synthesizer of the same model for a coming job, one that is warm, say.
    ///
    /// # Errors
    /// [`Error::Argument`] if its model is another.
    pub fn add(&mut self, synthesizer: Synthesizer) -> Result<()> {
        if !synthesizer.model().is(&self.model) {
            let reason = "its model is another than the jobs'".to_owned();
            return Err(Error::Argument { name: "synthesizer", reason });
        }
        self.idle.push(synthesizer);
        Ok(())
    }

    /// A job of its own; higher priorities come first.
    ///
    /// # Errors
    /// What the device refuses. What is wrong with the utterance is told by [`Jobs::step`].
    pub fn start(&mut self, utterance: &Utterance, priority: i32) -> Result<JobId> {
        let synthesizer = match self.idle.pop() {
            Some(synthesizer) => synthesizer,
            None => Synthesizer::new(&self.model)?,
        };
        let head_start = self.least_share(priority);
        let id = JobId(self.started);
        self.started += 1;
        self.running.push(Running { id, priority, job: Job::new(synthesizer, utterance), head_start });
        Ok(id)
    }

    /// Of those of a priority.
    fn least_share(&self, priority: i32) -> f64 {
        let peers = self.running.iter().filter(|running| running.priority == priority);
        peers.map(Running::share).reduce(f64::min).unwrap_or_default()
    }

    /// Hands the GPU what is expected to be done within `budget`, as [`Job::step`] does, and returns the jobs that are over.
    pub fn step(&mut self, budget: Duration) -> Vec<(JobId, Result<Speech>)> {
        self.running.sort_by(|a, b| b.priority.cmp(&a.priority).then(a.share().total_cmp(&b.share())));
        let mut over = Vec::new();
        // What the first leave of the budget is for those behind.
        for running in &mut self.running {
            match running.job.step(budget) {
                Ok(None) => {}
                Ok(Some(speech)) => over.push((running.id, Ok(speech))),
                Err(error) => over.push((running.id, Err(error))),
            }
        }
        if over.iter().any(|(_, spoken)| matches!(spoken, Err(Error::OutOfMemory { .. }))) {
            self.idle.clear(); // the job may be started again with the memory of those
        }
        self.idle
            .extend(self.running.extract_if(.., |running| running.job.is_over()).map(|running| running.job.cancel()));
        over
    }

    /// [`Job::progress`] of one that is not over.
    pub fn progress(&self, id: JobId) -> Option<f64> {
        self.running.iter().find(|running| running.id == id).map(|running| running.job.progress())
    }

    /// Gives a job another priority. False if it is over.
    pub fn set_priority(&mut self, id: JobId, priority: i32) -> bool {
        let Some(at) = self.running.iter().position(|running| running.id == id) else { return false };
        if self.running[at].priority != priority {
            let head_start = self.least_share(priority) - self.running[at].job.seconds();
            let running = &mut self.running[at];
            (running.priority, running.head_start) = (priority, head_start);
        }
        true
    }

    /// Stops a job. False if it was over.
    pub fn cancel(&mut self, id: JobId) -> bool {
        let cancelled: Vec<_> = self.running.extract_if(.., |running| running.id == id).collect();
        let found = !cancelled.is_empty();
        self.idle.extend(cancelled.into_iter().map(|running| running.job.cancel()));
        found
    }

    /// Seconds of the GPU that a job was handed.
    #[cfg(test)]
    pub(crate) fn seconds(&self, id: JobId) -> f64 {
        self.running.iter().find(|running| running.id == id).map_or(0.0, |running| running.job.seconds())
    }

    /// Jobs that are not over.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether all are over.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }
}
