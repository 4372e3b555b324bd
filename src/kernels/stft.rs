//! The STFT of the harmonic source.

use bytemuck::{Pod, Zeroable};

use super::{dispatch_1d, shader};
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static STFT: Kernel = Kernel {
    name: "stft",
    source: shader!("stft.wgsl", "lib/index.wgsl", "lib/math.wgsl", "lib/cosines.wgsl"),
    bindings: &[Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

/// Samples between two frames.
pub(super) const HOP: u32 = 5;
/// Channels of a spectrum: 11 magnitudes, then 11 angles.
pub(crate) const SPECTRUM: u32 = 22;

/// Operations for one frame: 20 values for the real and imaginary part of 11 bins, then root and angle. Counted roughly.
const FLOPS: u64 = 1_500;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    samples: u32,
    frames: u32,
    pitch: u32,
    x_offset: u32,
    y_offset: u32,
}

/// \[5 * n\] samples -> \[n + 1, 22\] magnitudes and angles; `frames` is n + 1.
pub(crate) fn stft(graph: &mut Graph, x: Tensor, frames: Dim) -> Result<Tensor> {
    graph.check(
        "stft",
        x.shape == Shape::dense(x.shape.rows) && x.shape.rows.plus(HOP) == frames.times(HOP),
        || format!("x is {}, expected {HOP} samples for each of {frames} frames but one", x.shape),
    )?;
    let shape = Shape::new(frames, SPECTRUM);
    let y = graph.tensor(shape);
    graph.step(&STFT, vec![x.into(), y.into()], move |entry| {
        let (samples, frames, pitch) = (x.shape.rows.at(entry), frames.at(entry), shape.pitch);
        let (x_offset, y_offset) = (x.shape.start(entry), shape.start(entry));
        (Params { samples, frames, pitch, x_offset, y_offset }, dispatch_1d(frames))
    })?;
    graph.executed(|params: &Params, _, executed| executed.flops = FLOPS * u64::from(params.frames));
    Ok(y)
}
