//! Adaptive instance norm: statistics over time, combined with the style into one affine map per channel.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::error::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static INSTANCE_NORM: Kernel = Kernel {
    name: "instance_norm",
    source: shader!("instance_norm.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

/// vec4 of channels of a workgroup, and invocations that share the rows of each, as in the shader.
pub(super) const COLUMNS: u32 = 2;
pub(super) const LANES: u32 = 128;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    pitch4: u32,
    modulation_offset4: u32,
    eps: f32,
    x_offset4: u32,
    affine_offset4: u32,
}

/// Position of a norm's scale and shift in the row of the scales and shifts of all norms, which depends on the style: the scale
/// starts at `offset4` vec4s, the shift `pitch4` vec4s after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ModulationOffset {
    pub offset4: u32,
}

/// Adaptive instance norm: normalizes each channel over time, then applies the norm's weight and bias, then the style's
/// scale and shift.
pub(crate) struct InstanceNorm<'a> {
    pub weight: &'a BufferView,
    pub bias: &'a BufferView,
    /// The scales and shifts of all norms as one dense row, and the position of this norm's in it.
    pub modulation: (Tensor, ModulationOffset),
    pub eps: f32,
}

impl InstanceNorm<'_> {
    /// \[rows, channels\] -> \[2, channels\]: a and b of y = a x + b, for [`super::AffineLeakyRelu`].
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let (shape, pitch4, eps) = (x.shape, x.shape.pitch4(), self.eps);
        let (modulation, ModulationOffset { offset4 }) = self.modulation;
        graph.check("instance_norm", modulation.shape.pitch4() >= offset4 + 2 * pitch4, || {
            format!("modulation is {}, x is {shape}", modulation.shape)
        })?;
        let affine_shape = Shape::new(Dim::fixed(2), shape.channels);
        let affine = graph.tensor(affine_shape);
        let operands = vec![x.into(), self.weight.into(), self.bias.into(), modulation.into(), affine.into()];
        graph.step(&INSTANCE_NORM, operands, move |entry| {
            let (rows, modulation_offset4) = (shape.rows.at(entry), modulation.shape.start4(entry) + offset4);
            let (x_offset4, affine_offset4) = (shape.start4(entry), affine_shape.start4(entry));
            (
                Params { rows, pitch4, modulation_offset4, eps, x_offset4, affine_offset4 },
                [pitch4.div_ceil(COLUMNS), 1, 1],
            )
        })?;
        // The rows, then the style.
        graph.executed(|params: &Params, _, executed| {
            executed.rounds = u64::from(params.rows.div_ceil(LANES)) + 1;
        });
        Ok(affine)
    }
}
