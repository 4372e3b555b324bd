//! Adaptive instance norm: statistics over time, combined with the style into one affine map per channel, which the next kernel
//! applies, or this one with the LeakyReLU that follows.

use bytemuck::{Pod, Zeroable};

use super::shader;
use super::twins::Twins;
use crate::error::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static INSTANCE_NORM: Twins = Twins::new::<Params>(
    (
        "instance_norm",
        shader!("instance_norm.wgsl", "instance_norm_affine.wgsl", "lib/x_buffer.wgsl"),
        &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    ),
    (
        "instance_norm.texture",
        shader!("instance_norm.wgsl", "instance_norm_affine.wgsl", "lib/x_texture.wgsl", "lib/texel.wgsl"),
        &[Access::TEXTURE_F32, Access::Read, Access::Read, Access::Read, Access::Write],
    ),
);

pub(super) static INSTANCE_NORM_LEAKY: Kernel = Kernel {
    name: "instance_norm.leaky",
    source: shader!("instance_norm.wgsl", "instance_norm_leaky.wgsl", "lib/x_buffer.wgsl"),
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
    y_offset4: u32,
    /// Slope of the LeakyReLU.
    slope: f32,
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
    /// \[rows, channels\] -> \[2, channels\]: a and b of the map a x + b, for [`super::WinogradConv`].
    pub fn record_affine(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let y = graph.tensor(Shape::new(Dim::fixed(2), x.shape.channels));
        self.record(graph, INSTANCE_NORM.of(graph.conv()), [x, y], 1.0)?;
        Ok(y)
    }

    /// \[rows, channels\] -> \[rows, channels\]: the norm, then a LeakyReLU.
    pub fn record_leaky(&self, graph: &mut Graph, x: Tensor, slope: f32) -> Result<Tensor> {
        let y = graph.tensor(x.shape);
        self.record(graph, &INSTANCE_NORM_LEAKY, [x, y], slope)?;
        Ok(y)
    }

    fn record(&self, graph: &mut Graph, kernel: &'static Kernel, [x, y]: [Tensor; 2], slope: f32) -> Result<()> {
        let (shape, pitch4, eps, y_shape) = (x.shape, x.shape.pitch4(), self.eps, y.shape);
        let (modulation, ModulationOffset { offset4 }) = self.modulation;
        graph.check("instance_norm", modulation.shape.pitch4() >= offset4 + 2 * pitch4, || {
            format!("modulation is {}, x is {shape}", modulation.shape)
        })?;
        let operands = vec![x.into(), self.weight.into(), self.bias.into(), modulation.into(), y.into()];
        graph.step(kernel, operands, move |entry| {
            let (rows, modulation_offset4) = (shape.rows.at(entry), modulation.shape.start4(entry) + offset4);
            let (x_offset4, y_offset4) = (shape.start4(entry), y_shape.start4(entry));
            (
                Params { rows, pitch4, modulation_offset4, eps, x_offset4, y_offset4, slope },
                [pitch4.div_ceil(COLUMNS), 1, 1],
            )
        })?;
        graph.texels(|params: &Params| [params.x_offset4..params.x_offset4 + params.rows * params.pitch4, 0..0]);
        // The rows, four at once and the rest one by one, then the style, then the rows again to apply the map.
        let (applies, row_bytes) = (y_shape == shape, 16 * u64::from(pitch4));
        graph.executed(move |params: &Params, _, executed| {
            let fours = 4 * LANES;
            executed.rounds = u64::from(params.rows / fours + (params.rows % fours).div_ceil(LANES)) + 1;
            if applies {
                executed.rounds += u64::from(params.rows.div_ceil(LANES));
                executed.moved_bytes += u64::from(params.rows) * row_bytes;
            }
        });
        Ok(())
    }
}
