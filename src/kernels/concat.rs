//! Concatenation of tensors along their channels.

use bytemuck::{Pod, Zeroable};

use super::{dispatch_1d, shader};
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Operand, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static CONCAT: Kernel = Kernel {
    name: "concat",
    source: shader!("concat.wgsl", "lib/index.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    pitch: u32,
    y_offset: u32,
    padding: u32, // WGSL aligns the vec4 that follows
    channels: [u32; 4],
    pitches: [u32; 4],
    offsets: [u32; 4],
}

/// Up to four tensors, one after another in each row. A tensor of a single row is repeated in every row.
pub(crate) fn concat(graph: &mut Graph, inputs: &[Tensor]) -> Result<Tensor> {
    let rows = inputs[0].shape.rows;
    graph.check("concat", inputs.len() <= 4, || format!("{} inputs, at most 4", inputs.len()))?;
    let (mut channels, mut pitches, mut shapes) = ([0; 4], [0; 4], [inputs[0].shape; 4]);
    let mut operands: Vec<Operand> = Vec::new();
    for (i, input) in inputs.iter().enumerate() {
        let repeated = input.shape.rows == Dim::fixed(1);
        graph.check("concat", repeated || input.shape.rows == rows, || {
            format!("input {i} is {}, expected {rows} rows or 1", input.shape)
        })?;
        shapes[i] = input.shape;
        channels[i] = input.shape.channels;
        pitches[i] = if repeated { 0 } else { input.shape.pitch };
        operands.push((*input).into());
    }
    operands.resize(4, inputs[0].into());
    let shape = Shape::new(rows, channels.iter().sum());
    let y = graph.tensor(shape);
    operands.push(y.into());
    graph.step(&CONCAT, operands, move |entry| {
        let rows = rows.at(entry);
        let (y_offset, offsets) = (shape.start(entry), shapes.map(|input| input.start(entry)));
        let params = Params { rows, pitch: shape.pitch, y_offset, padding: 0, channels, pitches, offsets };
        (params, dispatch_1d(rows * shape.pitch))
    })?;
    Ok(y)
}
