//! The plan from encoded text to samples: F0 and energy curves, and the decoder.

use super::prosody_plan::{ProsodyPlan, style_shape};
use crate::batch::{BatchEntry, Extents, MAX_BATCH};
use crate::error::Result;
use crate::gpu::{BufferView, Profile, Readback};
use crate::graph::{Graph, Options, PartialReplay, Plan, Tensor};
use crate::model::{MAX_FRAMES, Model, Styles};

/// A plan for a number of frames. It binds the outputs of one prosody plan.
pub(super) struct DecoderPlan {
    pub plan: Plan,
    samples: Tensor,
}

impl DecoderPlan {
    pub fn new(model: &Model, options: &Options, prosody: &ProsodyPlan, frames: u32) -> Result<Self> {
        let (graph, samples) = record(model, options, prosody)?;
        let mut plan = Plan::new(model.context(), graph, Extents { frames, ..*prosody.capacity() })?;
        plan.expect_readback(samples);
        Ok(Self { plan, samples })
    }

    /// Submits one utterance. Returns the view that its samples are written to.
    pub fn run(&mut self, entry: &BatchEntry) -> Result<Option<BufferView>> {
        self.plan.replay(std::slice::from_ref(entry), &[], None)?;
        Ok(self.plan.view(self.samples, entry))
    }

    /// Starts a replay of one utterance in slices. The last one returns the samples.
    pub fn start_partial(&mut self, entry: &BatchEntry) -> PartialReplay {
        let reads = self.plan.view(self.samples, entry).into_iter().collect();
        self.plan.start_partial(entry, reads)
    }

    /// Submits a batch. Returns the readback of the samples, concatenated.
    pub fn replay(&mut self, entries: &[BatchEntry], profile: Option<&mut Profile>) -> Result<Option<Readback>> {
        let reads: Vec<BufferView> = entries.iter().filter_map(|entry| self.plan.view(self.samples, entry)).collect();
        self.plan.replay(entries, &reads, profile)
    }
}

/// Maximum number of frames of a replay for which the device can bind every tensor, even in a batch.
pub(super) fn max_frames(model: &Model, options: &Options, prosody: &ProsodyPlan) -> Result<u32> {
    let (graph, _) = record(model, options, prosody)?;
    let capacity = Extents { utterances: MAX_BATCH as u32, ..*prosody.capacity() };
    Ok(graph.max_frames(model.context().max_binding(), &capacity).min(MAX_FRAMES))
}

/// Records the steps; also returns the samples.
fn record(model: &Model, options: &Options, prosody: &ProsodyPlan) -> Result<(Graph, Tensor)> {
    let mut graph = Graph::new(options.clone());
    let encoded = prosody.bind(&mut graph)?;
    let style = style_shape(model.config());
    let styles = Styles {
        decoder: graph.bind(&prosody.inputs.style_decoder, style),
        predictor: graph.bind(&prosody.inputs.style_predictor, style),
    };
    let samples = model.record_frames(&mut graph, &encoded, &styles)?;
    graph.keep(samples);
    Ok((graph, samples))
}
