//! The second half of an adaptive instance norm, with the LeakyReLU behind it.

use bytemuck::{Pod, Zeroable};

use super::{shader, spread};
use crate::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static AFFINE_ACT: Kernel = Kernel {
    name: "affine_act",
    prelude: "",
    source: shader!("affine_act.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Write],
    params: size_of::<Params>(),
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    size4: u32,
    pitch4: u32,
    slope: f32,
    at4: u32,
    affine_at4: u32,
}

/// y = leaky(a x + b), with `affine` = \[2, channels\] from [`super::InstanceNorm`].
pub(crate) struct AffineLeaky {
    pub affine: Tensor,
    pub slope: f32,
}

impl AffineLeaky {
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let (shape, affine, slope) = (x.shape, self.affine.shape, self.slope);
        graph.expect("affine_act", "affine", affine, Shape::new(Dim::fixed(2), shape.channels))?;
        let y = graph.tensor(shape);
        graph.step(&AFFINE_ACT, vec![x.into(), self.affine.into(), y.into()], move |run| {
            let (size4, pitch4) = (shape.rows.at(run) * shape.pitch4(), shape.pitch4());
            let (at4, affine_at4) = (shape.start4(run), affine.start4(run));
            (Params { size4, pitch4, slope, at4, affine_at4 }, spread(size4))
        })?;
        Ok(y)
    }
}
