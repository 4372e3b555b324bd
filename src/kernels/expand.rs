//! Alignment: every token's row repeated for its duration.

use bytemuck::{Pod, Zeroable};

use super::{dispatch_1d, shader};
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static EXPAND: Kernel = Kernel {
    name: "expand",
    source: shader!("expand.wgsl", "lib/index.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    tokens: u32,
    frames: u32,
    pitch4: u32,
    ends_offset: u32,
    x_offset4: u32,
    y_offset4: u32,
}

/// \[tokens, channels\] -> \[frames, channels\]. `ends`: the running sums of the durations, \[tokens\].
pub(crate) fn expand(graph: &mut Graph, ends: Tensor, x: Tensor) -> Result<Tensor> {
    graph.expect("expand", "ends", ends.shape, Shape::dense(x.shape.rows))?;
    let shape = Shape { rows: Dim::FRAMES, ..x.shape };
    let y = graph.tensor(shape);
    graph.step(&EXPAND, vec![ends.into(), x.into(), y.into()], move |entry| {
        let (tokens, frames, pitch4) = (entry.tokens, shape.rows.at(entry), shape.pitch4());
        let (ends_offset, x_offset4, y_offset4) = (ends.shape.start(entry), x.shape.start4(entry), shape.start4(entry));
        (Params { tokens, frames, pitch4, ends_offset, x_offset4, y_offset4 }, dispatch_1d(frames * pitch4))
    })?;
    Ok(y)
}
