//! The text side's results in, samples out.

use super::text_side::{TextSide, style_shape};
use crate::gpu::{BufferView, Profile, Readback};
use crate::graph::{Graph, Options, Plan, Tensor};
use crate::model::{Encoded, Model, Styles};
use crate::shape::{Lengths, Run};
use crate::{Error, Result};

/// A plan for so many frames, bound to a text side.
pub(super) struct FrameSide {
    pub plan: Plan,
    samples: Tensor,
}

impl FrameSide {
    pub fn new(model: &Model, options: &Options, text: &TextSide, frames: u32) -> Result<Self> {
        let (graph, samples) = record(model, options, text)?;
        let plan = Plan::new(model.context(), graph, Lengths { frames, ..*text.capacity() })?;
        Ok(Self { plan, samples })
    }

    /// The samples, one utterance's behind the other's, are on their way to the host.
    pub fn replay(&mut self, runs: &[Run], profile: Option<&mut Profile>) -> Result<Option<Readback>> {
        let reads: Vec<BufferView> = runs.iter().filter_map(|run| self.plan.view(self.samples, run)).collect();
        self.plan.replay(runs, &reads, profile)
    }
}

/// The frame side's steps, and its samples.
pub(super) fn record(model: &Model, options: &Options, text: &TextSide) -> Result<(Graph, Tensor)> {
    let mut graph = Graph::new(options.clone());
    let shared = text.shared().ok_or(Error::Gpu { what: "linking plans", message: "no buffer".to_owned() })?;
    let [encoded, text_encoded, ends] = shared.map(|(view, shape)| graph.bind(view, shape));
    let encoded = Encoded { encoded, text: text_encoded, ends };
    let style = style_shape(model.config());
    let styles = Styles {
        decoder: graph.bind(&text.inputs.style_decoder, style),
        predictor: graph.bind(&text.inputs.style_predictor, style),
    };
    let samples = model.record_frames(&mut graph, &encoded, &styles)?;
    graph.keep(samples);
    Ok((graph, samples))
}
