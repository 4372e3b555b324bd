//! Rows of tables: by token id, and by duration.

use bytemuck::{Pod, Zeroable};

use super::{shader, spread};
use crate::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static EMBED: Kernel = Kernel {
    name: "embed",
    prelude: "",
    source: shader!("embed.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<EmbedParams>(),
};

pub(super) static EXPAND: Kernel = Kernel {
    name: "expand",
    prelude: "",
    source: shader!("expand.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Write],
    params: size_of::<ExpandParams>(),
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct EmbedParams {
    tokens: u32,
    pitch4: u32,
    positions: u32,
    ids_at: u32,
    y_at4: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ExpandParams {
    tokens: u32,
    frames: u32,
    pitch4: u32,
    ends_at: u32,
    x_at4: u32,
    y_at4: u32,
}

/// \[tokens\] u32 ids -> \[tokens, channels\]: rows of `words`, plus each position's row and the first type's if given.
pub(crate) fn embed(
    graph: &mut Graph,
    ids: Tensor,
    words: &BufferView,
    more: Option<[&BufferView; 2]>,
    channels: u32,
) -> Result<Tensor> {
    let shape = Shape::new(ids.shape.rows, channels);
    let y = graph.tensor(shape);
    let [positions, types] = more.unwrap_or([words; 2]);
    let positions_too = more.is_some().into();
    graph.step(&EMBED, vec![ids.into(), words.into(), positions.into(), types.into(), y.into()], move |run| {
        let tokens = shape.rows.at(run);
        let count = tokens * shape.pitch4();
        let (pitch4, ids_at, y_at4) = (shape.pitch4(), ids.shape.start(run), shape.start4(run));
        (EmbedParams { tokens, pitch4, positions: positions_too, ids_at, y_at4 }, [count.div_ceil(64), 1, 1])
    })?;
    Ok(y)
}

/// \[tokens, channels\] -> \[frames, channels\]: every row as often as its duration says.
pub(crate) fn expand(graph: &mut Graph, ends: Tensor, x: Tensor) -> Result<Tensor> {
    graph.expect("expand", "ends", ends.shape, Shape::dense(x.shape.rows))?;
    let shape = Shape { rows: Dim::FRAMES, ..x.shape };
    let y = graph.tensor(shape);
    graph.step(&EXPAND, vec![ends.into(), x.into(), y.into()], move |run| {
        let frames = shape.rows.at(run);
        let (pitch4, ends_at, x_at4, y_at4) =
            (shape.pitch4(), ends.shape.start(run), x.shape.start4(run), shape.start4(run));
        (ExpandParams { tokens: run.tokens, frames, pitch4, ends_at, x_at4, y_at4 }, spread(frames * pitch4))
    })?;
    Ok(y)
}
