//! `decoder.generator`: the vocoder, iSTFTNet.

use super::super::layers::{Modulations, load_conv};
use super::super::upload;
use super::blocks::AdaInResBlock1;
use crate::error::Result;
use crate::gpu::BufferView;
use crate::graph::{Graph, Tensor};
use crate::kernels::{Conv1d, ConvWeight, HARMONICS, SPECTRUM, SourceLinear, UpsamplingConv, add, istft, source, stft};
use crate::weights::Scope;

/// Taps of the three residual blocks after each upsampling.
const RESBLOCK_TAPS: [u32; 3] = [3, 7, 11];

#[derive(Debug)]
pub(crate) struct Generator {
    source_weight: BufferView,
    source_bias: BufferView,
    upsamplings: [Upsampling; 2],
    conv_post: ConvWeight,
}

/// One upsampling, the branch of the source that is added, and the residual blocks.
#[derive(Debug)]
struct Upsampling {
    up: UpsamplingConv,
    noise_conv: ConvWeight,
    /// Stride and padding that reduce the rate of the source's spectrum to that of `up`.
    noise_stride: u32,
    noise_padding: u32,
    noise_res: AdaInResBlock1,
    resblocks: [AdaInResBlock1; 3],
}

impl Upsampling {
    /// `rate`: the factor of this upsampling; `rest`: the factor of the later ones.
    fn load(
        scope: &Scope<'_>,
        i: u32,
        channels: u32,
        [rate, rest]: [u32; 2],
        noise_res_taps: u32,
        modulations: &mut Modulations,
    ) -> Result<Self> {
        let out = channels / 2;
        let up = scope.scope(format!("ups.{i}"));
        let values = up.module.weight_norm_reader(&[channels, out, 2 * rate]);
        let noise_conv_taps = if rest > 1 { 2 * rest } else { 1 };
        let mut resblock = |j: u32, taps| {
            AdaInResBlock1::load(&scope.scope(format!("resblocks.{}", 3 * i + j)), out, taps, modulations)
        };
        let [first, second, third] = RESBLOCK_TAPS;
        let resblocks = [resblock(0, first)?, resblock(1, second)?, resblock(2, third)?];
        Ok(Self {
            up: upload::upsampling(scope, [channels, out, rate], values, up.module.reader("bias", &[out]))?,
            noise_conv: load_conv(&scope.scope(format!("noise_convs.{i}")), SPECTRUM, out, noise_conv_taps, false)?,
            noise_stride: rest,
            noise_padding: rest / 2,
            noise_res: AdaInResBlock1::load(&scope.scope(format!("noise_res.{i}")), out, noise_res_taps, modulations)?,
            resblocks,
        })
    }

    fn record(&self, graph: &mut Graph, i: u32, x: Tensor, har: Tensor, modulation: Tensor) -> Result<Tensor> {
        let noise_conv =
            Conv1d { stride: self.noise_stride, padding: self.noise_padding, ..Conv1d::new(&self.noise_conv) };
        let noise = graph.module(format!("noise_convs.{i}"), |graph| noise_conv.record(graph, har))?;
        let noise = graph
            .module(format!("noise_res.{i}"), |graph| self.noise_res.record(graph, noise, modulation, None, 1.0))?;
        let ups = format!("ups.{i}");
        let up = graph.module(&ups, |graph| self.up.record(graph, x, 0.1))?;
        // After the last upsampling the source has one row more, 120 F + 1, and `add` pads x to that by reflection.
        let x = graph.scope(ups, |graph| add(graph, up, noise, None, 1.0))?;
        // The mean of the three blocks. Each adds the sum so far in its last epilogue, unless the values
        // of a single block are requested.
        let names = [0, 1, 2].map(|j| format!("resblocks.{}", 3 * i + j));
        let separate = names.iter().any(|name| graph.wants(&format!("{}.{name}", graph.path())));
        let mut blocks: Vec<Tensor> = Vec::new();
        for (j, name) in names.into_iter().enumerate() {
            let scale = if j == 2 && !separate { 1.0 / 3.0 } else { 1.0 };
            let sum = blocks.last().copied().filter(|_| !separate);
            blocks.push(graph.module(name, |graph| self.resblocks[j].record(graph, x, modulation, sum, scale))?);
        }
        match blocks[..] {
            [a, b, c] if separate => add(graph, a, b, Some(c), 1.0 / 3.0),
            _ => Ok(blocks.pop().unwrap_or(x)),
        }
    }
}

impl Generator {
    pub fn load(scope: &Scope<'_>, channels: u32, modulations: &mut Modulations) -> Result<Self> {
        let linear = scope.scope("m_source.l_linear");
        Ok(Self {
            source_weight: linear.upload_channels(HARMONICS, 0.0, linear.module.reader("weight", &[1, HARMONICS]))?,
            source_bias: linear.upload_channels(1, 0.0, linear.module.reader("bias", &[1]))?,
            upsamplings: [
                Upsampling::load(scope, 0, channels, [10, 6], 7, modulations)?,
                Upsampling::load(scope, 1, channels / 2, [6, 1], 11, modulations)?,
            ],
            conv_post: load_conv(&scope.scope("conv_post"), channels / 4, SPECTRUM, 7, true)?,
        })
    }

    /// \[2 frames, channels\] and F0 \[2 frames, 1\] -> \[600 frames\] samples.
    pub fn record(&self, graph: &mut Graph, mut x: Tensor, f0: Tensor, modulation: Tensor) -> Result<Tensor> {
        let linear = SourceLinear { weight: &self.source_weight, bias: &self.source_bias };
        let sines = graph.module("m_source", |graph| source(graph, &linear, f0))?;
        let spectrum_frames = x.shape.rows.times(60).plus(1);
        let har = graph.scope("stft", |graph| stft(graph, sines, spectrum_frames))?;
        let har = graph.stage("decoder.generator.har", har);
        for (i, upsampling) in (0..).zip(&self.upsamplings) {
            x = upsampling.record(graph, i, x, har, modulation)?;
        }
        let conv_post = Conv1d { padding: 3, in_slope: 0.01, ..Conv1d::new(&self.conv_post) };
        let x = graph.module("conv_post", |graph| conv_post.record(graph, x))?;
        let samples = graph.scope("istft", |graph| istft(graph, x, sines.shape.rows))?;
        Ok(graph.stage("audio", samples))
    }
}
