//! Depthwise transposed 1-D convolution.

use bytemuck::{Pod, Zeroable};

use super::{dispatch_1d, shader};
use crate::error::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::Shape;

pub(super) static CONV_TRANSPOSE1D: Kernel = Kernel {
    name: "conv_transpose1d",
    source: shader!("conv_transpose1d.wgsl", "lib/index.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    in_rows: u32,
    pitch4: u32,
    taps: u32,
    stride: u32,
    padding: u32,
    x_offset4: u32,
    y_offset4: u32,
}

/// One filter per channel. `weight` is \[taps, channels\] and `bias` \[channels\], both padded to a multiple of 4
/// channels.
pub(crate) struct DepthwiseTranspose<'a> {
    pub weight: &'a BufferView,
    pub bias: &'a BufferView,
    pub taps: u32,
    pub stride: u32,
    pub padding: u32,
    pub output_padding: u32,
}

impl DepthwiseTranspose<'_> {
    /// \[rows, channels\] -> \[(rows - 1) stride - 2 padding + taps + output_padding, channels\].
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let (taps, stride, padding) = (self.taps, self.stride, self.padding);
        let extra_rows = (taps + self.output_padding).checked_sub(2 * padding + stride);
        graph.check("conv_transpose1d", extra_rows.is_some() && stride > 0, || {
            format!("kernel {taps} is too short for stride {stride} and padding {padding}")
        })?;
        let shape = Shape { rows: x.shape.rows.times(stride).plus(extra_rows.unwrap_or(0)), ..x.shape };
        let in_shape = x.shape;
        let y = graph.tensor(shape);
        graph.step(
            &CONV_TRANSPOSE1D,
            vec![x.into(), self.weight.into(), self.bias.into(), y.into()],
            move |entry| {
                let rows = shape.rows.at(entry);
                let (in_rows, pitch4, x_offset4, y_offset4) =
                    (in_shape.rows.at(entry), shape.pitch4(), in_shape.start4(entry), shape.start4(entry));
                (
                    Params { rows, in_rows, pitch4, taps, stride, padding, x_offset4, y_offset4 },
                    dispatch_1d(rows * pitch4),
                )
            },
        )?;
        Ok(y)
    }
}
