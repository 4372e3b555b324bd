//! Convolutions, linear layers and strided transposed convolutions: one implicit GEMM.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use super::conv_variants::{Tiled, tiles};
use crate::Result;
use crate::gpu::BufferView;
use crate::graph::{Graph, Groups, Splittable, Tensor};
use crate::shape::{Dim, Shape};
use crate::weights::{Precision, Scope};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(super) struct Params {
    pub(super) rows: u32,
    pub(super) in_rows: u32,
    pub(super) in_pitch4: u32,
    pub(super) columns4: u32,
    pub(super) taps: u32,
    pub(super) stride: u32,
    pub(super) dilation: u32,
    pub(super) padding: u32,
    pub(super) in_slope: f32,
    pub(super) gelu: u32,
    pub(super) scale: f32,
    pub(super) has_residual: u32,
    pub(super) residual_shift: u32,
    pub(super) out_skip4: u32,
    pub(super) out_size4: u32,
    pub(super) planes: u32,
    pub(super) x_at4: u32,
    pub(super) residual_at4: u32,
    pub(super) y_at4: u32,
    pub(super) out_row4: u32,
    pub(super) has_bias: u32,
    /// The workgroups along y before this dispatch's.
    pub(super) groups_before: u32,
}

impl Params {
    /// A convolution of stride 1 without padding, nothing before or behind it.
    pub(super) fn new([rows, in_rows]: [u32; 2], [in_pitch4, columns4]: [u32; 2], taps: u32) -> Self {
        Self {
            rows,
            in_rows,
            in_pitch4,
            columns4,
            taps,
            stride: 1,
            dilation: 1,
            in_slope: 1.0,
            scale: 1.0,
            out_size4: rows * columns4,
            planes: 1,
            has_bias: 1,
            out_row4: columns4,
            ..Self::zeroed()
        }
    }

    pub(super) fn groups(&self, tiles: &Tiled) -> Groups {
        [self.columns4.div_ceil(tiles.columns4), self.rows.div_ceil(tiles.rows), self.planes]
    }
}

impl Splittable for Params {
    const RELATIVE_COST: u64 = 1;

    /// Tiles of rows.
    fn units(&self, [_, y, _]: Groups) -> u32 {
        y
    }

    fn restrict(&mut self, groups: &mut Groups, units: Range<u32>) {
        self.groups_before += units.start;
        groups[1] = units.len() as u32;
    }
}

/// A matrix a tap, resident: \[taps, input pitch, output pitch\], zero beyond the channels.
#[derive(Debug)]
pub(crate) struct Gemm {
    weight: BufferView,
    precision: Precision,
    bias: BufferView,
    in_channels: u32,
    out_channels: u32,
    taps: u32,
}

impl Gemm {
    /// From torch's layout, \[out, in, taps\] (a linear layer: one tap).
    pub fn pack(
        scope: &Scope<'_>,
        values: &[f32],
        bias: Option<&[f32]>,
        [out, inputs, taps]: [u32; 3],
    ) -> Result<Self> {
        let mut shifts = bias.map_or_else(|| vec![0.0; out as usize], <[f32]>::to_vec);
        shifts.resize(shifts.len().next_multiple_of(4), 0.0);
        Ok(Self {
            weight: scope.store_rows(packed_size([out, inputs, taps]), |row, block| {
                pack(values, [out, inputs, taps], row, block);
            })?,
            precision: scope.precision,
            bias: scope.weights.upload(&shifts)?,
            in_channels: inputs,
            out_channels: out,
            taps,
        })
    }

    /// Multiplications and additions of one output row.
    fn flops(&self) -> u64 {
        2 * u64::from(self.in_channels) * u64::from(self.out_channels) * u64::from(self.taps)
    }
}

/// Rows and columns of a packed weight.
pub(super) fn packed_size([out, inputs, taps]: [u32; 3]) -> [usize; 2] {
    let [rows, columns] = [inputs, out].map(|c| c.next_multiple_of(4) as usize);
    [taps as usize * rows, columns]
}

/// Rows from `first` on of torch's \[out, in, taps\] -> \[taps, input pitch, output pitch\], zero beyond the channels.
fn pack(values: &[f32], shape @ [_, inputs, taps]: [u32; 3], first: usize, block: &mut [f32]) {
    let [rows, columns] = packed_size(shape);
    let [in_size, tap_size] = [inputs, taps].map(|c| c as usize);
    let pitch = rows / tap_size;
    // Of every row its start in the block and in the first filter.
    let starts = (first..).map(|row| (row / pitch, row % pitch)).zip((0..block.len()).step_by(columns));
    let starts = starts.filter(|((_, input), _)| *input < in_size);
    let starts: Vec<_> = starts.map(|((tap, input), to)| (to, input * tap_size + tap)).collect();
    for (o, filter) in values.chunks_exact(in_size * tap_size).enumerate() {
        for (to, from) in &starts {
            block[to + o] = filter[*from];
        }
    }
}

/// y\[t\] = act((sum over k of W\[k\] leaky(x\[t stride + k dilation - padding\]) + bias + residual\[t >> shift\]) scale).
pub(crate) struct Conv1d<'a> {
    pub weight: &'a Gemm,
    pub stride: u32,
    pub padding: u32,
    pub dilation: u32,
    /// Slope of the LeakyReLU on x, in (0, 1]; 1 is none.
    pub in_slope: f32,
    /// The tanh GELU, last.
    pub gelu: bool,
    /// Added after; with shift 1 each of its rows serves two.
    pub residual: Option<(Tensor, u32)>,
    pub scale: f32,
}

impl<'a> Conv1d<'a> {
    pub fn new(weight: &'a Gemm) -> Self {
        Self { weight, stride: 1, padding: 0, dilation: 1, in_slope: 1.0, gelu: false, residual: None, scale: 1.0 }
    }

    /// \[rows, in\] -> \[rows', out\].
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let shape = self.shape(graph, x.shape)?;
        if let Some((residual, shift)) = self.residual {
            let rows = if shift == 0 { shape.rows } else { residual.shape.rows };
            graph.expect("conv1d", "residual", residual.shape, Shape::new(rows, shape.channels))?;
            graph.check("conv1d", residual.shape.rows.times(1 << shift) == shape.rows, || {
                format!("residual is {}, y {shape}", residual.shape)
            })?;
        }
        let y = graph.tensor(shape);
        self.step(graph, [x, y], 0)?;
        Ok(y)
    }

    /// \[rows, in\] -> the columns of y, \[rows', more\], from the vec4 `column4` on. Others write the rest.
    pub fn record_into(&self, graph: &mut Graph, x: Tensor, y: Tensor, column4: u32) -> Result<()> {
        let shape = self.shape(graph, x.shape)?;
        let fits = y.shape.rows == shape.rows && column4 + shape.pitch4() <= y.shape.pitch4() && !self.gelu;
        graph.check("conv1d", fits, || format!("{shape} does not fit into {} at {}", y.shape, 4 * column4))?;
        self.step(graph, [x, y], column4)
    }

    /// Of y.
    fn shape(&self, graph: &Graph, x: Shape) -> Result<Shape> {
        let Self { weight, stride, padding, dilation, .. } = *self;
        graph.expect("conv1d", "x", x, Shape::new(x.rows, weight.in_channels))?;
        let rows = x.rows.convolved(weight.taps, stride, padding, dilation);
        graph.check("conv1d", rows.is_some(), || format!("stride {stride} does not divide {} rows", x.rows))?;
        Ok(Shape::new(rows.unwrap_or(x.rows), weight.out_channels))
    }

    fn step(&self, graph: &mut Graph, [x, y]: [Tensor; 2], column4: u32) -> Result<()> {
        let Self { weight, stride, padding, dilation, in_slope, scale, .. } = *self;
        let (residual, residual_shift) = self.residual.unwrap_or((x, 0));
        let (gelu, has_residual) = (self.gelu.into(), self.residual.is_some().into());
        let columns4 = weight.out_channels.div_ceil(4);
        let operands = vec![x.into(), (&weight.weight).into(), (&weight.bias).into(), residual.into(), y.into()];
        let (x, y, residual, taps) = (x.shape, y.shape, residual.shape, weight.taps);
        let tiles = tiles(graph.conv(), weight.precision);
        graph.step(&tiles.kernel, operands, move |run| {
            let rows = y.rows.at(run);
            let params = Params {
                stride,
                dilation,
                padding,
                in_slope,
                gelu,
                scale,
                has_residual,
                residual_shift,
                x_at4: x.start4(run),
                residual_at4: residual.start4(run),
                y_at4: y.start4(run) + column4,
                out_size4: rows * y.pitch4() - column4,
                out_row4: y.pitch4(),
                ..Params::new([rows, x.rows.at(run)], [x.pitch4(), columns4], taps)
            };
            (params, params.groups(tiles))
        })?;
        graph.splittable::<Params>();
        let a_row = weight.flops();
        graph.flops(move |run| u64::from(y.rows.at(run)) * a_row);
        Ok(())
    }
}

/// A transposed convolution whose kernel is twice its stride, as a convolution of two taps over \[phase, out\] columns.
#[derive(Debug)]
pub(crate) struct UpsamplingConv {
    gemm: Gemm,
    stride: u32,
    out_channels: u32,
}

impl UpsamplingConv {
    /// From torch's layout, \[in, out, 2 stride\].
    pub fn pack(scope: &Scope<'_>, values: &[f32], bias: &[f32], [inputs, out, stride]: [u32; 3]) -> Result<Self> {
        let pitch = out.next_multiple_of(4) as usize;
        let [in_size, out_size, phases] = [inputs, out, stride].map(|c| c as usize);
        let columns = phases * pitch;
        // As torch's [columns, in, taps]: the first tap reads the row before, at the kernel's second half.
        let mut filters = vec![0.0; columns * in_size * 2];
        let mut shifts = vec![0.0; columns];
        for o in 0..out_size {
            for p in 0..phases {
                let column = p * pitch + o;
                shifts[column] = bias[o];
                for i in 0..in_size {
                    let taps = &values[(i * out_size + o) * 2 * phases..];
                    filters[(column * in_size + i) * 2] = taps[p + phases];
                    filters[(column * in_size + i) * 2 + 1] = taps[p];
                }
            }
        }
        let gemm = Gemm::pack(scope, &filters, Some(&shifts), [columns as u32, inputs, 2])?;
        Ok(Self { gemm, stride, out_channels: out })
    }

    /// \[rows, in\] -> \[rows stride, out\], LeakyReLU'd with `in_slope` on the way in; padding is half the stride.
    pub fn record(&self, graph: &mut Graph, x: Tensor, in_slope: f32) -> Result<Tensor> {
        let in_rows: Dim = x.shape.rows;
        graph.expect("conv_transpose1d", "x", x.shape, Shape::new(in_rows, self.gemm.in_channels))?;
        let y = graph.tensor(Shape::new(in_rows.times(self.stride), self.out_channels));
        let (x_shape, y_shape) = (x.shape, y.shape);
        let (columns4, padding) = (self.gemm.out_channels / 4, self.stride / 2);
        let tiles = tiles(graph.conv(), self.gemm.precision);
        let operands = vec![x.into(), (&self.gemm.weight).into(), (&self.gemm.bias).into(), x.into(), y.into()];
        graph.step(&tiles.kernel, operands, move |run| {
            let in_rows = in_rows.at(run);
            let params = Params {
                padding: 1,
                in_slope,
                out_skip4: padding * y_shape.pitch4(),
                out_size4: y_shape.rows.at(run) * y_shape.pitch4(),
                x_at4: x_shape.start4(run),
                y_at4: y_shape.start4(run),
                ..Params::new([in_rows + 1, in_rows], [x_shape.pitch4(), columns4], 2)
            };
            (params, params.groups(tiles))
        })?;
        graph.splittable::<Params>();
        let a_row = self.gemm.flops();
        graph.flops(move |run| u64::from(in_rows.at(run)) * a_row);
        Ok(y)
    }
}
