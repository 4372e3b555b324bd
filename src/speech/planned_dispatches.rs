//! The dispatches of an utterance, known without speaking it.

use super::prosody_plan;
use super::synthesizer::Synthesizer;
use crate::batch::BatchEntry;
use crate::error::Result;
use crate::graph::{BufferNumbers, PlannedDispatch};

impl Synthesizer {
    /// Every dispatch, in order, for an utterance of `ids` phoneme ids that lasts `frames` frames of 25 ms.
    /// Nothing runs: plans are recorded, also on wgpu's noop device. `profile` has its rows in the same order.
    ///
    /// # Errors
    /// `Error::Argument` for no ids or frames, `Error::TooManyTokens`, `Error::TooLong`, and errors of the device.
    pub fn planned_dispatches(&mut self, ids: u32, frames: u32) -> Result<Vec<PlannedDispatch>> {
        let entry = self.entry(ids, frames)?;
        let mut numbers = BufferNumbers::default();
        let mut dispatches = self.prosody.plan.planned_dispatches(&entry, &mut numbers);
        let extents = self.decoder_extents(&entry);
        dispatches.extend(self.decoder_plan(extents)?.plan.planned_dispatches(&entry, &mut numbers));
        Ok(dispatches)
    }

    /// Submits every dispatch of such an utterance, with inputs of an earlier one, and reads nothing back.
    pub(crate) fn submit(&mut self, ids: u32, frames: u32) -> Result<()> {
        let entry = self.entry(ids, frames)?;
        self.prosody.plan.replay(&[entry], &[], None)?;
        let extents = self.decoder_extents(&entry);
        self.decoder_plan(extents)?.plan.replay(&[entry], &[], None).map(drop)
    }

    fn entry(&self, ids: u32, frames: u32) -> Result<BatchEntry> {
        prosody_plan::check_count(self.model.config(), ids as usize)?;
        let frames = self.check_frames(frames.into())?;
        Ok(BatchEntry { tokens: ids + 2, frames, ..BatchEntry::single() })
    }
}
