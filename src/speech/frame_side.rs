//! The text side's results in, samples out.

use super::text_side::{TextSide, style_shape};
use crate::Result;
use crate::gpu::{BufferView, Profile, Readback};
use crate::graph::{Graph, Options, Pieces, Plan, Room, Tensor};
use crate::model::{MOST_FRAMES, Model, Styles};
use crate::shape::{Lengths, Run};

/// A plan for so many frames, bound to a text side.
pub(super) struct FrameSide {
    pub plan: Plan,
    samples: Tensor,
}

impl FrameSide {
    pub fn new(model: &Model, options: &Options, text: &TextSide, frames: u32, binding: u64) -> Result<Self> {
        let room = Room { capacity: Lengths { frames, ..*text.capacity() }, binding };
        let (graph, samples) = record(model, options, text, room)?;
        let mut plan = Plan::new(model.context(), graph, room.capacity)?;
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

/// The most frames of an utterance on a device with such bindings.
pub(super) fn most_frames(model: &Model, options: &Options, text: &TextSide, binding: u64) -> Result<u32> {
    // What can be split is split for the longest: the others are the limit.
    let capacity = Lengths { frames: MOST_FRAMES, ..*text.capacity() };
    let (graph, _) = record(model, options, text, Room { capacity, binding })?;
    Ok(graph.longest(binding, &capacity).min(MOST_FRAMES))
}

/// The frame side's steps, and its samples.
fn record(model: &Model, options: &Options, text: &TextSide, room: Room) -> Result<(Graph, Tensor)> {
    // A stage in parts can't be looked at; these are never in parts.
    let whole = |name: &&String| {
        let narrow = ["m_source", "har", "conv_post"].map(|leaf| format!("decoder.generator.{leaf}"));
        name.starts_with("decoder.generator.") && !narrow.contains(name)
    };
    let looked_at = options.observed.iter().chain(&options.given).find(whole);
    let mut graph = match looked_at {
        Some(_) => Graph::new(options.clone()),
        None => Graph::within(options.clone(), room),
    };
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
