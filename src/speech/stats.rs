//! What an utterance asked of the GPU, beside its time.

use super::Synthesizer;

/// What an utterance cost, beside time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Kernels run.
    pub dispatches: u64,
    /// Command buffers handed to the queue.
    pub submits: u64,
    /// Bytes that the host wrote: ids, styles, and the scalars of every dispatch.
    pub uploaded_bytes: u64,
    /// Every buffer that is not a parameter's, with its bytes: the inputs, then each plan's slots, which the
    /// activations share by turns.
    pub buffers: Vec<(String, u64)>,
}

impl Synthesizer {
    /// What the last utterance took; the buffers are those of now.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats { uploaded_bytes: self.uploaded, ..Stats::default() };
        stats.buffers.push(("inputs".to_owned(), self.text.input_bytes()));
        let frames = self.frames.as_ref().map(|frames| ("frames", &frames.plan));
        for (name, plan) in [("text", &self.text.plan)].into_iter().chain(frames) {
            let work = plan.work();
            stats.dispatches += work.dispatches;
            stats.submits += work.submits;
            stats.uploaded_bytes += work.uploaded;
            stats.buffers.extend(plan.buffers().map(|(buffer, bytes)| (format!("{name} {buffer}"), bytes)));
        }
        stats
    }
}
