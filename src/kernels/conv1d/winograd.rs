//! Convolutions by Winograd's minimal filtering F(4, 4) along time: four outputs of four taps from seven products.
//!
//! A longer kernel is a sum of sub-kernels of four taps. A *tile* is four output rows, and its input the seven rows that
//! four taps read for them. Tiles are four rows apart, so sub-kernel s of tile i reads the transformed tile i + s: in the
//! transformed domain a kernel of 3, 7 or 11 taps is a convolution of 1, 2 or 3 taps along the tiles, in seven independent
//! planes. That is 7, 14 or 21 products for four outputs instead of 12, 28 or 44. With dilation d, the rows r, r + d, r +
//! 2d, ... form an independent convolution for each phase r = row mod d. A loop processes a *window* of tiles at a time,
//! since the planes of all would take too much memory.
//!
//! Winograd, "Arithmetic Complexity of Computations" (1980); Lavin and Gray, arXiv 1509.09308.

use bytemuck::{Pod, Zeroable};

use super::super::twins::Twins;
use super::super::{dispatch_1d, shader};
use super::params::Params as ConvParams;
use super::record_executed;
use super::variants::tiled_kernel;
use super::winograd_weight::{PLANES, TILE, WinogradWeight};
use crate::batch::BatchEntry;
use crate::error::Result;
use crate::gpu::{Access, BufferView};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};
use crate::variant::ConvVariant;

pub(crate) static WINOGRAD_INPUT: Twins = Twins::new::<InputParams>(
    (
        "winograd_input",
        shader!("winograd_input.wgsl", "lib/x_buffer.wgsl", "lib/index.wgsl", "lib/math.wgsl"),
        &[Access::Read, Access::Read, Access::Read, Access::Write],
    ),
    (
        "winograd_input.texture",
        shader!("winograd_input.wgsl", "lib/x_texture.wgsl", "lib/texel.wgsl", "lib/index.wgsl", "lib/math.wgsl"),
        &[Access::TEXTURE_F32, Access::Read, Access::Read, Access::Write],
    ),
);

pub(crate) static WINOGRAD_OUTPUT: Twins = Twins::new::<OutputParams>(
    (
        "winograd_output",
        shader!("winograd_output.wgsl", "lib/x_buffer.wgsl", "lib/residual_buffer.wgsl", "lib/index.wgsl"),
        &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    ),
    (
        "winograd_output.texture",
        shader!(
            "winograd_output.wgsl",
            "lib/x_texture.wgsl",
            "lib/residual_texture.wgsl",
            "lib/texel.wgsl",
            "lib/index.wgsl"
        ),
        &[Access::TEXTURE_F32, Access::Read, Access::TEXTURE_F32, Access::Read, Access::Write],
    ),
);

/// Values per plane that are transformed at a time: enough to occupy a GPU, few enough that the planes of input and
/// output together take 30 MB.
const WINDOW: u32 = 1 << 19;
/// Lower bound on the tiles per window, in wide networks: 16 utterances of 5 phases, each with one tile and two extra ones,
/// need 240.
const MIN_TILES: u32 = 512;
/// Upper bound on the tiles per window, in narrow networks.
const MAX_TILES: u32 = 4096;

/// For predictions ([`Graph::executed`]): operations of an invocation of the input transform, the norm and Snake. A vector
/// instruction counts as two operations, as a fused multiply-add does; Mesa's compiler makes 796 of them for AMD's RDNA 3.
const INPUT_FLOPS: u64 = 1_592;
/// Likewise for the output transform, of 270 instructions.
const OUTPUT_FLOPS: u64 = 540;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct InputParams {
    rows: u32,
    pitch4: u32,
    dilation: u32,
    padding: u32,
    first: u32,
    in_tiles: u32,
    x_offset4: u32,
    affine_offset4: u32,
    v_offset4: u32,
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
    /// Where the residual is: 0, there is none; 1, in the binding `residual`; 2, in y, which is overwritten (in place).
    residual_from: u32,
    has_sum: u32,
    scale: f32,
    m_offset4: u32,
    y_offset4: u32,
}

/// y = (conv(snake(a x + b)) + bias + residual + sum) scale, with stride 1 and a padding that keeps the number of rows.
pub(crate) struct WinogradConv<'a> {
    pub weight: &'a WinogradWeight,
    pub dilation: u32,
    /// \[2, channels\], from [`InstanceNorm`](crate::kernels::InstanceNorm).
    pub affine: Tensor,
    /// Snake's parameter, one value per channel.
    pub alpha: &'a BufferView,
    pub residual: Option<Tensor>,
    /// Writes y over the residual, which no later step may read.
    pub in_place: bool,
    pub sum: Option<Tensor>,
    pub scale: f32,
}

/// The tiles of one iteration: for each phase, `tiles` tiles from `first` on.
#[derive(Clone, Copy)]
struct Window {
    first: u32,
    tiles: u32,
    /// `tiles`, plus the extra tiles that only the second and third sub-kernels read.
    in_tiles: u32,
    /// Start of the utterance's planes.
    offset4: u32,
}

impl WinogradConv<'_> {
    /// \[rows, channels\] -> \[rows, channels\].
    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let WinogradWeight { channels, taps, .. } = *self.weight;
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
            move |entry| tiling.windows(entry),
            |graph| {
                self.record_input(graph, tiling, x, v)?;
                self.record_products(graph, tiling, v, m)?;
                self.record_output(graph, tiling, m, y)
            },
        )?;
        Ok(y)
    }

    fn record_input(&self, graph: &mut Graph, tiling: Tiling, x: Tensor, v: Tensor) -> Result<()> {
        let (dilation, shape, affine, pitch4) = (self.dilation, x.shape, self.affine.shape, x.shape.pitch4());
        let padding = (self.weight.taps - 1) / 2 * dilation;
        let operands = vec![x.into(), self.affine.into(), self.alpha.into(), v.into()];
        graph.loop_step(WINOGRAD_INPUT.of(graph.conv()), operands, move |entry, iteration| {
            let Window { first, in_tiles, offset4: v_offset4, .. } = tiling.window(entry, iteration);
            let (rows, x_offset4, affine_offset4) = (shape.rows.at(entry), shape.start4(entry), affine.start4(entry));
            let params =
                InputParams { rows, pitch4, dilation, padding, first, in_tiles, x_offset4, affine_offset4, v_offset4 };
            (params, dispatch_1d(dilation * in_tiles * pitch4))
        })?;
        graph.bytes(move |entry| shape.bytes(entry) + tiling.plane_bytes(entry));
        graph.texels(|params: &InputParams| {
            let tile_rows = TILE * params.dilation;
            // A phase's last tile reads three rows of the phase after its own four.
            let [start, end] = [tile_rows * params.first, tile_rows * (params.first + params.in_tiles + 1)];
            let at = |row: u32| params.x_offset4 + row.saturating_sub(params.padding).min(params.rows) * params.pitch4;
            [at(start)..at(end), 0..0]
        });
        graph.executed(|params: &InputParams, _, executed| {
            executed.flops = INPUT_FLOPS * u64::from(params.dilation * params.in_tiles * params.pitch4);
        });
        Ok(())
    }

    fn record_products(&self, graph: &mut Graph, tiling: Tiling, v: Tensor, m: Tensor) -> Result<()> {
        let WinogradWeight { matrix, bias, channels, taps, .. } = self.weight;
        let (dilation, shape, pitch4) = (self.dilation, tiling.shape, tiling.shape.pitch4());
        // v stands in for the residual, which is absent.
        let operands = vec![v.into(), matrix.into(), bias.into(), v.into(), m.into()];
        let tiled = tiled_kernel(graph.conv(), self.weight.precision, [*channels; 2]);
        graph.loop_step(&tiled.kernel, operands, move |entry, iteration| {
            let Window { in_tiles, offset4, .. } = tiling.window(entry, iteration);
            // One convolution over the tiles of all phases. The last subs - 1 rows of each phase mix in the next phase's;
            // winograd_output skips them.
            let rows = dilation * in_tiles;
            let params = ConvParams {
                planes: PLANES,
                has_bias: 0, // winograd_output adds it
                x_offset4: offset4,
                y_offset4: offset4,
                ..ConvParams::new([rows, rows], [pitch4, pitch4], tiling.subs)
            };
            (params, tiled.groups(&params))
        })?;
        graph.splittable::<ConvParams>();
        record_executed(graph, tiled);
        // As for the direct algorithm (Graph::flops); record_executed counts Winograd's.
        let flops_per_row = 2 * u64::from(*channels) * u64::from(*channels) * u64::from(*taps);
        graph.flops(move |entry| u64::from(shape.rows.at(entry)) * flops_per_row);
        let matrix_bytes = matrix.size;
        graph.bytes(move |entry| 2 * tiling.plane_bytes(entry) + matrix_bytes * u64::from(tiling.windows(entry)));
        Ok(())
    }

    fn record_output(&self, graph: &mut Graph, tiling: Tiling, m: Tensor, y: Tensor) -> Result<()> {
        let (dilation, scale, shape, pitch4) = (self.dilation, self.scale, y.shape, y.shape.pitch4());
        // A texture has a copy of y, so that the residual can be read from there in place too.
        let overwrites = self.in_place && graph.conv() != ConvVariant::Texture;
        // m stands in for operands that are absent.
        let (residual_from, residual) = match self.residual {
            None => (0, m),
            Some(_) if overwrites => (2, m),
            Some(residual) => (1, residual),
        };
        let (has_sum, sum) = (self.sum.is_some().into(), self.sum.unwrap_or(m));
        let operands = vec![m.into(), (&self.weight.bias).into(), residual.into(), sum.into(), y.into()];
        graph.loop_step(WINOGRAD_OUTPUT.of(graph.conv()), operands, move |entry, iteration| {
            let Window { first, tiles, in_tiles, offset4: m_offset4 } = tiling.window(entry, iteration);
            let params = OutputParams {
                rows: shape.rows.at(entry),
                pitch4,
                dilation,
                first,
                tiles,
                in_tiles,
                residual_from,
                has_sum,
                scale,
                m_offset4,
                y_offset4: shape.start4(entry),
            };
            (params, dispatch_1d(dilation * tiles * pitch4))
        })?;
        let signals = 1 + u64::from(residual_from.min(1)) + u64::from(has_sum);
        graph.bytes(move |entry| tiling.plane_bytes(entry) + signals * shape.bytes(entry));
        graph.texels(|params: &OutputParams| {
            let planes4 = PLANES * params.dilation * params.in_tiles * params.pitch4;
            let at = |tile: u32| params.y_offset4 + (TILE * params.dilation * tile).min(params.rows) * params.pitch4;
            let rows4 = at(params.first)..at(params.first + params.tiles);
            let residual4 = if params.residual_from == 1 { rows4 } else { 0..0 };
            [params.m_offset4..params.m_offset4 + planes4, residual4]
        });
        graph.executed(|params: &OutputParams, _, executed| {
            executed.flops = OUTPUT_FLOPS * u64::from(params.dilation * params.tiles * params.pitch4);
        });
        Ok(())
    }
}

/// The division of the rows into tiles, and of the tiles into windows.
#[derive(Clone, Copy)]
struct Tiling {
    shape: Shape,
    dilation: u32,
    /// Sub-kernels of four taps each.
    subs: u32,
    /// Room for transformed tiles, the extra ones included, which all phases and utterances of a replay share.
    window_tiles: u32,
}

impl Tiling {
    fn new(shape: Shape, dilation: u32, taps: u32) -> Self {
        let window_tiles = (WINDOW / shape.pitch).clamp(MIN_TILES, MAX_TILES);
        Self { shape, dilation, subs: taps.div_ceil(TILE), window_tiles }
    }

    /// Output tiles per iteration, for one phase of one utterance.
    fn per_window(&self, entry: &BatchEntry) -> u32 {
        self.window_tiles / entry.batch_size / self.dilation - (self.subs - 1)
    }

    /// Tiles per phase.
    fn tiles(&self, entry: &BatchEntry) -> u32 {
        self.shape.rows.at(entry).div_ceil(TILE * self.dilation)
    }

    fn windows(&self, entry: &BatchEntry) -> u32 {
        self.tiles(entry).div_ceil(self.per_window(entry))
    }

    fn window(&self, entry: &BatchEntry, iteration: u32) -> Window {
        let first = iteration * self.per_window(entry);
        let tiles = self.per_window(entry).min(self.tiles(entry).saturating_sub(first));
        let in_tiles = if tiles == 0 { 0 } else { tiles + self.subs - 1 };
        let offset4 = self.window_tiles / entry.batch_size * entry.batch_index * PLANES * self.shape.pitch4();
        Window { first, tiles, in_tiles, offset4 }
    }

    /// Bytes of the input planes (or output planes) over all iterations, with the tiles that two windows share.
    fn plane_bytes(&self, entry: &BatchEntry) -> u64 {
        let tiles = self.tiles(entry) + (self.subs - 1) * self.windows(entry);
        u64::from(PLANES * self.dilation * self.shape.pitch4()) * u64::from(tiles) * 16
    }
}
