//! The second half of an adaptive instance norm, and the LeakyReLU that follows it.

use bytemuck::{Pod, Zeroable};

use super::{dispatch_1d, shader};
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static AFFINE_LEAKY_RELU: Kernel = Kernel {
    name: "affine_leaky_relu",
    source: shader!("affine_leaky_relu.wgsl", "lib/index.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    size4: u32,
    pitch4: u32,
    slope: f32,
    offset4: u32,
    affine_offset4: u32,
}

/// y = leaky(a x + b); `affine` is \[2, channels\], a and b, from [`super::InstanceNorm`].
pub(crate) struct AffineLeakyRelu {
    pub affine: Tensor,
    pub slope: f32,
}

impl AffineLeakyRelu {
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let (shape, affine, slope) = (x.shape, self.affine.shape, self.slope);
        graph.expect("affine_leaky_relu", "affine", affine, Shape::new(Dim::fixed(2), shape.channels))?;
        let y = graph.tensor(shape);
        graph.step(&AFFINE_LEAKY_RELU, vec![x.into(), self.affine.into(), y.into()], move |entry| {
            let (size4, pitch4) = (shape.rows.at(entry) * shape.pitch4(), shape.pitch4());
            let (offset4, affine_offset4) = (shape.start4(entry), affine.start4(entry));
            (Params { size4, pitch4, slope, offset4, affine_offset4 }, dispatch_1d(size4))
        })?;
        Ok(y)
    }
}
