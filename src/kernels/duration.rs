//! Durations of the tokens, from the duration head's logits.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::Shape;

pub(super) static DURATION: Kernel = Kernel {
    name: "duration",
    source: shader!("duration.wgsl", "lib/math.wgsl"),
    bindings: &[Access::Read, Access::Write, Access::Write, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    tokens: u32,
    logits: u32,
    pitch: u32,
    speed: f32,
    logits_offset: u32,
    offset: u32,
}

/// Durations in frames; each tensor is a dense \[tokens\].
#[derive(Clone, Copy)]
pub(crate) struct Durations {
    /// Before rounding, f32.
    pub unrounded: Tensor,
    /// Rounded half to even, at least 1, u32.
    pub frames: Tensor,
    /// Running sums of `frames`, u32: the frame at which each token ends.
    pub ends: Tensor,
}

/// \[tokens, logits\] -> durations: the sum of the sigmoids of a token's logits, divided by the speed.
pub(crate) fn duration(graph: &mut Graph, logits: Tensor) -> Result<Durations> {
    let shape = logits.shape;
    let dense = Shape::dense(shape.rows);
    let out = Durations { unrounded: graph.tensor(dense), frames: graph.tensor(dense), ends: graph.tensor(dense) };
    graph.step(
        &DURATION,
        vec![logits.into(), out.unrounded.into(), out.frames.into(), out.ends.into()],
        move |entry| {
            let (tokens, logits_offset, offset) = (shape.rows.at(entry), shape.start(entry), dense.start(entry));
            (
                Params {
                    tokens,
                    logits: shape.channels,
                    pitch: shape.pitch,
                    speed: entry.speed,
                    logits_offset,
                    offset,
                },
                [1, 1, 1],
            )
        },
    )?;
    graph.executed(|params: &Params, _, executed| {
        executed.rounds = u64::from(params.tokens.div_ceil(64) * params.logits + params.tokens);
    });
    Ok(out)
}
