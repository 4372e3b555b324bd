//! The residual blocks, each the counterpart of a torch module.

use std::f32::consts::FRAC_1_SQRT_2;

use super::super::layers::{AdaIn1d, Modulations, load_conv};
use super::super::upload;
use crate::checkpoint::Checkpoint;
use crate::error::Result;
use crate::gpu::BufferView;
use crate::graph::{Graph, Tensor};
use crate::kernels::{Conv1d, ConvWeight, DepthwiseTranspose, WinogradConv, WinogradWeight};
use crate::weights::{Scope, ready};

/// AdainResBlk1d: two convolutions, each after an adaptive norm and a LeakyReLU, plus a shortcut, over sqrt 2.
#[derive(Debug)]
pub(crate) struct AdainResBlk1d {
    norm1: AdaIn1d,
    pool: Option<Pool>,
    conv1: ConvWeight,
    norm2: AdaIn1d,
    conv2: ConvWeight,
    conv1x1: Option<ConvWeight>,
}

/// The depthwise transposed convolution that doubles the rows.
#[derive(Debug)]
struct Pool {
    weight: BufferView,
    bias: BufferView,
}

impl Pool {
    const TAPS: u32 = 3;

    fn load(scope: &Scope<'_>, channels: u32) -> Result<Self> {
        // torch's [channels, 1, taps] -> [taps, channels].
        let (taps, pitch) = (Self::TAPS as usize, channels.next_multiple_of(4) as usize);
        let values = scope.module.weight_norm_reader(&[channels, 1, Self::TAPS]);
        let packed = move |checkpoint: &Checkpoint| {
            let values = values(checkpoint)?;
            let mut packed = vec![0.0; taps * pitch];
            for (c, filter) in values.chunks_exact(taps).enumerate() {
                for (k, value) in filter.iter().enumerate() {
                    packed[k * pitch + c] = *value;
                }
            }
            Ok(packed)
        };
        let weight = scope.upload(taps * pitch, Box::new(packed))?;
        Ok(Self { weight, bias: scope.upload_channels(channels, 0.0, scope.module.reader("bias", &[channels]))? })
    }

    fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let Self { weight, bias } = self;
        let op = DepthwiseTranspose { weight, bias, taps: Self::TAPS, stride: 2, padding: 1, output_padding: 1 };
        op.record(graph, x)
    }
}

impl AdainResBlk1d {
    pub fn load(
        scope: &Scope<'_>,
        inputs: u32,
        out: u32,
        upsample: bool,
        modulations: &mut Modulations,
    ) -> Result<Self> {
        let conv1x1 = scope.scope("conv1x1");
        let shape = [out, inputs, 1];
        let shortcut = |scope: &Scope<'_>| {
            upload::conv(scope, shape, scope.module.weight_norm_reader(&shape), ready(vec![0.0; out as usize]))
        };
        Ok(Self {
            norm1: AdaIn1d::load(&scope.scope("norm1"), inputs, modulations)?,
            pool: upsample.then(|| Pool::load(&scope.scope("pool"), inputs)).transpose()?,
            conv1: load_conv(&scope.scope("conv1"), inputs, out, 3, true)?,
            norm2: AdaIn1d::load(&scope.scope("norm2"), out, modulations)?,
            conv2: load_conv(&scope.scope("conv2"), out, out, 3, true)?,
            conv1x1: (inputs != out).then(|| shortcut(&conv1x1)).transpose()?,
        })
    }

    /// \[rows, in\] -> \[rows or 2 * rows, out\]. `modulation`: the scales and shifts of all norms, from [`Modulations`].
    pub fn record(&self, graph: &mut Graph, x: Tensor, modulation: Tensor) -> Result<Tensor> {
        let slope = 0.2;
        // A convolution of one tap commutes with nearest-neighbour upsampling. Computed first, it is half the work; the
        // epilogue of conv2 then reads each row twice.
        let shortcut = match &self.conv1x1 {
            Some(weight) => graph.scope("conv1x1", |graph| Conv1d::new(weight).record(graph, x))?,
            None => x,
        };
        let mut y = graph.scope("norm1", |graph| self.norm1.record(graph, x, modulation, slope))?;
        if let Some(pool) = &self.pool {
            y = graph.scope("pool", |graph| pool.record(graph, y))?;
        }
        let conv1 = Conv1d { padding: 1, ..Conv1d::new(&self.conv1) };
        let y = graph.scope("conv1", |graph| conv1.record(graph, y))?;
        let y = graph.scope("norm2", |graph| self.norm2.record(graph, y, modulation, slope))?;
        // If y has twice the rows of the shortcut, row r of y adds row r >> 1 of it.
        let row_shift = self.pool.is_some().into();
        let residual = Some((shortcut, row_shift));
        let conv2 = Conv1d { padding: 1, residual, scale: FRAC_1_SQRT_2, ..Conv1d::new(&self.conv2) };
        graph.scope("conv2", |graph| conv2.record(graph, y))
    }
}

/// AdaINResBlock1: three times a dilated and a plain convolution, each after an adaptive norm and Snake.
#[derive(Debug)]
pub(crate) struct AdaInResBlock1 {
    rounds: [[SnakeConv; 2]; 3],
}

#[derive(Debug)]
struct SnakeConv {
    adain: AdaIn1d,
    alpha: BufferView,
    conv: WinogradWeight,
    dilation: u32,
}

impl AdaInResBlock1 {
    const DILATIONS: [u32; 3] = [1, 3, 5];

    pub fn load(scope: &Scope<'_>, channels: u32, taps: u32, modulations: &mut Modulations) -> Result<Self> {
        let mut half = |number: u32, i: usize, dilation: u32| -> Result<SnakeConv> {
            // Padded with 1, since the kernel divides by alpha.
            let alpha = scope.module.reader(&format!("alpha{number}.{i}"), &[1, channels, 1]);
            let alpha = scope.upload_channels(channels, 1.0, alpha)?;
            Ok(SnakeConv {
                adain: AdaIn1d::load(&scope.scope(format!("adain{number}.{i}")), channels, modulations)?,
                alpha,
                conv: load_winograd(&scope.scope(format!("convs{number}.{i}")), channels, taps)?,
                dilation,
            })
        };
        let mut round = |i: usize| -> Result<_> { Ok([half(1, i, Self::DILATIONS[i])?, half(2, i, 1)?]) };
        Ok(Self { rounds: [round(0)?, round(1)?, round(2)?] })
    }

    /// \[rows, channels\] -> \[rows, channels\]: (block(x) + `sum`) * `scale`, where `sum` is that of the
    /// parallel blocks before it.
    pub fn record(
        &self,
        graph: &mut Graph,
        mut x: Tensor,
        modulation: Tensor,
        sum: Option<Tensor>,
        scale: f32,
    ) -> Result<Tensor> {
        for (i, [first, second]) in self.rounds.iter().enumerate() {
            let last = i + 1 == self.rounds.len();
            let y =
                graph.scope(format!("convs1.{i}"), |graph| first.record(graph, x, modulation, Epilogue::default()))?;
            // Others may read the input of the block, but nothing else reads the results of its rounds.
            let in_place = i > 0;
            let sum = sum.filter(|_| last);
            let epilogue = Epilogue { residual: Some(x), in_place, sum, scale: last.then_some(scale) };
            x = graph.scope(format!("convs2.{i}"), |graph| second.record(graph, y, modulation, epilogue))?;
        }
        Ok(x)
    }
}

/// (conv + residual + sum) * scale.
#[derive(Clone, Copy, Default)]
struct Epilogue {
    residual: Option<Tensor>,
    /// Whether the result overwrites the residual.
    in_place: bool,
    sum: Option<Tensor>,
    scale: Option<f32>,
}

fn load_winograd(scope: &Scope<'_>, channels: u32, taps: u32) -> Result<WinogradWeight> {
    let filters = scope.module.weight_norm_reader(&[channels, channels, taps]);
    upload::winograd(scope, [channels, taps], filters, scope.module.reader("bias", &[channels]))
}

impl SnakeConv {
    fn record(&self, graph: &mut Graph, x: Tensor, modulation: Tensor, epilogue: Epilogue) -> Result<Tensor> {
        let (weight, dilation, alpha) = (&self.conv, self.dilation, &self.alpha);
        let Epilogue { residual, in_place, sum, scale } = epilogue;
        let scale = scale.unwrap_or(1.0);
        let affine = self.adain.affine(graph, x, modulation)?;
        WinogradConv { weight, dilation, affine, alpha, residual, in_place, sum, scale }.record(graph, x)
    }
}
