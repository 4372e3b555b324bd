//! Convolutions by minimal filtering: F(4, 4) along time, four outputs of four taps from seven products.
//!
//! Longer kernels are sums of four-tap ones, and since a tile steps by four rows, the second four taps read what the
//! next tile transformed: in the transformed domain a kernel of 3, 7 or 11 taps is a convolution of 1, 2 or 3 over tiles, in
//! seven independent planes. That is 7, 14 and 21 products for 4 outputs instead of 12, 28 and 44. Dilation splits the rows by
//! residue. Winograd, "Arithmetic Complexity of Computations" (1980); Lavin and Gray, arXiv 1509.09308.

use bytemuck::{Pod, Zeroable};

use super::conv_variants::tiles;
use super::conv1d::{Params as GemmParams, pack};
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
/// Tiles of a window, however wide the network: each of a whole batch has one of each residue.
const LEAST_TILES: u32 = 512;
/// And however narrow.
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
    x_at4: u32,
    affine_at4: u32,
    v_at4: u32,
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
    m_at4: u32,
    y_at4: u32,
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
        let subs = taps.div_ceil(TILE) as usize;
        let mut planes = Vec::with_capacity(PLANES as usize * subs * values.len() / taps as usize);
        let mut plane = vec![0.0; values.len() / taps as usize * subs];
        for row in filter_transform() {
            for (filter, transformed) in values.chunks_exact(taps as usize).zip(plane.chunks_exact_mut(subs)) {
                for (sub, out) in filter.chunks(TILE as usize).zip(transformed) {
                    *out = sub.iter().zip(row).map(|(tap, factor)| f64::from(*tap) * factor).sum::<f64>() as f32;
                }
            }
            planes.extend(pack(&plane, [channels, channels, subs as u32]));
        }
        let mut bias = bias.to_vec();
        bias.resize(bias.len().next_multiple_of(4), 0.0);
        let no_bias = scope.weights.upload(&vec![0.0; bias.len()])?;
        let (weight, bias) = (scope.store(&planes)?, scope.weights.upload(&bias)?);
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
    /// Where the utterance's planes begin.
    at4: u32,
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
        let window_tiles = (WINDOW / shape.pitch).clamp(LEAST_TILES, MOST_TILES);
        // The utterances of a replay share the window.
        let per_window = move |run: &Run| window_tiles / run.lanes / dilation - (subs - 1);
        let all_tiles = move |run: &Run| shape.rows.at(run).div_ceil(TILE * dilation);
        let windows = move |run: &Run| all_tiles(run).div_ceil(per_window(run));
        let window = move |run: &Run, turn: u32| {
            let first = turn * per_window(run);
            let tiles = per_window(run).min(all_tiles(run).saturating_sub(first));
            let in_tiles = if tiles == 0 { 0 } else { tiles + subs - 1 };
            Window { first, tiles, in_tiles, at4: window_tiles / run.lanes * run.lane * PLANES * pitch4 }
        };
        let planes = Shape::new(Dim::shared(PLANES * window_tiles), channels);
        let affine = self.affine.shape;
        let (v, m, y) = (graph.tensor(planes), graph.tensor(planes), graph.tensor(shape));
        let (has_residual, has_sum) = (self.residual.is_some().into(), self.sum.is_some().into());
        let (residual, sum) = (self.residual.unwrap_or(x), self.sum.unwrap_or(x));
        // What one side's planes hold over all turns: a window also has the tiles that only later sub-kernels read.
        let plane_bytes = move |run: &Run| {
            let tiles = all_tiles(run) + (subs - 1) * windows(run);
            u64::from(PLANES * dilation * shape.pitch) * u64::from(tiles) * 4
        };
        graph.repeat(windows, |graph| {
            let padding = (taps - 1) / 2 * dilation;
            let operands = vec![x.into(), self.affine.into(), self.alpha.into(), v.into()];
            graph.step_of_turn(&WINOGRAD_INPUT, operands, move |run, turn| {
                let Window { first, in_tiles: tiles, at4: v_at4, .. } = window(run, turn);
                let (rows, x_at4, affine_at4) = (shape.rows.at(run), shape.start4(run), affine.start4(run));
                let params = InputParams { rows, pitch4, dilation, padding, first, tiles, x_at4, affine_at4, v_at4 };
                (params, spread(dilation * tiles * pitch4))
            })?;
            graph.bytes(move |run| shape.bytes(run) + plane_bytes(run));
            let FilteredGemm { weight, no_bias, bias, .. } = self.gemm;
            let operands = vec![v.into(), weight.into(), no_bias.into(), v.into(), m.into()];
            let tiles = tiles(graph.conv(), self.gemm.precision);
            graph.step_of_turn(&tiles.kernel, operands, move |run, turn| {
                let Window { in_tiles, at4, .. } = window(run, turn);
                let rows = dilation * in_tiles;
                let params = GemmParams {
                    planes: PLANES,
                    in_plane4: rows * pitch4,
                    weight_plane4: subs * 4 * pitch4 * pitch4,
                    x_at4: at4,
                    y_at4: at4,
                    ..GemmParams::new([rows, rows], [pitch4, pitch4], subs)
                };
                (params, params.groups(tiles))
            })?;
            let a_row = 2 * u64::from(channels) * u64::from(channels) * u64::from(taps);
            graph.flops(move |run| u64::from(shape.rows.at(run)) * a_row);
            let weight_bytes = weight.size;
            graph.bytes(move |run| 2 * plane_bytes(run) + weight_bytes * u64::from(windows(run)));
            let operands = vec![m.into(), bias.into(), residual.into(), sum.into(), y.into()];
            graph.step_of_turn(&WINOGRAD_OUTPUT, operands, move |run, turn| {
                let Window { first, tiles, in_tiles, at4: m_at4 } = window(run, turn);
                let (rows, y_at4) = (shape.rows.at(run), shape.start4(run));
                let params = OutputParams {
                    rows,
                    pitch4,
                    dilation,
                    first,
                    tiles,
                    in_tiles,
                    has_residual,
                    has_sum,
                    scale,
                    m_at4,
                    y_at4,
                };
                (params, spread(dilation * tiles * pitch4))
            })?;
            let signals = 1 + u64::from(has_residual) + u64::from(has_sum);
            graph.bytes(move |run| plane_bytes(run) + signals * shape.bytes(run));
            Ok(())
        })?;
        Ok(y)
    }
}
