//! The dispatches of an utterance, known without speaking it.

use super::prosody_plan;
use super::synthesizer::Synthesizer;
use crate::batch::{BatchEntry, Extents, MAX_BATCH};
use crate::error::{Error, Result};
use crate::graph::{BufferNumbers, PlannedDispatch};

impl Synthesizer {
    /// Every dispatch, in order, for an utterance of `ids` phoneme ids that lasts `frames` frames of 25 ms.
    /// Nothing runs: plans are recorded, also on wgpu's noop device. `profile` has its rows in the same order.
    ///
    /// # Errors
    /// `Error::Argument` for no ids or frames, `Error::TooManyTokens`, `Error::TooLong`, and errors of the device.
    pub fn planned_dispatches(&mut self, ids: u32, frames: u32) -> Result<Vec<PlannedDispatch>> {
        self.planned_batch(ids, frames, 1)
    }

    /// As [`Self::planned_dispatches`], for a batch of so many utterances, each of these lengths.
    ///
    /// # Errors
    /// As [`Self::planned_dispatches`], and `Error::Argument` unless there are 1 to 16.
    pub fn planned_batch(&mut self, ids: u32, frames: u32, utterances: usize) -> Result<Vec<PlannedDispatch>> {
        if !(1..=MAX_BATCH).contains(&utterances) {
            return Err(Error::argument("utterances", format!("a batch has 1 to {MAX_BATCH}, not {utterances}")));
        }
        let utterance = self.entry(ids, frames)?;
        let mut before = Extents::default();
        let entry = |batch_index| {
            let entry = BatchEntry { before, batch_index, batch_size: utterances as u32, ..utterance };
            before = entry.end();
            entry
        };
        let mut entries: Vec<BatchEntry> = (0..utterances as u32).map(entry).collect();
        self.make_room(&before)?;
        let mut numbers = BufferNumbers::default();
        let mut dispatches = self.prosody.plan.planned_dispatches(&entries, &mut numbers);
        for replay in self.split_into_replays(&mut entries) {
            let entries = &entries[replay];
            let extents = entries.last().map(|entry| self.decoder_extents(entry)).unwrap_or_default();
            dispatches.extend(self.decoder_plan(extents)?.plan.planned_dispatches(entries, &mut numbers));
        }
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
