//! 1-D convolutions, linear layers and upsampling by transposed convolutions: one implicit GEMM in several variants.

mod choice;
mod params;
mod upsampling;
pub(super) mod variants;
pub(super) mod weight;
pub(super) mod winograd;
mod winograd_weight;

use params::Params;
pub(crate) use upsampling::{UpsamplingConv, UpsamplingLayout};
pub(crate) use variants::MAX_ROWS;
pub(super) use variants::multiplies;
use variants::{MAX_WORKGROUPS, TiledKernel, tiled_kernel};
pub(crate) use weight::{ConvLayout, ConvWeight};
pub(crate) use winograd::WinogradConv;
pub(crate) use winograd_weight::{WinogradLayout, WinogradWeight};

use crate::batch::BatchEntry;
use crate::error::Result;
use crate::graph::{Graph, Splittable, Tensor};
use crate::shape::Shape;

/// y\[t\] = act((sum over k of W\[k\] leaky(x\[t stride + k dilation - padding\]) + bias + residual\[t >> shift\])
/// scale).
pub(crate) struct Conv1d<'a> {
    pub weight: &'a ConvWeight,
    pub stride: u32,
    pub padding: u32,
    pub dilation: u32,
    /// Slope of the LeakyReLU on x, in (0, 1]; 1 is none.
    pub in_slope: f32,
    /// Whether the tanh GELU is the last operation.
    pub gelu: bool,
    /// A tensor to add, and a shift: with 1, each of its rows is added to two rows.
    pub residual: Option<(Tensor, u32)>,
    pub scale: f32,
}

impl<'a> Conv1d<'a> {
    pub fn new(weight: &'a ConvWeight) -> Self {
        Self { weight, stride: 1, padding: 0, dilation: 1, in_slope: 1.0, gelu: false, residual: None, scale: 1.0 }
    }

    /// \[rows, in\] -> \[rows', out\].
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let shape = self.output_shape(graph, x.shape)?;
        if let Some((residual, shift)) = self.residual {
            let rows = if shift == 0 { shape.rows } else { residual.shape.rows };
            graph.expect("conv1d", "residual", residual.shape, Shape::new(rows, shape.channels))?;
            graph.check("conv1d", residual.shape.rows.times(1 << shift) == shape.rows, || {
                format!("residual is {}, y {shape}", residual.shape)
            })?;
        }
        let y = graph.tensor(shape);
        self.record_step(graph, [x, y], 0)?;
        Ok(y)
    }

    /// \[rows, in\] -> some columns of y, \[rows', more\], from the vec4 `column4` on. Other steps write the others.
    pub fn record_into(&self, graph: &mut Graph, x: Tensor, y: Tensor, column4: u32) -> Result<()> {
        let shape = self.output_shape(graph, x.shape)?;
        let fits = y.shape.rows == shape.rows && column4 + shape.pitch4() <= y.shape.pitch4();
        let fits = fits && !self.gelu && self.residual.is_none();
        graph.check("conv1d", fits, || format!("{shape} does not fit into {} at {}", y.shape, 4 * column4))?;
        self.record_step(graph, [x, y], column4)
    }

    fn output_shape(&self, graph: &Graph, x: Shape) -> Result<Shape> {
        let Self { weight, stride, padding, dilation, .. } = *self;
        graph.expect("conv1d", "x", x, Shape::new(x.rows, weight.in_channels))?;
        let rows = x.rows.convolved(weight.taps, stride, padding, dilation);
        graph.check("conv1d", rows.is_some(), || format!("stride {stride} does not divide {} rows", x.rows))?;
        Ok(Shape::new(rows.unwrap_or(x.rows), weight.out_channels))
    }

    fn record_step(&self, graph: &mut Graph, [x, y]: [Tensor; 2], column4: u32) -> Result<()> {
        let Self { weight, stride, padding, dilation, in_slope, scale, .. } = *self;
        let (residual, residual_shift) = self.residual.unwrap_or((x, 0));
        let (gelu, has_residual) = (self.gelu.into(), self.residual.is_some().into());
        let columns4 = weight.out_channels.div_ceil(4);
        let operands = vec![x.into(), (&weight.matrix).into(), (&weight.bias).into(), residual.into(), y.into()];
        let (x, y, residual, taps) = (x.shape, y.shape, residual.shape, weight.taps);
        let tiled = tiled_kernel(graph.conv(), weight.precision, [weight.in_channels, weight.out_channels]);
        let dispatches = move |entry: &BatchEntry| y.rows.at(entry).div_ceil(tiled.rows * MAX_WORKGROUPS);
        graph.repeat(dispatches, |graph| {
            graph.loop_step(&tiled.kernel, operands, move |entry, iteration| {
                let rows = y.rows.at(entry);
                let mut params = Params {
                    stride,
                    dilation,
                    padding,
                    in_slope,
                    gelu,
                    scale,
                    has_residual,
                    residual_shift,
                    x_offset4: x.start4(entry),
                    residual_offset4: residual.start4(entry),
                    y_offset4: y.start4(entry) + column4,
                    out_size4: rows * y.pitch4() - column4,
                    out_pitch4: y.pitch4(),
                    ..Params::new([rows, x.rows.at(entry)], [x.pitch4(), columns4], taps)
                };
                let mut groups = tiled.groups(&params);
                let [first, end] = [iteration, iteration + 1].map(|i| (i * MAX_WORKGROUPS).min(groups[1]));
                params.restrict(&mut groups, first..end);
                (params, groups)
            })?;
            graph.splittable::<Params>();
            record_executed(graph, tiled);
            Ok(())
        })?;
        let flops_per_row = weight.flops();
        graph.flops(move |entry| u64::from(y.rows.at(entry)) * flops_per_row);
        Ok(())
    }
}

/// Records what a dispatch of the last step reads, and what it executes: the tiles, and their epilogue.
fn record_executed(graph: &mut Graph, tiled: &'static TiledKernel) {
    graph.texels(Params::read4);
    graph.executed(move |params: &Params, groups, executed| {
        tiled.executed(params, groups, executed);
        executed.moved_bytes += params.epilogue_bytes(groups);
    });
}
