//! Upsampling by a transposed convolution whose kernel is twice its stride: a convolution of two taps, whose columns
//! are every phase of every output channel.

use super::params::Params;
use super::record_executed;
use super::variants::tiled_kernel;
use super::weight::ConvWeight;
use crate::error::Result;
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

/// Filters and bias of the convolution of two taps, in torch's layout, from those of a transposed convolution.
#[derive(Clone, Copy)]
pub(crate) struct UpsamplingLayout {
    /// In, out, stride.
    size: [u32; 3],
}

impl UpsamplingLayout {
    /// `size`: in, out, stride.
    pub fn new(size: [u32; 3]) -> Self {
        Self { size }
    }

    /// Out, in, taps of the convolution. Its output channels are the phases, each padded to a multiple of 4 channels.
    pub fn conv_size(&self) -> [u32; 3] {
        let [inputs, out, stride] = self.size;
        [stride * out.next_multiple_of(4), inputs, 2]
    }

    /// The phase and channel of each output channel of the convolution that is no padding.
    fn columns(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let [_, out, phases] = self.size.map(|c| c as usize);
        let pitch = out.next_multiple_of(4);
        (0..phases).flat_map(move |phase| (0..out).map(move |channel| (phase * pitch + channel, phase, channel)))
    }

    /// From torch's `[in, out, 2 * stride]`: `[phases out, in, 2]`.
    pub fn filters(&self, values: &[f32]) -> Vec<f32> {
        let [in_channels, out_channels, phases] = self.size.map(|c| c as usize);
        let mut filters = vec![0.0; self.conv_size().map(|c| c as usize).iter().product()];
        for (column, phase, channel) in self.columns() {
            for input in 0..in_channels {
                // The first tap reads the previous row, with the kernel's second half.
                let taps = &values[(input * out_channels + channel) * 2 * phases..];
                let filter = &mut filters[(column * in_channels + input) * 2..][..2];
                filter.copy_from_slice(&[taps[phase + phases], taps[phase]]);
            }
        }
        filters
    }

    /// The bias of each output channel of the convolution.
    pub fn bias(&self, values: &[f32]) -> Vec<f32> {
        let mut bias = vec![0.0; self.conv_size()[0] as usize];
        for (column, _, channel) in self.columns() {
            bias[column] = values[channel];
        }
        bias
    }
}

#[derive(Debug)]
pub(crate) struct UpsamplingConv {
    weight: ConvWeight,
    stride: u32,
    out_channels: u32,
}

impl UpsamplingConv {
    /// `weight`: laid out by [`UpsamplingLayout`].
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
