//! Convolutions by minimal filtering: F(4, 4) along time, four outputs of four taps from seven products.
//!
//! Longer kernels are sums of four-tap ones, and since a tile steps by four rows, the second four taps read what the
//! next tile transformed: in the transformed domain a kernel of 3, 7 or 11 taps is a convolution of 1, 2 or 3 over tiles, in
//! seven independent planes. That is 7, 14 and 21 products for 4 outputs instead of 12, 28 and 44. Dilation splits the rows by
//! residue. Winograd, "Arithmetic Complexity of Computations" (1980); Lavin and Gray, arXiv 1509.09308.

use bytemuck::{Pod, Zeroable};

use super::conv_variants::tiles;
use super::conv1d::{Params as GemmParams, packed_size};
use super::{shader, spread};
use crate::Result;
use crate::batch::BatchEntry;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};
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
        let bias = scope.weights.upload(&bias)?;
        Ok(Self { weight, precision: scope.precision, bias, channels, taps })
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
    /// \[2, channels\], from [`super::InstanceNorm`].
    pub affine: Tensor,
    /// The Snake's.
    pub alpha: &'a BufferView,
    pub residual: Option<Tensor>,
    /// Writes y over the residual, which nothing else reads any more.
    pub in_place: bool,
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
        let shape = Shape::new(x.shape.rows, channels);
        graph.expect("winograd", "x", x.shape, shape)?;
        for (name, other) in [("residual", self.residual), ("sum", self.sum)] {
            graph.expect("winograd", name, other.map_or(shape, |t| t.shape), shape)?;
        }
        graph.expect("winograd", "affine", self.affine.shape, Shape::new(Dim::fixed(2), channels))?;
        let tiling = Tiling::new(shape, self.dilation, taps);
        let planes = Shape::new(Dim::shared(PLANES * tiling.window_tiles), channels);
        let (v, m) = (graph.tensor(planes), graph.tensor(planes));
        let y = match self.residual.filter(|_| self.in_place) {
            Some(residual) => residual,
            None => graph.tensor(shape),
        };
        graph.repeat(
            move |run| tiling.windows(run),
            |graph| {
                self.record_input(graph, tiling, x, v)?;
                self.record_products(graph, tiling, v, m)?;
                self.record_output(graph, tiling, x, m, y)
            },
        )?;
        Ok(y)
    }

    fn record_input(&self, graph: &mut Graph, tiling: Tiling, x: Tensor, v: Tensor) -> Result<()> {
        let (dilation, shape, affine, pitch4) = (self.dilation, x.shape, self.affine.shape, x.shape.pitch4());
        let padding = (self.gemm.taps - 1) / 2 * dilation;
        let operands = vec![x.into(), self.affine.into(), self.alpha.into(), v.into()];
        graph.loop_step(&WINOGRAD_INPUT, operands, move |run, turn| {
            let Window { first, in_tiles: tiles, at4: v_at4, .. } = tiling.window(run, turn);
            let (rows, x_at4, affine_at4) = (shape.rows.at(run), shape.start4(run), affine.start4(run));
            let params = InputParams { rows, pitch4, dilation, padding, first, tiles, x_at4, affine_at4, v_at4 };
            (params, spread(dilation * tiles * pitch4))
        })?;
        graph.bytes(move |run| shape.bytes(run) + tiling.plane_bytes(run));
        Ok(())
    }

    fn record_products(&self, graph: &mut Graph, tiling: Tiling, v: Tensor, m: Tensor) -> Result<()> {
        let FilteredGemm { weight, bias, channels, taps, .. } = self.gemm;
        let (dilation, shape, pitch4) = (self.dilation, tiling.shape, tiling.shape.pitch4());
        let operands = vec![v.into(), weight.into(), bias.into(), v.into(), m.into()];
        let tiles = tiles(graph.conv(), self.gemm.precision);
        graph.loop_step(&tiles.kernel, operands, move |run, turn| {
            let Window { in_tiles, at4, .. } = tiling.window(run, turn);
            let rows = dilation * in_tiles;
            let params = GemmParams {
                planes: PLANES,
                has_bias: 0, // it is added behind the transform
                x_at4: at4,
                y_at4: at4,
                ..GemmParams::new([rows, rows], [pitch4, pitch4], tiling.subs)
            };
            (params, params.groups(tiles))
        })?;
        graph.splittable::<GemmParams>();
        let a_row = 2 * u64::from(*channels) * u64::from(*channels) * u64::from(*taps);
        graph.flops(move |run| u64::from(shape.rows.at(run)) * a_row);
        let weight_bytes = weight.size;
        graph.bytes(move |run| 2 * tiling.plane_bytes(run) + weight_bytes * u64::from(tiling.windows(run)));
        Ok(())
    }

    fn record_output(&self, graph: &mut Graph, tiling: Tiling, x: Tensor, m: Tensor, y: Tensor) -> Result<()> {
        let (dilation, scale, shape, pitch4) = (self.dilation, self.scale, y.shape, y.shape.pitch4());
        let residual = self.residual.filter(|_| !self.in_place);
        let (has_residual, has_sum) =
            (if self.in_place { 2 } else { residual.is_some().into() }, self.sum.is_some().into());
        let (residual, sum) = (residual.unwrap_or(x), self.sum.unwrap_or(x));
        let operands = vec![m.into(), (&self.gemm.bias).into(), residual.into(), sum.into(), y.into()];
        graph.loop_step(&WINOGRAD_OUTPUT, operands, move |run, turn| {
            let Window { first, tiles, in_tiles, at4: m_at4 } = tiling.window(run, turn);
            let params = OutputParams {
                rows: shape.rows.at(run),
                pitch4,
                dilation,
                first,
                tiles,
                in_tiles,
                has_residual,
                has_sum,
                scale,
                m_at4,
                y_at4: shape.start4(run),
            };
            (params, spread(dilation * tiles * pitch4))
        })?;
        let signals = 1 + u64::from(has_residual.min(1)) + u64::from(has_sum);
        graph.bytes(move |run| tiling.plane_bytes(run) + signals * shape.bytes(run));
        Ok(())
    }
}

/// How the rows lie in tiles and windows of them.
#[derive(Clone, Copy)]
struct Tiling {
    shape: Shape,
    dilation: u32,
    /// Sub-kernels of four taps.
    subs: u32,
    /// Of one turn, over all residues and all utterances of a replay.
    window_tiles: u32,
}

impl Tiling {
    fn new(shape: Shape, dilation: u32, taps: u32) -> Self {
        let window_tiles = (WINDOW / shape.pitch).clamp(LEAST_TILES, MOST_TILES);
        Self { shape, dilation, subs: taps.div_ceil(TILE), window_tiles }
    }

    /// Tiles of each residue that one turn makes of an utterance.
    fn per_window(&self, run: &BatchEntry) -> u32 {
        self.window_tiles / run.batch_size / self.dilation - (self.subs - 1)
    }

    /// Tiles of each residue.
    fn tiles(&self, run: &BatchEntry) -> u32 {
        self.shape.rows.at(run).div_ceil(TILE * self.dilation)
    }

    fn windows(&self, run: &BatchEntry) -> u32 {
        self.tiles(run).div_ceil(self.per_window(run))
    }

    fn window(&self, run: &BatchEntry, turn: u32) -> Window {
        let first = turn * self.per_window(run);
        let tiles = self.per_window(run).min(self.tiles(run).saturating_sub(first));
        let in_tiles = if tiles == 0 { 0 } else { tiles + self.subs - 1 };
        let at4 = self.window_tiles / run.batch_size * run.batch_index * PLANES * self.shape.pitch4();
        Window { first, tiles, in_tiles, at4 }
    }

    /// What one side's planes hold over all turns: a window also has the tiles that only later sub-kernels read.
    fn plane_bytes(&self, run: &BatchEntry) -> u64 {
        let tiles = self.tiles(run) + (self.subs - 1) * self.windows(run);
        u64::from(PLANES * self.dilation * self.shape.pitch4()) * u64::from(tiles) * 16
    }
}
