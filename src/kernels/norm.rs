//! Statistics of an adaptive instance norm over time, folded with the style into one affine map a channel.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static INSTANCE_PARTIALS: Kernel = Kernel {
    name: "instance_partials",
    prelude: "",
    source: shader!("instance_partials.wgsl"),
    bindings: &[Access::Read, Access::Write],
    params: size_of::<PartialsParams>(),
};

pub(super) static INSTANCE_AFFINE: Kernel = Kernel {
    name: "instance_affine",
    prelude: "",
    source: shader!("instance_affine.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<AffineParams>(),
};

/// `BLOCK` in both shaders: rows that one invocation sums.
pub(super) const BLOCK: u32 = 64;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct PartialsParams {
    rows: u32,
    pitch4: u32,
    x_at4: u32,
    y_at4: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct AffineParams {
    rows: u32,
    pitch4: u32,
    film_at4: u32,
    eps: f32,
    partials_at4: u32,
    affine_at4: u32,
}

/// Where a module's scale and shift lie in the style's projections: `at4` vec4 in, one pitch each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Film {
    pub at4: u32,
}

/// InstanceNorm with its own affine values and the style's.
pub(crate) struct InstanceNorm<'a> {
    pub weight: &'a BufferView,
    pub bias: &'a BufferView,
    /// The style's projections, one dense row, and where this norm's lie.
    pub film: (Tensor, Film),
    pub eps: f32,
}

impl InstanceNorm<'_> {
    /// \[rows, channels\] -> \[2, channels\]: a and b of y = a x + b, for [`super::AffineLeaky`].
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let (shape, pitch4, eps) = (x.shape, x.shape.pitch4(), self.eps);
        let (film, Film { at4 }) = self.film;
        graph.check("instance_norm", film.shape.pitch4() >= at4 + 2 * pitch4, || {
            format!("film is {}, x is {shape}", film.shape)
        })?;
        let partials_shape = Shape::new(shape.rows.blocks(BLOCK), 2 * shape.pitch);
        let affine_shape = Shape::new(Dim::fixed(2), shape.channels);
        let (partials, affine) = (graph.tensor(partials_shape), graph.tensor(affine_shape));
        graph.step(&INSTANCE_PARTIALS, vec![x.into(), partials.into()], move |run| {
            let rows = shape.rows.at(run);
            let (x_at4, y_at4) = (shape.start4(run), partials_shape.start4(run));
            let groups = [pitch4.div_ceil(32), rows.div_ceil(BLOCK).div_ceil(2), 1];
            (PartialsParams { rows, pitch4, x_at4, y_at4 }, groups)
        })?;
        let operands = vec![partials.into(), self.weight.into(), self.bias.into(), film.into(), affine.into()];
        graph.step(&INSTANCE_AFFINE, operands, move |run| {
            let (rows, film_at4) = (shape.rows.at(run), film.shape.start4(run) + at4);
            let (partials_at4, affine_at4) = (partials_shape.start4(run), affine_shape.start4(run));
            (AffineParams { rows, pitch4, film_at4, eps, partials_at4, affine_at4 }, [pitch4, 1, 1])
        })?;
        Ok(affine)
    }
}
