//! The harmonic source: sines at multiples of F0, and noise.

use bytemuck::{Pod, Zeroable};

use super::{dispatch_1d, shader};
use crate::error::Result;
use crate::gpu::{Access, BufferView, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::Shape;

pub(super) static SOURCE_PHASE: Kernel = Kernel {
    name: "source_phase",
    source: shader!("source_phase.wgsl"),
    bindings: &[Access::Read, Access::Write, Access::Write],
    params_bytes: size_of::<PhaseParams>(),
    clamped: true,
};

pub(super) static SOURCE: Kernel = Kernel {
    name: "source",
    source: shader!("source.wgsl", "lib/index.wgsl", "lib/math.wgsl", "lib/noise.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<SourceParams>(),
    clamped: true,
};

/// Number of harmonics, `HARMONICS` in source.wgsl.
pub(crate) const HARMONICS: u32 = 9;
/// Samples per half-frame, `SPAN` in source.wgsl.
pub(super) const SPAN: u32 = 300;

/// Operations for one harmonic of one sample: a sine, and a normal deviate by logarithm, root and cosine. Counted roughly.
const FLOPS: u64 = 200;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct PhaseParams {
    rows: u32,
    f0_pitch: u32,
    pitch: u32,
    f0_offset: u32,
    y_offset: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SourceParams {
    samples: u32,
    rows: u32,
    f0_pitch: u32,
    pitch: u32,
    seed: u32,
    f0_offset: u32,
    turns_offset: u32,
    y_offset: u32,
}

/// The linear layer that mixes the harmonics into one signal.
pub(crate) struct SourceLinear<'a> {
    /// \[harmonics\].
    pub weight: &'a BufferView,
    /// \[1\].
    pub bias: &'a BufferView,
}

/// F0 in Hz, \[2 frames, 1\] -> \[600 frames\] samples.
pub(crate) fn source(graph: &mut Graph, linear: &SourceLinear<'_>, f0: Tensor) -> Result<Tensor> {
    let rows = f0.shape.rows;
    graph.expect("source", "f0", f0.shape, Shape::new(rows, 1))?;
    let f0_pitch = f0.shape.pitch;
    let harmonics = Shape::new(rows, HARMONICS);
    let pitch = harmonics.pitch;
    let (turns, sums) = (graph.tensor(harmonics), graph.tensor(harmonics));
    graph.step(&SOURCE_PHASE, vec![f0.into(), turns.into(), sums.into()], move |entry| {
        let (rows, f0_offset, y_offset) = (rows.at(entry), f0.shape.start(entry), harmonics.start(entry));
        (PhaseParams { rows, f0_pitch, pitch, f0_offset, y_offset }, [HARMONICS, 1, 1])
    })?;
    // An invocation reads its stretch of rows / 256 one by one, twice.
    graph.executed(|params: &PhaseParams, _, executed| executed.rounds = 2 * u64::from(params.rows.div_ceil(256)));
    let y = graph.tensor(Shape::dense(rows.times(SPAN)));
    let operands = vec![f0.into(), turns.into(), sums.into(), linear.weight.into(), linear.bias.into(), y.into()];
    graph.step(&SOURCE, operands, move |entry| {
        let rows = rows.at(entry);
        let samples = rows * SPAN;
        let (f0_offset, turns_offset, y_offset) = (f0.shape.start(entry), harmonics.start(entry), y.shape.start(entry));
        (
            SourceParams { samples, rows, f0_pitch, pitch, seed: entry.noise_seed, f0_offset, turns_offset, y_offset },
            dispatch_1d(samples),
        )
    })?;
    graph.executed(|params: &SourceParams, _, executed| executed.flops = FLOPS * u64::from(params.samples * HARMONICS));
    Ok(y)
}
