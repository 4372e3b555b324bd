//! The STFT of the source, and the inverse STFT that makes the samples.

use bytemuck::{Pod, Zeroable};

use super::{shader, spread};
use crate::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static STFT: Kernel = Kernel {
    name: "stft",
    prelude: "",
    source: shader!("lib/math.wgsl", "lib/cosines.wgsl", "stft.wgsl"),
    bindings: &[Access::Read, Access::Write],
    params: size_of::<StftParams>(),
};

pub(super) static ISTFT: Kernel = Kernel {
    name: "istft",
    prelude: "",
    source: shader!("lib/math.wgsl", "lib/cosines.wgsl", "istft.wgsl"),
    bindings: &[Access::Read, Access::Write],
    params: size_of::<IstftParams>(),
};

/// Samples between two frames.
pub(super) const HOP: u32 = 5;
/// Magnitudes, then angles.
pub(crate) const SPECTRUM: u32 = 22;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct StftParams {
    samples: u32,
    frames: u32,
    pitch: u32,
    x_at: u32,
    y_at: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct IstftParams {
    frames: u32,
    pitch: u32,
    x_at: u32,
    y_at: u32,
}

/// \[5 n\] samples -> \[n + 1, 22\] magnitudes and angles; `frames` is n + 1.
pub(crate) fn stft(graph: &mut Graph, x: Tensor, frames: Dim) -> Result<Tensor> {
    graph.check(
        "stft",
        x.shape == Shape::dense(x.shape.rows) && x.shape.rows.plus(HOP) == frames.times(HOP),
        || format!("x is {}, expected 5 times {frames} less one", x.shape),
    )?;
    let shape = Shape::new(frames, SPECTRUM);
    let y = graph.tensor(shape);
    graph.step(&STFT, vec![x.into(), y.into()], move |run| {
        let (samples, frames, pitch) = (x.shape.rows.at(run), frames.at(run), shape.pitch);
        let (x_at, y_at) = (x.shape.start(run), shape.start(run));
        (StftParams { samples, frames, pitch, x_at, y_at }, spread(frames))
    })?;
    Ok(y)
}

/// \[n + 1, 22\] log magnitudes and phases -> \[5 n\] samples; `samples` is 5 n.
pub(crate) fn istft(graph: &mut Graph, x: Tensor, samples: Dim) -> Result<Tensor> {
    let frames = x.shape.rows;
    let holds = x.shape == Shape::new(frames, SPECTRUM) && samples.plus(HOP) == frames.times(HOP);
    graph.check("istft", holds, || format!("x is {}, expected [{samples} / 5 + 1, {SPECTRUM}]", x.shape))?;
    let y = graph.tensor(Shape::dense(samples));
    let pitch = x.shape.pitch;
    graph.step(&ISTFT, vec![x.into(), y.into()], move |run| {
        let (frames, x_at, y_at) = (frames.at(run), x.shape.start(run), y.shape.start(run));
        (IstftParams { frames, pitch, x_at, y_at }, spread(frames))
    })?;
    Ok(y)
}
