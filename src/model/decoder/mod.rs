//! `decoder`: aligned text, F0, energy and style -> samples.

mod blocks;
mod generator;

pub(crate) use blocks::AdainResBlk1d;
use generator::Generator;

use super::Config;
use super::layers::{Linear, Modulations, load_conv};
use crate::error::Result;
use crate::graph::{Graph, Tensor};
use crate::kernels::{Conv1d, ConvWeight, concat};
use crate::weights::Scope;

#[derive(Debug)]
pub(crate) struct Decoder {
    f0_conv: ConvWeight,
    n_conv: ConvWeight,
    asr_res: ConvWeight,
    encode: AdainResBlk1d,
    decode: Vec<AdainResBlk1d>,
    generator: Generator,
    modulations: Linear,
}

impl Decoder {
    pub fn load(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let (width, residual) = (config.decoder_dim, config.asr_res_dim);
        let vocoder = config.istftnet.upsample_initial_channel;
        let mut modulations = Modulations::new(config.style_dim);
        let encode =
            AdainResBlk1d::load(&scope.scope("encode"), config.hidden_dim + 2, width, false, &mut modulations)?;
        let decode = (0..4).map(|i| {
            let (out, upsample) = if i == 3 { (vocoder, true) } else { (width, false) };
            AdainResBlk1d::load(
                &scope.scope(format!("decode.{i}")),
                width + residual + 2,
                out,
                upsample,
                &mut modulations,
            )
        });
        let decode = decode.collect::<Result<_>>()?;
        let generator = Generator::load(&scope.scope("generator"), vocoder, &mut modulations)?;
        Ok(Self {
            f0_conv: load_conv(&scope.scope("F0_conv"), 1, 1, 3, true)?,
            n_conv: load_conv(&scope.scope("N_conv"), 1, 1, 3, true)?,
            asr_res: load_conv(&scope.scope("asr_res.0"), config.hidden_dim, residual, 1, true)?,
            encode,
            decode,
            generator,
            modulations: modulations.finish(scope)?,
        })
    }

    /// The aligned text \[frames, hidden\], the curves \[2 frames, 1\] and the style \[1, style\] -> \[600 frames\]
    /// samples.
    pub fn record(&self, graph: &mut Graph, asr: Tensor, [f0, n]: [Tensor; 2], style: Tensor) -> Result<Tensor> {
        let modulation = graph.scope("fc", |graph| self.modulations.record(graph, style))?;
        let halved = |graph: &mut Graph, name: &str, weight, curve| -> Result<Tensor> {
            let halve = Conv1d { stride: 2, padding: 1, ..Conv1d::new(weight) };
            graph.module(name, |graph| halve.record(graph, curve))
        };
        let f0_down = halved(graph, "F0_conv", &self.f0_conv, f0)?;
        let n_down = halved(graph, "N_conv", &self.n_conv, n)?;
        let asr_res = graph.module("asr_res", |graph| Conv1d::new(&self.asr_res).record(graph, asr))?;
        let mut x = graph.module("encode", |graph| {
            let joined = concat(graph, &[asr, f0_down, n_down])?;
            self.encode.record(graph, joined, modulation)
        })?;
        for (i, block) in self.decode.iter().enumerate() {
            x = graph.module(format!("decode.{i}"), |graph| {
                let joined = concat(graph, &[x, asr_res, f0_down, n_down])?;
                block.record(graph, joined, modulation)
            })?;
        }
        graph.scope("generator", |graph| self.generator.record(graph, x, f0, modulation))
    }
}
