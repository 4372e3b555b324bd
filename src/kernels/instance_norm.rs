//! Adaptive instance norm: statistics over time, combined with the style into one affine map per channel.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::error::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static INSTANCE_PARTIALS: Kernel = Kernel {
    name: "instance_partials",
    source: shader!("instance_partials.wgsl"),
    bindings: &[Access::Read, Access::Write],
    params: size_of::<PartialsParams>(),
    clamped: true,
};

pub(super) static INSTANCE_AFFINE: Kernel = Kernel {
    name: "instance_affine",
    source: shader!("instance_affine.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<AffineParams>(),
    clamped: true,
};

/// Rows per block of the partial statistics, `BLOCK` in both shaders.
pub(super) const BLOCK: u32 = 64;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct PartialsParams {
    rows: u32,
    pitch4: u32,
    x_offset4: u32,
    y_offset4: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct AffineParams {
    rows: u32,
    pitch4: u32,
    film_offset4: u32,
    eps: f32,
    partials_offset4: u32,
    affine_offset4: u32,
}

/// The place of a scale and a shift (FiLM) among the projections of the style: the scale at this offset in vec4, the
/// shift one pitch after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Film {
    pub offset4: u32,
}

/// Instance norm, then an affine map of its own, then the one of the style.
pub(crate) struct InstanceNorm<'a> {
    pub weight: &'a BufferView,
    pub bias: &'a BufferView,
    /// The projections of the style, one dense row, and the place of this norm's among them.
    pub film: (Tensor, Film),
    pub eps: f32,
}

impl InstanceNorm<'_> {
    /// \[rows, channels\] -> \[2, channels\]: a and b of y = a x + b, for [`super::AffineLeakyRelu`].
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let (shape, pitch4, eps) = (x.shape, x.shape.pitch4(), self.eps);
        let (film, Film { offset4 }) = self.film;
        graph.check("instance_norm", film.shape.pitch4() >= offset4 + 2 * pitch4, || {
            format!("film is {}, x is {shape}", film.shape)
        })?;
        let partials_shape = Shape::new(shape.rows.blocks(BLOCK), 2 * shape.pitch);
        let affine_shape = Shape::new(Dim::fixed(2), shape.channels);
        let (partials, affine) = (graph.tensor(partials_shape), graph.tensor(affine_shape));
        graph.step(&INSTANCE_PARTIALS, vec![x.into(), partials.into()], move |run| {
            let rows = shape.rows.at(run);
            let (x_offset4, y_offset4) = (shape.start4(run), partials_shape.start4(run));
            let groups = [pitch4.div_ceil(32), rows.div_ceil(BLOCK).div_ceil(2), 1];
            (PartialsParams { rows, pitch4, x_offset4, y_offset4 }, groups)
        })?;
        graph.executed(|params: &PartialsParams, _, executed| executed.rounds = u64::from(params.rows.min(BLOCK)));
        let operands = vec![partials.into(), self.weight.into(), self.bias.into(), film.into(), affine.into()];
        graph.step(&INSTANCE_AFFINE, operands, move |run| {
            let (rows, film_offset4) = (shape.rows.at(run), film.shape.start4(run) + offset4);
            let (partials_offset4, affine_offset4) = (partials_shape.start4(run), affine_shape.start4(run));
            (AffineParams { rows, pitch4, film_offset4, eps, partials_offset4, affine_offset4 }, [pitch4, 1, 1])
        })?;
        // Two passes over the blocks by 64 invocations, then the style.
        graph.executed(|params: &AffineParams, _, executed| {
            executed.rounds = 2 * u64::from(params.rows.div_ceil(64 * BLOCK)) + 1;
        });
        Ok(affine)
    }
}
