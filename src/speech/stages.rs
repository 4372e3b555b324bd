//! Access to the network's intermediate values, for verification.

use super::synthesizer::Synthesizer;
use crate::batch::{BatchEntry, Extents};
use crate::error::Result;
use crate::gpu::read;
use crate::shape::Shape;

impl Synthesizer {
    /// Sets the values of a stage that the options override.
    pub(crate) fn override_stage(&mut self, name: &str, rows: &[f32], entry: &BatchEntry) -> Result<()> {
        let extents = Extents { frames: entry.frames, ..*self.prosody.capacity() };
        self.decoder_plan(extents)?.plan.override_stage(name, rows)
    }

    /// The shape and values of a stage of the last utterance, if the options capture it.
    pub(crate) async fn captured_stage(&self, name: &str, entry: &BatchEntry) -> Result<Option<(Shape, Vec<f32>)>> {
        let plans = [Some(&self.prosody.plan), self.decoder.as_ref().map(|decoder| &decoder.plan)];
        let captured = plans.into_iter().flatten().find_map(|plan| plan.captured_stage(name, entry));
        let Some((shape, view)) = captured else { return Ok(None) };
        let padded = read(self.model.context(), &view).await?;
        let rows = padded.chunks_exact(shape.pitch as usize);
        Ok(Some((shape, rows.flat_map(|row| &row[..shape.channels as usize]).copied().collect())))
    }
}
