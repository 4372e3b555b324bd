//! Sums of two or three tensors.

use bytemuck::{Pod, Zeroable};

use super::{dispatch_1d, shader};
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::Shape;

pub(super) static ADD: Kernel = Kernel {
    name: "add",
    source: shader!("add.wgsl", "lib/index.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    size4: u32,
    pitch4: u32,
    has_c: u32,
    reflect: u32,
    scale: f32,
    a_offset4: u32,
    offset4: u32,
}

/// (a + b + c) * scale. If `a` has one row fewer than `b`, it is padded on the left by reflection.
pub(crate) fn add(graph: &mut Graph, a: Tensor, b: Tensor, c: Option<Tensor>, scale: f32) -> Result<Tensor> {
    let shape = b.shape;
    let reflect = a.shape.rows != shape.rows;
    let expected = Shape { rows: if reflect { a.shape.rows.plus(1) } else { shape.rows }, ..a.shape };
    graph.expect("add", "b", shape, expected)?;
    if let Some(c) = c {
        graph.expect("add", "c", c.shape, shape)?;
    }
    let y = graph.tensor(shape);
    graph.step(&ADD, vec![a.into(), b.into(), c.unwrap_or(b).into(), y.into()], move |entry| {
        let size4 = shape.rows.at(entry) * shape.pitch4();
        let (pitch4, has_c, reflect) = (shape.pitch4(), c.is_some().into(), reflect.into());
        let (a_offset4, offset4) = (a.shape.start4(entry), shape.start4(entry));
        (Params { size4, pitch4, has_c, reflect, scale, a_offset4, offset4 }, dispatch_1d(size4))
    })?;
    Ok(y)
}
