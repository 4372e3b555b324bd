//! The recurrence of bidirectional LSTMs.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::Result;
use crate::batch::BatchEntry;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Groups, Splittable, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static LSTM: Kernel = Kernel {
    name: "lstm",
    prelude: "",
    source: shader!("lib/math.wgsl", "lstm_y.wgsl", "lstm.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Write, Access::Write],
    params: size_of::<Params>(),
};

pub(super) static LSTM_PAIR: Kernel = Kernel {
    name: "lstm.pair",
    prelude: "",
    source: shader!("lib/math.wgsl", "lstm_y_pair.wgsl", "lstm.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Write, Access::Write, Access::Write],
    params: size_of::<Params>(),
};

/// Units of one direction, at most: `MAX_HIDDEN` in lstm.wgsl.
pub(crate) const MAX_HIDDEN: u32 = 256;

/// Steps of one dispatch. Mesa 22's CPU driver stops all loops of an invocation after 65,535 turns, silently; a
/// step of 256 units is 65 turns.
const STEPS: u32 = 512;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    hidden: u32,
    first: u32,
    count: u32,
    gates_at: u32,
    state_at: u32,
    y_at: u32,
    directions: u32,
}

impl Splittable for Params {
    /// A direction runs in one workgroup, and the rest of the GPU idles: 13 on two CPU cores, more where there are more.
    const RELATIVE_COST: u64 = 32;

    /// Steps of time: the state stays where the next dispatch finds it.
    fn units(&self, _: Groups) -> u32 {
        self.count
    }

    fn restrict(&mut self, _: &mut Groups, units: Range<u32>) {
        self.first += units.start;
        self.count = units.len() as u32;
    }
}

/// The recurrence of both directions. `weight`: \[2, hidden / 4, 4 gates, hidden\] of vec4 along the input; of two
/// layers, one behind the other.
pub(crate) struct Lstm<'a> {
    pub weight: &'a BufferView,
    pub hidden: u32,
}

impl Lstm<'_> {
    /// The gates' input part, \[rows, 2 directions * 4 gates * hidden\] -> \[rows, 2 hidden\].
    pub fn record(&self, graph: &mut Graph, gates: Tensor) -> Result<Tensor> {
        let y = graph.tensor(Shape::new(gates.shape.rows, 2 * self.hidden));
        self.step(graph, &LSTM, gates, &[y])?;
        Ok(y)
    }

    /// Two independent layers in one dispatch: neither fills a GPU, and each step waits for the one before. The gates of
    /// the second lie beside the first's, \[rows, 2 layers * 2 directions * 4 gates * hidden\].
    pub fn record_pair(&self, graph: &mut Graph, gates: Tensor) -> Result<[Tensor; 2]> {
        let y = [0; 2].map(|_| graph.tensor(Shape::new(gates.shape.rows, 2 * self.hidden)));
        self.step(graph, &LSTM_PAIR, gates, &y)?;
        Ok(y)
    }

    fn step(&self, graph: &mut Graph, kernel: &'static Kernel, gates: Tensor, y: &[Tensor]) -> Result<()> {
        let (hidden, layers) = (self.hidden, y.len() as u32);
        graph.expect("lstm", "gates", gates.shape, Shape::new(gates.shape.rows, layers * 8 * hidden))?;
        graph.check("lstm", hidden.is_multiple_of(4) && hidden <= MAX_HIDDEN, || {
            format!("{hidden} units, expected a multiple of 4 up to {MAX_HIDDEN}")
        })?;
        let (rows, y_shape, directions) = (gates.shape.rows, y[0].shape, 2 * layers);
        let state = graph.tensor(Shape::new(Dim::fixed(2 * directions), hidden));
        let mut operands = vec![gates.into(), self.weight.into(), state.into()];
        operands.extend(y.iter().map(|y| (*y).into()));
        let turns = move |run: &BatchEntry| rows.at(run).div_ceil(STEPS);
        graph.repeat(turns, |graph| {
            graph.loop_step(kernel, operands, move |run, turn| {
                let (rows, first) = (rows.at(run), turn * STEPS);
                let count = STEPS.min(rows.saturating_sub(first));
                let [gates_at, state_at, y_at] = [gates.shape, state.shape, y_shape].map(|shape| shape.start(run));
                (Params { rows, hidden, first, count, gates_at, state_at, y_at, directions }, [directions, 1, 1])
            })?;
            graph.splittable::<Params>();
            Ok(())
        })?;
        let a_row = u64::from(layers) * 16 * u64::from(hidden) * u64::from(hidden);
        graph.flops(move |run| u64::from(rows.at(run)) * a_row);
        Ok(())
    }
}
