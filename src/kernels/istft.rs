//! The inverse STFT, whose result is the audio.

use bytemuck::{Pod, Zeroable};

use super::stft::{HOP, SPECTRUM};
use super::{dispatch_1d, shader};
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static ISTFT: Kernel = Kernel {
    name: "istft",
    source: shader!("istft.wgsl", "lib/index.wgsl", "lib/math.wgsl", "lib/cosines.wgsl"),
    bindings: &[Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

/// Operations for one hop: four frames of 11 bins, each an exponential, three sines or cosines and five values. Counted roughly.
const FLOPS: u64 = 5_000;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    frames: u32,
    pitch: u32,
    x_offset: u32,
    y_offset: u32,
}

/// \[n + 1, 22\] log magnitudes and phases -> \[5 * n\] samples; `samples` is 5 n.
pub(crate) fn istft(graph: &mut Graph, x: Tensor, samples: Dim) -> Result<Tensor> {
    let frames = x.shape.rows;
    let fits = x.shape == Shape::new(frames, SPECTRUM) && samples.plus(HOP) == frames.times(HOP);
    graph.check("istft", fits, || format!("x is {}, expected [{samples} / {HOP} + 1, {SPECTRUM}]", x.shape))?;
    let y = graph.tensor(Shape::dense(samples));
    let pitch = x.shape.pitch;
    graph.step(&ISTFT, vec![x.into(), y.into()], move |entry| {
        let (frames, x_offset, y_offset) = (frames.at(entry), x.shape.start(entry), y.shape.start(entry));
        (Params { frames, pitch, x_offset, y_offset }, dispatch_1d(frames))
    })?;
    graph.executed(|params: &Params, _, executed| executed.flops = FLOPS * u64::from(params.frames));
    Ok(y)
}
