//! Sums of tensors, and tensors side by side.

use bytemuck::{Pod, Zeroable};

use super::{shader, spread};
use crate::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Operand, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static ADD: Kernel = Kernel {
    name: "add",
    prelude: "",
    source: shader!("add.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<AddParams>(),
};

pub(super) static CONCAT: Kernel = Kernel {
    name: "concat",
    prelude: "",
    source: shader!("concat.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<ConcatParams>(),
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct AddParams {
    size4: u32,
    pitch4: u32,
    has_c: u32,
    reflect: u32,
    scale: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ConcatParams {
    rows: u32,
    pitch: u32,
    unused: [u32; 2], // WGSL aligns the vec4 behind
    channels: [u32; 4],
    pitches: [u32; 4],
}

/// (a + b + c) * scale. With one row fewer than `b`, `a` is padded on the left by reflection.
pub(crate) fn add(graph: &mut Graph, a: Tensor, b: Tensor, c: Option<Tensor>, scale: f32) -> Result<Tensor> {
    let shape = b.shape;
    let reflect = a.shape.rows != shape.rows;
    let expected = Shape { rows: if reflect { a.shape.rows.plus(1) } else { shape.rows }, ..a.shape };
    graph.expect("add", "b", shape, expected)?;
    if let Some(c) = c {
        graph.expect("add", "c", c.shape, shape)?;
    }
    let y = graph.tensor(shape);
    graph.step(&ADD, vec![a.into(), b.into(), c.unwrap_or(b).into(), y.into()], move |run| {
        let size4 = shape.rows.at(run) * shape.pitch4();
        (
            AddParams { size4, pitch4: shape.pitch4(), has_c: c.is_some().into(), reflect: reflect.into(), scale },
            spread(size4),
        )
    })?;
    Ok(y)
}

/// Up to four tensors side by side; one of a single row is repeated.
pub(crate) fn concat(graph: &mut Graph, parts: &[Tensor]) -> Result<Tensor> {
    let rows = parts[0].shape.rows;
    graph.check("concat", parts.len() <= 4, || format!("{} parts, at most 4", parts.len()))?;
    let (mut channels, mut pitches) = ([0; 4], [0; 4]);
    let mut operands: Vec<Operand> = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let repeated = part.shape.rows == Dim::fixed(1);
        graph.check("concat", repeated || part.shape.rows == rows, || {
            format!("part {i} is {}, expected {rows} rows or 1", part.shape)
        })?;
        channels[i] = part.shape.channels;
        pitches[i] = if repeated { 0 } else { part.shape.pitch };
        operands.push((*part).into());
    }
    operands.resize(4, parts[0].into());
    let shape = Shape::new(rows, channels.iter().sum());
    let y = graph.tensor(shape);
    operands.push(y.into());
    graph.step(&CONCAT, operands, move |run| {
        let rows = rows.at(run);
        (ConcatParams { rows, pitch: shape.pitch, unused: [0; 2], channels, pitches }, spread(rows * shape.pitch))
    })?;
    Ok(y)
}
