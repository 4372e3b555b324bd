//! Upsampling by a transposed convolution whose kernel is twice its stride: a convolution of two taps, whose columns
//! are every phase of every output channel.

use super::params::Params;
use super::record_executed;
use super::variants::tiled_kernel;
use super::weight::ConvWeight;
use crate::error::Result;
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

/// Filters and bias of the convolution of two taps, in torch's layout.
pub(crate) struct UpsamplingFilters {
    /// `[phases out, in, 2]`.
    pub filters: Vec<f32>,
    pub bias: Vec<f32>,
    /// Out, in, taps.
    pub size: [u32; 3],
}

impl UpsamplingFilters {
    /// From torch's transposed convolution, `[in, out, 2 * stride]`.
    pub fn new(values: &[f32], bias: &[f32], [inputs, out, stride]: [u32; 3]) -> Self {
        let pitch = out.next_multiple_of(4) as usize;
        let [in_channels, out_channels, phases] = [inputs, out, stride].map(|c| c as usize);
        let columns = phases * pitch;
        let mut filters = vec![0.0; columns * in_channels * 2];
        let mut biases = vec![0.0; columns];
        for o in 0..out_channels {
            for phase in 0..phases {
                let column = phase * pitch + o;
                biases[column] = bias[o];
                for i in 0..in_channels {
                    // The first tap reads the previous row, with the kernel's second half.
                    let taps = &values[(i * out_channels + o) * 2 * phases..];
                    filters[(column * in_channels + i) * 2] = taps[phase + phases];
                    filters[(column * in_channels + i) * 2 + 1] = taps[phase];
                }
            }
        }
        Self { filters, bias: biases, size: [columns as u32, inputs, 2] }
    }
}

#[derive(Debug)]
pub(crate) struct UpsamplingConv {
    weight: ConvWeight,
    stride: u32,
    out_channels: u32,
}

impl UpsamplingConv {
    /// `weight`: [`UpsamplingFilters`] on the device.
    pub fn new(weight: ConvWeight, out_channels: u32, stride: u32) -> Self {
        Self { weight, stride, out_channels }
    }

    /// \[rows, in\] -> \[rows stride, out\], with a LeakyReLU of slope `in_slope` on x; the padding is half the stride.
    pub fn record(&self, graph: &mut Graph, x: Tensor, in_slope: f32) -> Result<Tensor> {
        let in_rows: Dim = x.shape.rows;
        graph.expect("conv_transpose1d", "x", x.shape, Shape::new(in_rows, self.weight.in_channels))?;
        let y = graph.tensor(Shape::new(in_rows.times(self.stride), self.out_channels));
        let (x_shape, y_shape) = (x.shape, y.shape);
        let (columns4, padding) = (self.weight.out_channels / 4, self.stride / 2);
        let ConvWeight { precision, in_channels, out_channels, .. } = self.weight;
        let tiled = tiled_kernel(graph.conv(), precision, [in_channels, out_channels]);
        let operands = vec![x.into(), (&self.weight.matrix).into(), (&self.weight.bias).into(), x.into(), y.into()];
        graph.step(&tiled.kernel, operands, move |entry| {
            let in_rows = in_rows.at(entry);
            let params = Params {
                padding: 1,
                in_slope,
                out_skip4: padding * y_shape.pitch4(),
                out_size4: y_shape.rows.at(entry) * y_shape.pitch4(),
                x_offset4: x_shape.start4(entry),
                y_offset4: y_shape.start4(entry),
                ..Params::new([in_rows + 1, in_rows], [x_shape.pitch4(), columns4], 2)
            };
            (params, tiled.groups(&params))
        })?;
        graph.splittable::<Params>();
        record_executed(graph, tiled);
        let flops_per_row = self.weight.flops();
        graph.flops(move |entry| u64::from(in_rows.at(entry)) * flops_per_row);
        Ok(y)
    }
}
