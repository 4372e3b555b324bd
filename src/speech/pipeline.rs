//! The two replays of a batch: text to durations, then durations to samples.

use std::ops::Range;

use kokoro_text::timestamps::FRAME_SAMPLES;

use super::decoder_plan::DecoderPlan;
use super::prosody_plan::{self, ProsodyPlan};
use super::synthesizer::{Synthesizer, no_plan};
use super::utterance::{Speech, Utterance};
use crate::batch::{BatchEntry, Extents};
use crate::error::{Error, Result};
use crate::gpu::{Profile, Readback};
use crate::variant::ConvVariant;

/// Maximum number of frames in one replay of several utterances: 51 s fill any GPU, and their activations fit WebGPU's
/// default binding of 128 MiB.
const MAX_REPLAY_FRAMES: u32 = 2_048;

/// Utterances whose durations are being computed.
#[derive(Debug)]
pub(crate) struct PendingDurations {
    entries: Vec<BatchEntry>,
    durations: Option<Readback>,
}

/// Utterances whose samples are being computed.
#[derive(Debug)]
pub(crate) struct PendingSamples {
    durations: Vec<Vec<u32>>,
    /// One readback per replay of the decoder.
    samples: Vec<Option<Readback>>,
}

impl Synthesizer {
    /// Speaks at most [`MAX_BATCH`](crate::batch::MAX_BATCH) utterances.
    pub(super) async fn run(
        &mut self,
        utterances: &[Utterance],
        mut profile: Option<&mut Profile>,
    ) -> Result<Vec<Speech>> {
        let pending = self.begin_with(utterances, profile.as_deref_mut())?;
        let pending = self.decode_with(pending, profile).await?;
        self.finish(pending).await
    }

    /// Submits the computation of the durations of at most [`MAX_BATCH`](crate::batch::MAX_BATCH) utterances.
    pub(super) fn begin(&mut self, utterances: &[Utterance]) -> Result<PendingDurations> {
        self.begin_with(utterances, None)
    }

    fn begin_with(&mut self, utterances: &[Utterance], profile: Option<&mut Profile>) -> Result<PendingDurations> {
        let entries = self.prepare(utterances)?;
        let durations = self.prosody.replay(&entries, profile)?;
        Ok(PendingDurations { entries, durations })
    }

    /// Checks the utterances, grows the prosody plan if necessary, and uploads the utterances.
    pub(super) fn prepare(&mut self, utterances: &[Utterance]) -> Result<Vec<BatchEntry>> {
        let entries = prosody_plan::entries(self.model.config(), utterances)?;
        self.make_room(&entries.last().map(BatchEntry::end).unwrap_or_default())?;
        self.uploaded_bytes = self.prosody.upload(&self.model, utterances)?;
        Ok(entries)
    }

    /// Grows the prosody plan if necessary.
    pub(super) fn make_room(&mut self, extents: &Extents) -> Result<()> {
        if !self.prosody.fits(extents) {
            self.decoder = None; // it binds buffers of the prosody plan
            let capacity = prosody_plan::grown_capacity(extents, self.prosody.capacity());
            self.prosody = ProsodyPlan::new(&self.model, &self.options, capacity)?;
        }
        Ok(())
    }

    /// Waits for the durations and submits the computation of the samples. After that the next utterances may begin.
    pub(super) async fn decode(&mut self, pending: PendingDurations) -> Result<PendingSamples> {
        self.decode_with(pending, None).await
    }

    async fn decode_with(
        &mut self,
        pending: PendingDurations,
        mut profile: Option<&mut Profile>,
    ) -> Result<PendingSamples> {
        let (mut entries, durations) = self.durations(pending).await?;
        let replays = self.split_into_replays(&mut entries);
        let samples = replays.into_iter().map(|replay| self.replay_decoder(&entries[replay], profile.as_deref_mut()));
        let samples = samples.collect::<Result<_>>()?;
        Ok(PendingSamples { durations, samples })
    }

    /// Splits a batch into replays of the decoder.
    pub(super) fn split_into_replays(&self, entries: &mut [BatchEntry]) -> Vec<Range<usize>> {
        split_into_replays(entries, self.max_frames.min(MAX_REPLAY_FRAMES))
    }

    /// Waits for the durations. Returns the entries with their frames set, and the durations of each.
    pub(super) async fn durations(&self, pending: PendingDurations) -> Result<(Vec<BatchEntry>, Vec<Vec<u32>>)> {
        let PendingDurations { mut entries, durations } = pending;
        let all: Vec<u32> = values(durations).await?;
        let mut rest = &all[..];
        let mut durations = Vec::with_capacity(entries.len());
        for entry in &mut entries {
            let (own, others) = rest.split_at(entry.tokens as usize);
            rest = others;
            entry.frames = self.frames_of(own)?;
            durations.push(own.to_vec());
        }
        Ok((entries, durations))
    }

    /// The sum of the durations of one utterance.
    pub(super) fn frames_of(&self, durations: &[u32]) -> Result<u32> {
        if let Some(index) = durations.iter().position(|frames| *frames == 0) {
            return Err(self.not_finite("durations", index, f32::NAN)); // the kernel turns a NaN into 0
        }
        self.check_frames(durations.iter().map(|d| u64::from(*d)).sum())
    }

    pub(super) fn check_frames(&self, frames: u64) -> Result<u32> {
        if frames == 0 {
            return Err(Error::argument("frames", "an utterance has at least one"));
        }
        let limit = self.max_frames;
        u32::try_from(frames).ok().filter(|f| *f <= limit).ok_or(Error::TooLong { frames, limit })
    }

    /// Waits for the samples.
    pub(super) async fn finish(&self, pending: PendingSamples) -> Result<Vec<Speech>> {
        let PendingSamples { durations, samples } = pending;
        let mut speech = Vec::with_capacity(durations.len());
        let mut durations = durations.into_iter();
        for readback in samples {
            let mut all: Vec<f32> = values(readback).await?;
            let mut start = 0;
            while start < all.len() {
                let Some(durations) = durations.next() else { break };
                let frames: u32 = durations.iter().sum();
                let own = start..start + (frames * FRAME_SAMPLES) as usize;
                start = own.end;
                self.check_finite(&all[own.clone()])?;
                // The samples of a single utterance are not copied.
                let samples = if own.len() == all.len() { std::mem::take(&mut all) } else { all[own].to_vec() };
                speech.push(Speech { samples, durations });
            }
        }
        Ok(speech)
    }

    fn replay_decoder(&mut self, entries: &[BatchEntry], profile: Option<&mut Profile>) -> Result<Option<Readback>> {
        let extents = entries.last().map(|entry| self.decoder_extents(entry)).unwrap_or_default();
        self.decoder_plan(extents)?.replay(entries, profile)
    }

    /// The capacity for a replay of the decoder that ends with the entry `last`.
    pub(super) fn decoder_extents(&self, last: &BatchEntry) -> Extents {
        Extents { utterances: self.prosody.capacity().utterances, ..last.end() }
    }

    pub(super) fn check_finite(&self, samples: &[f32]) -> Result<()> {
        match samples.iter().position(|s| !s.is_finite()) {
            None => Ok(()),
            Some(index) => {
                // Sums of float16 may have overflowed.
                let name = if self.options.conv == ConvVariant::Half { "half-precision audio" } else { "audio" };
                Err(self.not_finite(name, index, samples[index]))
            }
        }
    }

    fn not_finite(&self, name: &str, index: usize, value: f32) -> Error {
        Error::NonFinite { origin: self.model.origin().to_owned(), name: name.to_owned(), index, value }
    }

    /// The decoder's plan, created again if its capacity is too small.
    pub(super) fn decoder_plan(&mut self, extents: Extents) -> Result<&mut DecoderPlan> {
        if self.decoder.as_ref().is_none_or(|decoder| decoder.plan.capacity().frames < extents.frames) {
            self.decoder = None; // frees its memory first
            let create =
                |frames: u32| DecoderPlan::new(&self.model, &self.options, &self.prosody, frames.min(self.max_frames));
            let mut decoder = create(rounded_up(extents.frames.max(self.reserved_frames)));
            // If the memory does not allow what was reserved, the rounded or at least the exact length may still fit.
            for frames in [rounded_up(extents.frames), extents.frames] {
                if matches!(decoder, Err(Error::OutOfMemory { .. })) {
                    decoder = create(frames);
                }
            }
            let decoder = decoder?;
            self.peak_bytes = self.peak_bytes.max(self.prosody.bytes() + decoder.plan.bytes());
            self.decoder = Some(decoder);
        }
        self.decoder.as_mut().ok_or_else(no_plan)
    }
}

/// The capacity in frames of a plan for an utterance of `frames`: rounded up to a multiple of a sixteenth of the next power of
/// two, so that a plan serves similar lengths and wastes at most an eighth; up to 256 frames, to a multiple of 32.
fn rounded_up(frames: u32) -> u32 {
    let step = (frames.next_power_of_two() / 16).max(32);
    frames.next_multiple_of(step)
}

/// Splits a batch into replays of at most `limit` frames each, and sets the position of each entry's frames in its replay.
/// Tokens keep their places in the batch, since the decoder reads the prosody plan's buffers.
fn split_into_replays(entries: &mut [BatchEntry], limit: u32) -> Vec<Range<usize>> {
    let mut replays: Vec<Range<usize>> = Vec::new();
    let mut frames = 0;
    for (index, entry) in entries.iter_mut().enumerate() {
        match replays.last_mut() {
            Some(replay) if frames + entry.frames <= limit => replay.end = index + 1,
            _ => {
                replays.push(index..index + 1);
                frames = 0;
            }
        }
        entry.before.frames = frames;
        frames += entry.frames;
    }
    for replay in &replays {
        for (batch_index, entry) in (0..).zip(&mut entries[replay.clone()]) {
            (entry.batch_index, entry.batch_size) = (batch_index, replay.len() as u32);
        }
    }
    replays
}

async fn values<T: bytemuck::Pod>(readback: Option<Readback>) -> Result<Vec<T>> {
    match readback {
        Some(readback) => readback.values().await,
        None => Ok(Vec::new()),
    }
}
