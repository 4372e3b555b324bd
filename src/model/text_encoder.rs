//! `text_encoder`: the decoder's encoding of the phonemes, without its LSTM, which runs in one dispatch with one of the
//! predictor's.

use super::Config;
use super::layers::{AffineLayerNorm, EPS, load_conv};
use crate::error::Result;
use crate::gpu::BufferView;
use crate::graph::{Graph, Tensor};
use crate::kernels::{Conv1d, ConvWeight, embed};
use crate::weights::Scope;

#[derive(Debug)]
pub(crate) struct TextEncoder {
    embedding: BufferView,
    cnn: Vec<(ConvWeight, AffineLayerNorm)>,
    width: u32,
    padding: u32,
}

impl TextEncoder {
    pub fn load(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let (width, taps) = (config.hidden_dim, config.text_encoder_kernel_size);
        let embedding = scope.scope("embedding");
        let cnn = (0..config.n_layer).map(|i| {
            let block = scope.scope(format!("cnn.{i}"));
            let norm = AffineLayerNorm::load(&block.scope("1"), ["gamma", "beta"], width)?;
            Ok((load_conv(&block.scope("0"), width, width, taps, true)?, norm))
        });
        Ok(Self {
            embedding: embedding.upload(
                (config.n_token * width) as usize,
                embedding.module.reader("weight", &[config.n_token, width]),
            )?,
            cnn: cnn.collect::<Result<_>>()?,
            width,
            padding: taps / 2,
        })
    }

    /// \[tokens\] ids -> \[tokens, hidden\].
    pub fn record(&self, graph: &mut Graph, ids: Tensor) -> Result<Tensor> {
        let mut x = embed(graph, ids, &self.embedding, None, self.width)?;
        for (i, (conv, norm)) in self.cnn.iter().enumerate() {
            x = graph.module(format!("cnn.{i}"), |graph| {
                let y = Conv1d { padding: self.padding, ..Conv1d::new(conv) }.record(graph, x)?;
                norm.record(graph, y, EPS, 0.2)
            })?;
        }
        Ok(x)
    }
}
