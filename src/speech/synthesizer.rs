//! The public interface of synthesis.

use super::decoder_plan::{self, DecoderPlan};
use super::prosody_plan::{self, ProsodyPlan};
use super::utterance::{Speech, Utterance};
use crate::batch::{Extents, MAX_BATCH};
use crate::error::{Error, Result};
use crate::gpu::{Profile, ProfileRow};
use crate::graph::Options;
use crate::model::Model;
use crate::variant::Precision;

/// Speaks utterances with one model, one at a time or in batches. Keeps its plans and buffers between them. Synthesizers of
/// one model share its parameters.
pub struct Synthesizer {
    pub(super) model: Model,
    pub(super) options: Options,
    pub(super) prosody: ProsodyPlan,
    /// Created for the first utterance, and again for longer ones.
    pub(super) decoder: Option<DecoderPlan>,
    pub(super) max_frames: u32,
    /// Frames that every decoder plan has room for, memory permitting.
    pub(super) reserved_frames: u32,
    pub(super) peak_bytes: u64,
    /// Bytes uploaded for the most recent run: ids and styles.
    pub(super) uploaded_bytes: u64,
}

impl std::fmt::Debug for Synthesizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Synthesizer").field("model", &self.model.origin()).finish_non_exhaustive()
    }
}

impl Synthesizer {
    /// Largest number of utterances in one batch.
    pub const MAX_BATCH: usize = MAX_BATCH;

    /// Allocates the buffers of text encoder and prosody predictor. The decoder's are allocated for the first utterance.
    ///
    /// # Errors
    /// Errors of the device; [`Error::Argument`] if the context has a half-precision variant selected, and the model has
    /// float32 weights.
    pub fn new(model: &Model) -> Result<Self> {
        Self::with_options(model, Options { conv: model.context().conv_variant(), ..Options::default() })
    }

    pub(crate) fn with_options(model: &Model, options: Options) -> Result<Self> {
        if options.conv.is_half_precision() && model.precision() == Precision::F32 {
            let reason =
                format!("{} multiplies float16, and the model has float32 weights: load it as f16", options.conv);
            return Err(Error::argument("conv", reason));
        }
        let capacity = Extents { tokens: model.config().plbert.max_position_embeddings, frames: 0, utterances: 1 };
        let prosody = ProsodyPlan::new(model, &options, capacity)?;
        let max_frames = decoder_plan::max_frames(model, &options, &prosody)?;
        let model = model.clone();
        Ok(Self {
            model,
            options,
            prosody,
            decoder: None,
            max_frames,
            reserved_frames: 0,
            peak_bytes: 0,
            uploaded_bytes: 0,
        })
    }

    /// The model that speaks.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The length of the longest utterance, in frames of 25 ms. Two things limit it: the device's largest binding, which
    /// must hold every activation (for the published network 2,184 frames, 54.6 s, with WebGPU's default of 128 MiB), and
    /// the rows that one dispatch can have (17,475 frames). A narration splits longer text chunks.
    pub fn max_frames(&self) -> u32 {
        self.max_frames
    }

    /// The highest number of bytes of GPU memory taken so far by the activations and inputs of the two plans, without the
    /// model's parameters; 0 until the decoder's plan exists.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// Lowers [`max_frames`](Self::max_frames), as on a smaller device.
    #[cfg(test)]
    pub(crate) fn limit_frames(&mut self, frames: u32) {
        self.max_frames = self.max_frames.min(frames);
    }

    /// Creates the decoder's plan for utterances of up to `frames` frames of 25 ms now instead of with the first utterance.
    /// Plans that replace it, such as that of the first batch, have room for as many, memory permitting.
    ///
    /// # Errors
    /// [`Error::Argument`] for 0 frames, [`Error::TooLong`], and errors of the device.
    pub fn reserve(&mut self, frames: u32) -> Result<()> {
        self.check_frames(frames.into())?;
        self.decoder_plan(Extents { frames, ..*self.prosody.capacity() })?;
        self.reserved_frames = self.reserved_frames.max(frames);
        Ok(())
    }

    /// Speaks one utterance, on any executor.
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid id, style or speed, [`Error::TooManyTokens`], [`Error::TooLong`],
    /// [`Error::NonFinite`] if the network computes a NaN, and errors of the device.
    pub async fn synthesize(&mut self, utterance: &Utterance) -> Result<Speech> {
        let mut speech = self.run(std::slice::from_ref(utterance), None).await?;
        speech.pop().ok_or_else(no_speech)
    }

    /// Speaks many utterances together, because one sentence does not keep a large GPU busy; each keeps its own length. The
    /// durations of up to 16 are computed in one GPU run, then their audio in runs of at most 51 s in total (a longer
    /// utterance has a run of its own). The results are those of [`Synthesizer::synthesize`], bit for bit. A run takes the
    /// memory of one utterance of its total length.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`], for the first utterance that fails. Arguments are checked before anything runs.
    pub async fn synthesize_batch(&mut self, utterances: &[Utterance]) -> Result<Vec<Speech>> {
        utterances.iter().try_for_each(|utterance| prosody_plan::check(self.model.config(), utterance))?;
        let mut speech = Vec::with_capacity(utterances.len());
        for batch in utterances.chunks(MAX_BATCH) {
            speech.extend(self.run(batch, None).await?);
        }
        Ok(speech)
    }

    /// Speaks one utterance with every dispatch in its own compute pass, timed by GPU timestamps. This is slower than
    /// [`Synthesizer::synthesize`].
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`], and [`Error::Unsupported`] on a device without timestamps.
    pub async fn profile(&mut self, utterance: &Utterance) -> Result<(Speech, Vec<ProfileRow>)> {
        let context = self.model.context().clone();
        context.check_timestamps()?;
        let mut profile = Profile::new();
        let mut speech = self.run(std::slice::from_ref(utterance), Some(&mut profile)).await?;
        Ok((speech.pop().ok_or_else(no_speech)?, profile.finish(&context).await?))
    }
}

/// The error for an empty batch, which no caller passes.
pub(super) fn no_speech() -> Error {
    Error::argument("utterances", "there are none")
}

/// The error for a plan that does not exist, although it was created before.
pub(super) fn no_plan() -> Error {
    Error::Gpu { what: "planning", source: "no plan".into() }
}
