//! Statistics of an utterance's work and memory.

use super::synthesizer::Synthesizer;

/// Work and memory of an utterance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Number of dispatches.
    pub dispatches: u64,
    /// Command buffers submitted to the queue.
    pub submits: u64,
    /// Bytes that the host uploaded: ids, styles, and the uniforms of every dispatch.
    pub uploaded_bytes: u64,
    /// Name and bytes of every buffer that does not hold parameters: the inputs, then each plan's slots, which its
    /// activations share.
    pub buffers: Vec<(String, u64)>,
}

impl Synthesizer {
    /// The work of the last utterance, and the current buffers.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats { uploaded_bytes: self.uploaded_bytes, ..Stats::default() };
        stats.buffers.push(("inputs".to_owned(), self.prosody.input_bytes()));
        let decoder = self.decoder.as_ref().map(|decoder| ("decoder", &decoder.plan));
        for (name, plan) in [("prosody", &self.prosody.plan)].into_iter().chain(decoder) {
            let counts = plan.counts();
            stats.dispatches += counts.dispatches;
            stats.submits += counts.submits;
            stats.uploaded_bytes += counts.uploaded_bytes;
            stats.buffers.extend(plan.buffers().map(|(buffer, bytes)| (format!("{name} {buffer}"), bytes)));
        }
        stats
    }
}
