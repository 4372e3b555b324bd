//! Convolutions by minimal filtering: F(4, 4) along time, four outputs of four taps from seven products.
//!
//! Longer kernels are sums of four-tap ones, and since a tile steps by four rows, the second four taps read what the
//! next tile transformed: in the transformed domain a kernel of 7 or 11 taps is a convolution of 2 or 3 over tiles, in
//! seven independent planes. That is 14 and 21 products for 4 outputs instead of 28 and 44. Dilation splits the rows by
//! residue. Winograd, "Arithmetic Complexity of Computations" (1980); Lavin and Gray, arXiv 1509.09308.

use bytemuck::{Pod, Zeroable};

use super::conv1d::{Params as GemmParams, kernel, packed_size};
use super::{shader, spread};
use crate::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Run, Shape};
use crate::weights::{Precision, Scope};

pub(super) static WINOGRAD_INPUT: Kernel = Kernel {
    name: "winograd_input",
    prelude: "",
    source: shader!("lib/math.wgsl", "winograd_input.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<InputParams>(),
};

pub(super) static WINOGRAD_OUTPUT: Kernel = Kernel {
    name: "winograd_output",
    prelude: "",
    source: shader!("winograd_output.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<OutputParams>(),
};

/// Products a tile: one plane each.
const PLANES: u32 = 7;
/// Outputs a tile, and taps a sub-kernel.
const TILE: u32 = 4;
/// Values of a plane that are transformed at a time: enough to fill a GPU, few enough that the planes of both sides
/// together take 15 MB.
const WINDOW: u32 = 1 << 18;
/// Tiles of a window, however narrow the network.
const MOST_TILES: u32 = 4096;

/// The finite points of interpolation; the seventh is infinity. All dyadic, so that the data's transforms are exact.
const POINTS: [f64; 6] = [0.0, 1.0, -1.0, 0.5, 2.0, -1.5];
/// What winograd_input.wgsl divides its rows by.
const SCALES: [f64; 7] = [8.0, 4.0, 4.0, 4.0, 2.0, 4.0, 8.0];

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct InputParams {
    rows: u32,
    pitch4: u32,
    dilation: u32,
    padding: u32,
    first: u32,
    tiles: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct OutputParams {
    rows: u32,
    pitch4: u32,
    dilation: u32,
    first: u32,
    tiles: u32,
    in_tiles: u32,
    has_residual: u32,
    has_sum: u32,
    scale: f32,
}

/// Transformed filters, resident: \[7, sub-kernels, input pitch, output pitch\].
#[derive(Debug)]
pub(crate) struct FilteredGemm {
    weight: BufferView,
    precision: Precision,
    no_bias: BufferView,
    bias: BufferView,
    channels: u32,
    taps: u32,
}

impl FilteredGemm {
    /// From torch's layout, \[channels, channels, taps\].
    pub fn pack(scope: &Scope<'_>, values: &[f32], bias: &[f32], channels: u32, taps: u32) -> Result<Self> {
        let subs = taps.div_ceil(TILE);
        let transform = filter_transform();
        let [rows, columns] = packed_size([channels, channels, subs]);
        let [size, tap_size, pitch] = [channels as usize, taps as usize, rows / subs as usize];
        let weight = scope.store_rows([PLANES as usize * rows, columns], |first, block| {
            // Of every row its start in the block, its taps in the first filter, and their factors.
            let starts = (first..).zip((0..block.len()).step_by(columns)).filter(|(row, _)| row % pitch < size);
            let starts: Vec<_> = starts
                .map(|(row, to)| {
                    let (start, sub) = (row % pitch * tap_size, row % rows / pitch * TILE as usize);
                    (to, start + sub..start + tap_size.min(sub + TILE as usize), transform[row / rows])
                })
                .collect();
            for (o, filter) in values.chunks_exact(size * tap_size).enumerate() {
                for (to, taps, factors) in &starts {
                    let taps = &filter[taps.clone()];
                    block[to + o] = taps.iter().zip(factors).map(|(tap, f)| f64::from(*tap) * f).sum::<f64>() as f32;
                }
            }
        })?;
        let mut bias = bias.to_vec();
        bias.resize(bias.len().next_multiple_of(4), 0.0);
        let no_bias = scope.weights.upload(&vec![0.0; bias.len()])?;
        let bias = scope.weights.upload(&bias)?;
        Ok(Self { weight, precision: scope.precision, no_bias, bias, channels, taps })
    }
}

/// The filters' side: row i is p_i^j over the product of the differences of p_i to the others, times the data's scale.
fn filter_transform() -> [[f64; 4]; 7] {
    std::array::from_fn(|i| {
        let Some(point) = POINTS.get(i) else { return [0.0, 0.0, 0.0, SCALES[i]] };
        let others = POINTS.iter().filter(|q| *q != point).map(|q| point - q);
        let scale = SCALES[i] / others.product::<f64>();
        std::array::from_fn(|j| point.powi(j as i32) * scale)
    })
}

/// y = (conv(snake(a x + b)) + bias + residual + sum) scale, with stride 1 and padding that keeps the rows.
pub(crate) struct FilteredConv<'a> {
    pub gemm: &'a FilteredGemm,
    pub dilation: u32,
    /// \[2, channels\] from [`super::InstanceNorm`].
    pub affine: Tensor,
    /// The Snake's.
    pub alpha: &'a BufferView,
    pub residual: Option<Tensor>,
    pub sum: Option<Tensor>,
    pub scale: f32,
}

/// The tiles of one turn: of each residue, `tiles` from `first` on.
#[derive(Clone, Copy)]
struct Window {
    first: u32,
    tiles: u32,
    /// With those that only later sub-kernels read.
    in_tiles: u32,
}

impl FilteredConv<'_> {
    /// \[rows, channels\] -> \[rows, channels\].
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let FilteredGemm { channels, taps, .. } = *self.gemm;
        let (shape, dilation, scale) = (Shape::new(x.shape.rows, channels), self.dilation, self.scale);
        graph.expect("winograd", "x", x.shape, shape)?;
        for (name, other) in [("residual", self.residual), ("sum", self.sum)] {
            graph.expect("winograd", name, other.map_or(shape, |t| t.shape), shape)?;
        }
        graph.expect("winograd", "affine", self.affine.shape, Shape::new(Dim::fixed(2), channels))?;
        let (pitch4, subs) = (shape.pitch4(), taps.div_ceil(TILE));
        let window_tiles = (WINDOW / shape.pitch).clamp(256, MOST_TILES);
        let per_window = window_tiles / dilation - (subs - 1);
        let all_tiles = move |run: &Run| shape.rows.at(run).div_ceil(TILE * dilation);
        let window = move |run: &Run, turn: u32| {
            let first = turn * per_window;
            let tiles = per_window.min(all_tiles(run) - first);
            Window { first, tiles, in_tiles: tiles + subs - 1 }
        };
        let planes = Shape::new(Dim::fixed(PLANES * window_tiles), channels);
        let (v, m, y) = (graph.tensor(planes), graph.tensor(planes), graph.tensor(shape));
        let (has_residual, has_sum) = (self.residual.is_some().into(), self.sum.is_some().into());
        let (residual, sum) = (self.residual.unwrap_or(x), self.sum.unwrap_or(x));
        // What one side's planes hold over all turns: a window also has the tiles that only later sub-kernels read.
        let plane_bytes = move |run: &Run| {
            let tiles = all_tiles(run) + (subs - 1) * all_tiles(run).div_ceil(per_window);
            u64::from(PLANES * dilation * shape.pitch) * u64::from(tiles) * 4
        };
        graph.repeat(
            move |run| all_tiles(run).div_ceil(per_window),
            |graph| {
                let padding = (taps - 1) / 2 * dilation;
                let operands = vec![x.into(), self.affine.into(), self.alpha.into(), v.into()];
                graph.step_of_turn(&WINOGRAD_INPUT, operands, move |run, turn| {
                    let Window { first, in_tiles: tiles, .. } = window(run, turn);
                    let params = InputParams { rows: shape.rows.at(run), pitch4, dilation, padding, first, tiles };
                    (params, spread(dilation * tiles * pitch4))
                })?;
                graph.bytes(move |run| shape.bytes(run) + plane_bytes(run));
                let FilteredGemm { weight, no_bias, bias, .. } = self.gemm;
                let operands = vec![v.into(), weight.into(), no_bias.into(), v.into(), m.into()];
                graph.step_of_turn(kernel(self.gemm.precision), operands, move |run, turn| {
                    let rows = dilation * window(run, turn).in_tiles;
                    let params = GemmParams {
                        in_plane4: rows * pitch4,
                        weight_plane4: subs * 4 * pitch4 * pitch4,
                        ..GemmParams::new([rows, rows], [pitch4, pitch4], subs)
                    };
                    (params, params.groups(PLANES))
                })?;
                let a_row = 2 * u64::from(channels) * u64::from(channels) * u64::from(taps);
                graph.flops(move |run| u64::from(shape.rows.at(run)) * a_row);
                let weight_bytes = weight.size;
                graph.bytes(move |run| {
                    2 * plane_bytes(run) + weight_bytes * u64::from(all_tiles(run).div_ceil(per_window))
                });
                let operands = vec![m.into(), bias.into(), residual.into(), sum.into(), y.into()];
                graph.step_of_turn(&WINOGRAD_OUTPUT, operands, move |run, turn| {
                    let Window { first, tiles, in_tiles } = window(run, turn);
                    let rows = shape.rows.at(run);
                    let params =
                        OutputParams { rows, pitch4, dilation, first, tiles, in_tiles, has_residual, has_sum, scale };
                    (params, spread(dilation * tiles * pitch4))
                })?;
                let signals = 1 + u64::from(has_residual) + u64::from(has_sum);
                graph.bytes(move |run| plane_bytes(run) + signals * shape.bytes(run));
                Ok(())
            },
        )?;
        Ok(y)
    }
}
