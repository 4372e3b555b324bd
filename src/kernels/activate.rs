//! The second half of an adaptive instance norm, with the nonlinearity behind it.

use bytemuck::{Pod, Zeroable};

use super::{shader, spread};
use crate::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static AFFINE_ACT: Kernel = Kernel {
    name: "affine_act",
    prelude: "",
    source: shader!("lib/math.wgsl", "affine_act.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<Params>(),
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    size4: u32,
    pitch4: u32,
    snake: u32,
    slope: f32,
    at4: u32,
    affine_at4: u32,
    channel4: u32,
}

/// What follows a norm.
#[derive(Clone, Copy)]
pub(crate) enum Nonlinearity<'a> {
    /// max(x, slope x).
    LeakyRelu(f32),
    /// x + sin^2(alpha x) / alpha, alpha a channel's.
    Snake(&'a BufferView),
}

/// y = act(a x + b), with `affine` = \[2, channels\] from [`super::InstanceNorm`].
pub(crate) struct AffineAct<'a> {
    pub affine: Tensor,
    pub act: Nonlinearity<'a>,
    /// Of `act`, where x begins.
    pub channel4: u32,
}

impl AffineAct<'_> {
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let shape = x.shape;
        graph.expect("affine_act", "affine", self.affine.shape, Shape::new(Dim::fixed(2), shape.channels))?;
        let (y, affine, channel4) = (graph.tensor(shape), self.affine.shape, self.channel4);
        let (snake, slope, alpha) = match self.act {
            Nonlinearity::LeakyRelu(slope) => (0, slope, self.affine.into()),
            Nonlinearity::Snake(alpha) => (1, 0.0, alpha.into()),
        };
        graph.step(&AFFINE_ACT, vec![x.into(), self.affine.into(), alpha, y.into()], move |run| {
            let size4 = shape.rows.at(run) * shape.pitch4();
            let (at4, affine_at4) = (shape.start4(run), affine.start4(run));
            (Params { size4, pitch4: shape.pitch4(), snake, slope, at4, affine_at4, channel4 }, spread(size4))
        })?;
        Ok(y)
    }
}
