//! Softmax attention over all tokens.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::Shape;

pub(super) static ATTENTION: Kernel = Kernel {
    name: "attention",
    source: shader!("attention.wgsl", "lib/math.wgsl", "lib/reduce.wgsl"),
    bindings: &[Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

/// `WG` in attention.wgsl.
pub(super) const WORKGROUP: u32 = 64;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    tokens: u32,
    pitch4: u32,
    head4: u32,
    scale: f32,
    qkv_offset4: u32,
    y_offset4: u32,
}

/// \[tokens, 3 width\] (queries, keys, values) -> \[tokens, width\], for at most 512 tokens.
pub(crate) fn attention(graph: &mut Graph, qkv: Tensor, heads: u32) -> Result<Tensor> {
    let width = qkv.shape.channels / 3;
    let head = width / heads;
    graph.check(
        "attention",
        head * heads * 3 == qkv.shape.channels && head.is_multiple_of(4) && WORKGROUP.is_multiple_of(head / 4),
        || {
            format!(
                "{heads} heads over a third of {} channels: the width of a head must be 4 times a divisor of {WORKGROUP}",
                qkv.shape.channels
            )
        },
    )?;
    let shape = Shape::new(qkv.shape.rows, width);
    let y = graph.tensor(shape);
    graph.step(&ATTENTION, vec![qkv.into(), y.into()], move |entry| {
        let tokens = shape.rows.at(entry);
        let (qkv_offset4, y_offset4, scale) =
            (qkv.shape.start4(entry), shape.start4(entry), 1.0 / (head as f32).sqrt());
        (Params { tokens, pitch4: shape.pitch4(), head4: head / 4, scale, qkv_offset4, y_offset4 }, [tokens, heads, 1])
    })?;
    graph.executed(|params: &Params, [tokens, heads, _], executed| {
        let Params { tokens: keys, head4, .. } = *params;
        // Keys and values, the query for each round of keys, and y.
        executed.moved_bytes =
            16 * u64::from(tokens * heads * head4) * u64::from(2 * keys + keys.div_ceil(WORKGROUP) + 1);
        executed.rounds = u64::from(keys.div_ceil(WORKGROUP) * head4 + (keys * head4).div_ceil(WORKGROUP));
    });
    graph.flops(move |entry| 4 * u64::from(shape.rows.at(entry)).pow(2) * u64::from(width));
    Ok(y)
}
