//! The recurrence of bidirectional LSTMs.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use super::shader;
use super::twins::Twins;
use crate::batch::BatchEntry;
use crate::error::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Groups, Splittable, Tensor};
use crate::shape::{Dim, Shape};
use crate::variant::Precision;

/// Gates, weight, state, and an output for each of two layers.
const BUFFERS: &[Access] = &[Access::Read, Access::Read, Access::Write, Access::Write, Access::Write];
const TEXTURE: &[Access] = &[Access::Read, Access::TEXTURE_F32, Access::Write, Access::Write, Access::Write];
const TEXTURE_F16: &[Access] = &[Access::Read, Access::TEXTURE_F16, Access::Write, Access::Write, Access::Write];

/// The kernels of so many layers, for weights stored in one precision.
macro_rules! lstm {
    (
        $static:ident, $names:expr, $texture_bindings:ident, $layers:literal,
        $layers_file:literal, $stored:literal, $texture:literal
    ) => {
        pub(super) static $static: Twins = Twins::new::<Params>(
            (
                $names[0],
                shader!("lstm.wgsl", $layers_file, "lstm_loads.wgsl", "lib/w_buffer.wgsl", $stored, "lib/math.wgsl"),
                BUFFERS.split_at(3 + $layers).0,
            ),
            (
                $names[1],
                shader!(
                    "lstm.wgsl",
                    $layers_file,
                    "lstm_broadcasts.wgsl",
                    $texture,
                    "lib/texel.wgsl",
                    $stored,
                    "lib/math.wgsl"
                ),
                $texture_bindings.split_at(3 + $layers).0,
            ),
        );
    };
}

lstm!(
    LSTM,
    ["lstm", "lstm.subgroup.texture"],
    TEXTURE,
    1,
    "lstm_single.wgsl",
    "lib/stored_f32.wgsl",
    "lib/w_texture_f32.wgsl"
);
lstm!(
    LSTM_F16,
    ["lstm.f16", "lstm.subgroup.texture.f16"],
    TEXTURE_F16,
    1,
    "lstm_single.wgsl",
    "lib/stored_f16.wgsl",
    "lib/w_texture_f16.wgsl"
);
lstm!(
    LSTM_PAIR,
    ["lstm.pair", "lstm.pair.subgroup.texture"],
    TEXTURE,
    2,
    "lstm_pair.wgsl",
    "lib/stored_f32.wgsl",
    "lib/w_texture_f32.wgsl"
);
lstm!(
    LSTM_PAIR_F16,
    ["lstm.pair.f16", "lstm.pair.subgroup.texture.f16"],
    TEXTURE_F16,
    2,
    "lstm_pair.wgsl",
    "lib/stored_f16.wgsl",
    "lib/w_texture_f16.wgsl"
);

/// The storage of the weights that a kernel reads, if it is an LSTM.
pub(super) fn stored_precision(kernel: &Kernel) -> Option<Precision> {
    let holds = |twins: [&Twins; 2]| twins.iter().any(|twins| twins.contains(kernel));
    if holds([&LSTM, &LSTM_PAIR]) {
        Some(Precision::F32)
    } else if holds([&LSTM_F16, &LSTM_PAIR_F16]) {
        Some(Precision::F16)
    } else {
        None
    }
}

/// Largest number of hidden units per direction, `MAX_HIDDEN` in lstm.wgsl.
pub(crate) const MAX_HIDDEN: u32 = 256;

/// Maximum number of time steps per dispatch. Mesa 22's CPU driver silently stops all loops of an invocation after 65,535
/// iterations in total. A time step of 256 hidden units has 33, so that a dispatch has at most 16,896, about a quarter. The next
/// dispatch goes on from the state buffer.
const MAX_TIME_STEPS: u32 = 512;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    /// Time steps of the utterance.
    rows: u32,
    hidden: u32,
    /// The first time step of this dispatch, and their number.
    first: u32,
    count: u32,
    /// Start of the utterance's gates, state and y, in values.
    gates_offset: u32,
    state_offset: u32,
    y_offset: u32,
    directions: u32,
}

impl Splittable for Params {
    /// Each direction occupies one workgroup only. On two CPU cores an operation takes 13 times as long as a convolution's; 32 is
    /// assumed, because wider devices idle more.
    const RELATIVE_COST: u64 = 32;

    /// The parts are time steps: the state buffer carries over to the next dispatch.
    fn parts(&self, _: Groups) -> u32 {
        self.count
    }

    fn restrict(&mut self, _: &mut Groups, parts: Range<u32>) {
        self.first += parts.start;
        self.count = parts.len() as u32;
    }
}

/// The recurrence of both directions of one layer or two. `weight`: \[layers, 2 directions, hidden / 4, 4 gates, hidden\] of vec4,
/// each four neighbouring columns of W_hh.
pub(crate) struct Lstm<'a> {
    pub weight: &'a BufferView,
    /// Storage of the weight.
    pub precision: Precision,
    pub hidden: u32,
}

impl Lstm<'_> {
    /// `gates`, W_ih x and both biases, is \[rows, 2 directions * 4 gates * hidden\] -> \[rows, 2 * hidden\].
    pub fn record(&self, graph: &mut Graph, gates: Tensor) -> Result<Tensor> {
        let y = graph.tensor(Shape::new(gates.shape.rows, 2 * self.hidden));
        self.record_layers(graph, [&LSTM, &LSTM_F16], gates, &[y])?;
        Ok(y)
    }

    /// Two independent layers in one dispatch, since one layer occupies little of a GPU and its steps are sequential.
    /// `gates` is \[rows, 2 layers * 2 directions * 4 gates * hidden\].
    pub fn record_pair(&self, graph: &mut Graph, gates: Tensor) -> Result<[Tensor; 2]> {
        let y = [0; 2].map(|_| graph.tensor(Shape::new(gates.shape.rows, 2 * self.hidden)));
        self.record_layers(graph, [&LSTM_PAIR, &LSTM_PAIR_F16], gates, &y)?;
        Ok(y)
    }

    /// `twins`: for float32 and for float16 weights.
    fn record_layers(&self, graph: &mut Graph, twins: [&'static Twins; 2], gates: Tensor, y: &[Tensor]) -> Result<()> {
        let twins = match self.precision {
            Precision::F32 => twins[0],
            Precision::F16 => twins[1],
        };
        let kernel = twins.of(graph.conv());
        let (hidden, layers) = (self.hidden, y.len() as u32);
        graph.expect("lstm", "gates", gates.shape, Shape::new(gates.shape.rows, layers * 8 * hidden))?;
        graph.check("lstm", hidden.is_multiple_of(8) && hidden <= MAX_HIDDEN, || {
            format!("{hidden} hidden units, expected a multiple of 8 up to {MAX_HIDDEN}")
        })?;
        let (rows, y_shape, directions) = (gates.shape.rows, y[0].shape, 2 * layers);
        let state = graph.tensor(Shape::new(Dim::fixed(2 * directions), hidden));
        let weight_bytes = self.precision.bytes();
        let mut operands = vec![gates.into(), self.weight.into(), state.into()];
        operands.extend(y.iter().map(|y| (*y).into()));
        let iterations = move |entry: &BatchEntry| rows.at(entry).div_ceil(MAX_TIME_STEPS);
        graph.repeat(iterations, |graph| {
            graph.loop_step(kernel, operands, move |entry, iteration| {
                let (rows, first) = (rows.at(entry), iteration * MAX_TIME_STEPS);
                let count = MAX_TIME_STEPS.min(rows.saturating_sub(first));
                let [gates_offset, state_offset, y_offset] =
                    [gates.shape, state.shape, y_shape].map(|shape| shape.start(entry));
                (
                    Params { rows, hidden, first, count, gates_offset, state_offset, y_offset, directions },
                    [directions, 1, 1],
                )
            })?;
            graph.splittable::<Params>();
            graph.texels(|params: &Params| [0..params.directions * params.hidden * params.hidden, 0..0]);
            graph.executed(move |params: &Params, _, executed| {
                let Params { count, hidden, directions, .. } = *params;
                let [count, hidden, directions] = [count, hidden, directions].map(u64::from);
                // Each time step loads all of W_hh again, in hidden / 8 rounds of eight vec4 that an invocation waits for, then
                // four gates in one more round, and stores one output. The state (h, c) is loaded before the time steps and
                // stored after them.
                executed.moved_bytes =
                    directions * hidden * (count * (weight_bytes * 4 * hidden + 4 * (4 + 1)) + 4 * 2 * 2);
                executed.rounds = count * (hidden / 8 + 1);
            });
            Ok(())
        })?;
        let flops_per_row = u64::from(layers) * 16 * u64::from(hidden) * u64::from(hidden);
        graph.flops(move |entry| u64::from(rows.at(entry)) * flops_per_row);
        Ok(())
    }
}
