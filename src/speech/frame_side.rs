//! The text side's results in, samples out.

use super::text_side::{TextSide, style_shape};
use crate::Result;
use crate::gpu::{BufferView, Profile, Readback};
use crate::graph::{Graph, Options, Pieces, Plan, Tensor};
use crate::model::{MAX_FRAMES, Model, Styles};
use crate::shape::{BATCH, Lengths, Run};

/// A plan for so many frames, bound to a text side.
pub(super) struct FrameSide {
    pub plan: Plan,
    samples: Tensor,
}

impl FrameSide {
    pub fn new(model: &Model, options: &Options, text: &TextSide, frames: u32) -> Result<Self> {
        let (graph, samples) = record(model, options, text)?;
        let mut plan = Plan::new(model.context(), graph, Lengths { frames, ..*text.capacity() })?;
        plan.expect_read(samples);
        Ok(Self { plan, samples })
    }

    /// Runs one utterance. Its samples will be in this view.
    pub fn run(&mut self, run: &Run) -> Result<Option<BufferView>> {
        self.plan.replay(std::slice::from_ref(run), &[], None)?;
        Ok(self.plan.view(self.samples, run))
    }

    /// The replay of one utterance, to be submitted piece by piece; the samples come with the last.
    pub fn pieces(&mut self, run: &Run) -> Pieces {
        let reads = self.plan.view(self.samples, run).into_iter().collect();
        self.plan.pieces(run, reads)
    }

    /// The samples, one utterance's behind the other's, are on their way to the host.
    pub fn replay(&mut self, runs: &[Run], profile: Option<&mut Profile>) -> Result<Option<Readback>> {
        let reads: Vec<BufferView> = runs.iter().filter_map(|run| self.plan.view(self.samples, run)).collect();
        self.plan.replay(runs, &reads, profile)
    }
}

/// The most frames of a replay, of one utterance or of a batch, whose every tensor the device can bind.
pub(super) fn most_frames(model: &Model, options: &Options, text: &TextSide) -> Result<u32> {
    let (graph, _) = record(model, options, text)?;
    let capacity = Lengths { utterances: BATCH as u32, ..*text.capacity() };
    Ok(graph.longest(model.context().max_binding(), &capacity).min(MAX_FRAMES))
}

/// The frame side's steps, and its samples.
fn record(model: &Model, options: &Options, text: &TextSide) -> Result<(Graph, Tensor)> {
    let mut graph = Graph::new(options.clone());
    let encoded = text.bind(&mut graph)?;
    let style = style_shape(model.config());
    let styles = Styles {
        decoder: graph.bind(&text.inputs.style_decoder, style),
        predictor: graph.bind(&text.inputs.style_predictor, style),
    };
    let samples = model.record_frames(&mut graph, &encoded, &styles)?;
    graph.keep(samples);
    Ok((graph, samples))
}
