//! Embeddings of token ids.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::error::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::Shape;

pub(super) static EMBED: Kernel = Kernel {
    name: "embed",
    source: shader!("embed.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    tokens: u32,
    pitch4: u32,
    has_positions: u32,
    ids_offset: u32,
    y_offset4: u32,
}

/// \[tokens\] ids, u32 -> \[tokens, channels\]: rows of `words`. With tables of positions and types, also each
/// position's row and the first row of the types.
pub(crate) fn embed(
    graph: &mut Graph,
    ids: Tensor,
    words: &BufferView,
    positions_and_types: Option<[&BufferView; 2]>,
    channels: u32,
) -> Result<Tensor> {
    let shape = Shape::new(ids.shape.rows, channels);
    let y = graph.tensor(shape);
    let [positions, types] = positions_and_types.unwrap_or([words; 2]);
    let has_positions = positions_and_types.is_some().into();
    graph.step(&EMBED, vec![ids.into(), words.into(), positions.into(), types.into(), y.into()], move |entry| {
        let tokens = shape.rows.at(entry);
        let size4 = tokens * shape.pitch4();
        let (pitch4, ids_offset, y_offset4) = (shape.pitch4(), ids.shape.start(entry), shape.start4(entry));
        (Params { tokens, pitch4, has_positions, ids_offset, y_offset4 }, [size4.div_ceil(64), 1, 1])
    })?;
    Ok(y)
}
