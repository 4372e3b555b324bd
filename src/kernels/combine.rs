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
    a_at4: u32,
    at4: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ConcatParams {
    rows: u32,
    pitch: u32,
    y_at: u32,
    unused: u32, // WGSL aligns the vec4 behind
    channels: [u32; 4],
    pitches: [u32; 4],
    at: [u32; 4],
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
        let (pitch4, has_c, reflect) = (shape.pitch4(), c.is_some().into(), reflect.into());
        let (a_at4, at4) = (a.shape.start4(run), shape.start4(run));
        (AddParams { size4, pitch4, has_c, reflect, scale, a_at4, at4 }, spread(size4))
    })?;
    Ok(y)
}

/// Up to four tensors side by side; one of a single row is repeated.
pub(crate) fn concat(graph: &mut Graph, parts: &[Tensor]) -> Result<Tensor> {
    let rows = parts[0].shape.rows;
    graph.check("concat", parts.len() <= 4, || format!("{} parts, at most 4", parts.len()))?;
    let (mut channels, mut pitches, mut shapes) = ([0; 4], [0; 4], [parts[0].shape; 4]);
    let mut operands: Vec<Operand> = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let repeated = part.shape.rows == Dim::fixed(1);
        graph.check("concat", repeated || part.shape.rows == rows, || {
            format!("part {i} is {}, expected {rows} rows or 1", part.shape)
        })?;
        shapes[i] = part.shape;
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
        let (y_at, at) = (shape.start(run), shapes.map(|part| part.start(run)));
        (ConcatParams { rows, pitch: shape.pitch, y_at, unused: 0, channels, pitches, at }, spread(rows * shape.pitch))
    })?;
    Ok(y)
}
