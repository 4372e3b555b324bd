//! Convolutions, linear layers and strided transposed convolutions: one implicit GEMM.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use super::conv_variants::{Tiled, tiles};
use crate::Result;
use crate::gpu::BufferView;
use crate::graph::{Divisible, Graph, Groups, Tensor, Wide};
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
    pub(super) in_plane4: u32,
    pub(super) weight_plane4: u32,
    pub(super) planes: u32,
    pub(super) x_at4: u32,
    pub(super) residual_at4: u32,
    pub(super) y_at4: u32,
    pub(super) w_at4: u32,
    pub(super) w_tap4: u32,
    pub(super) y_cycle4: u32,
    pub(super) y_first4: u32,
    pub(super) y_pitch4: u32,
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
            w_tap4: 4 * in_pitch4 * columns4,
            y_cycle4: columns4,
            y_pitch4: columns4,
            out_row4: columns4,
            ..Self::zeroed()
        }
    }

    pub(super) fn groups(&self, tiles: &Tiled) -> Groups {
        [self.columns4.div_ceil(tiles.columns4), self.rows.div_ceil(tiles.rows), self.planes]
    }
}

impl Divisible for Params {
    const SLOWNESS: u64 = 1;

    /// Tiles of rows.
    fn units(&self, [_, y, _]: Groups) -> u32 {
        y
    }

    fn take(&mut self, groups: &mut Groups, units: Range<u32>) {
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
        self.step(graph, [x, y], Part { in4: 0, out4: 0, of: 1, column4: 0 })?;
        Ok(y)
    }

    /// \[rows, in\] -> the columns of y, \[rows', more\], from the vec4 `column4` on. Others write the rest.
    pub fn record_into(&self, graph: &mut Graph, x: Tensor, y: Tensor, column4: u32) -> Result<()> {
        let shape = self.shape(graph, x.shape)?;
        let fits = y.shape.rows == shape.rows && column4 + shape.pitch4() <= y.shape.pitch4() && !self.gelu;
        graph.check("conv1d", fits, || format!("{shape} does not fit into {} at {}", y.shape, 4 * column4))?;
        self.step(graph, [x, y], Part { in4: 0, out4: 0, of: 1, column4 })
    }

    /// The same of tensors in parts, without a residual. Each part of x adds to the sum of those before.
    pub fn record_wide(&self, graph: &mut Graph, x: &Wide) -> Result<Wide> {
        let y = graph.wide(self.shape(graph, x.shape)?);
        let of = (x.parts.len() * y.parts.len()) as u64;
        for (out4, y) in y.iter() {
            let mut sum = None;
            for (at, (in4, x)) in (1..).zip(x.iter()) {
                let last = at * x.shape.pitch4() == shape4(self.weight.in_channels);
                let out = if last { y } else { graph.tensor(y.shape) };
                let (residual, scale) = (sum.map(|sum| (sum, 0)), if last { self.scale } else { 1.0 });
                Self { residual, scale, ..*self }.step(graph, [x, out], Part { in4, out4, of, column4: 0 })?;
                sum = Some(out);
            }
        }
        Ok(y)
    }

    /// Of y.
    fn shape(&self, graph: &Graph, x: Shape) -> Result<Shape> {
        let Self { weight, stride, padding, dilation, .. } = *self;
        graph.expect("conv1d", "x", x, Shape::new(x.rows, weight.in_channels))?;
        let rows = x.rows.convolved(weight.taps, stride, padding, dilation);
        graph.check("conv1d", rows.is_some(), || format!("stride {stride} does not divide {} rows", x.rows))?;
        Ok(Shape::new(rows.unwrap_or(x.rows), weight.out_channels))
    }

    fn step(&self, graph: &mut Graph, [x, y]: [Tensor; 2], part: Part) -> Result<()> {
        let Self { weight, stride, padding, dilation, in_slope, scale, .. } = *self;
        let (residual, residual_shift) = self.residual.unwrap_or((x, 0));
        let (gelu, has_residual) = (self.gelu.into(), self.residual.is_some().into());
        let [in4, columns4] = [weight.in_channels, weight.out_channels].map(shape4);
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
                has_bias: (part.in4 == 0).into(),
                has_residual,
                residual_shift,
                x_at4: x.start4(run),
                residual_at4: residual.start4(run),
                y_at4: y.start4(run) + part.column4,
                w_at4: part.in4 * 4 * columns4,
                w_tap4: in4 * 4 * columns4,
                out_size4: rows * y.pitch4() - part.column4,
                out_row4: y.pitch4(),
                y_first4: part.out4,
                y_pitch4: y.pitch4(),
                ..Params::new([rows, x.rows.at(run)], [x.pitch4(), columns4], taps)
            };
            (params, params.groups(tiles))
        })?;
        graph.divisible::<Params>();
        let a_row = weight.flops();
        graph.flops(move |run| u64::from(y.rows.at(run)) * a_row / part.of);
        Ok(())
    }
}

/// One part of y's channels from one part of x's, in vec4; `of` so many pairs. Written from `column4` on.
#[derive(Clone, Copy)]
struct Part {
    in4: u32,
    out4: u32,
    of: u64,
    column4: u32,
}

/// Channels in vec4.
fn shape4(channels: u32) -> u32 {
    channels.div_ceil(4)
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
    pub fn record(&self, graph: &mut Graph, x: Tensor, in_slope: f32) -> Result<Wide> {
        let in_rows: Dim = x.shape.rows;
        graph.expect("conv_transpose1d", "x", x.shape, Shape::new(in_rows, self.gemm.in_channels))?;
        let y = graph.wide(Shape::new(in_rows.times(self.stride), self.out_channels));
        let (in_pitch4, columns4, phases, padding) =
            (x.shape.pitch4(), self.gemm.out_channels / 4, self.stride, self.stride / 2);
        let tiles = tiles(graph.conv(), self.gemm.precision);
        for (y_first4, part) in y.iter() {
            let operands = vec![x.into(), (&self.gemm.weight).into(), (&self.gemm.bias).into(), x.into(), part.into()];
            let (shape, y_pitch4) = (part.shape, part.shape.pitch4());
            graph.step(&tiles.kernel, operands, move |run| {
                let in_rows = in_rows.at(run);
                let params = Params {
                    padding: 1,
                    in_slope,
                    out_skip4: padding * y_pitch4,
                    out_size4: shape.rows.at(run) * y_pitch4,
                    x_at4: x.shape.start4(run),
                    y_at4: shape.start4(run),
                    y_cycle4: columns4 / phases,
                    y_first4,
                    y_pitch4,
                    out_row4: phases * y_pitch4,
                    ..Params::new([in_rows + 1, in_rows], [in_pitch4, columns4], 2)
                };
                (params, params.groups(tiles))
            })?;
            graph.divisible::<Params>();
            let (a_row, of) = (self.gemm.flops(), y.parts.len() as u64);
            graph.flops(move |run| u64::from(in_rows.at(run)) * a_row / of);
        }
        Ok(y)
    }
}
