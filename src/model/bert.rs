//! `bert`: ALBERT, over the phoneme ids.

use super::Plbert;
use super::layers::{AffineLayerNorm, Linear};
use crate::error::Result;
use crate::gpu::BufferView;
use crate::graph::{Graph, Tensor};
use crate::kernels::{attention, embed};
use crate::weights::Scope;

const EPS: f32 = 1e-12;

#[derive(Debug)]
pub(crate) struct Bert {
    config: Plbert,
    words: BufferView,
    positions: BufferView,
    types: BufferView,
    embedding_norm: AffineLayerNorm,
    mapping_in: Linear,
    query_key_value: Linear,
    dense: Linear,
    attention_norm: AffineLayerNorm,
    ffn: Linear,
    ffn_output: Linear,
    full_norm: AffineLayerNorm,
}

impl Bert {
    pub fn load(scope: &Scope<'_>, n_token: u32, config: &Plbert) -> Result<Self> {
        let (embedding, hidden) = (config.embedding_size, config.hidden_size);
        let embeddings = scope.scope("embeddings");
        let table = |name: &str, rows| {
            let scope = embeddings.scope(name);
            scope.upload((rows * embedding) as usize, scope.module.reader("weight", &[rows, embedding]))
        };
        let layer = scope.scope("encoder.albert_layer_groups.0.albert_layers.0");
        let attention = layer.scope("attention");
        let projections = ["query", "key", "value"].map(|name| attention.scope(name));
        let affine = ["weight", "bias"];
        // Not used by the network, but parameters of the checkpoint.
        let pooler = scope.scope("pooler").module;
        scope.later(move |_, checkpoint| {
            pooler.optional(checkpoint, "weight", &[hidden, hidden])?;
            pooler.optional(checkpoint, "bias", &[hidden])?;
            Ok(())
        });
        Ok(Self {
            words: table("word_embeddings", n_token)?,
            positions: table("position_embeddings", config.max_position_embeddings)?,
            types: table("token_type_embeddings", 2)?,
            embedding_norm: AffineLayerNorm::load(&embeddings.scope("LayerNorm"), affine, embedding)?,
            mapping_in: Linear::load(&scope.scope("encoder.embedding_hidden_mapping_in"), embedding, hidden)?,
            query_key_value: Linear::load_joined(&projections, hidden, hidden)?,
            dense: Linear::load(&attention.scope("dense"), hidden, hidden)?,
            attention_norm: AffineLayerNorm::load(&attention.scope("LayerNorm"), affine, hidden)?,
            ffn: Linear::load(&layer.scope("ffn"), hidden, config.intermediate_size)?,
            ffn_output: Linear::load(&layer.scope("ffn_output"), config.intermediate_size, hidden)?,
            full_norm: AffineLayerNorm::load(&layer.scope("full_layer_layer_norm"), affine, hidden)?,
            config: config.clone(),
        })
    }

    /// \[tokens\] ids -> \[tokens, hidden\].
    pub fn record(&self, graph: &mut Graph, ids: Tensor) -> Result<Tensor> {
        let embedded = graph.module("embeddings", |graph| {
            let tables = Some([&self.positions, &self.types]);
            let sum = embed(graph, ids, &self.words, tables, self.config.embedding_size)?;
            self.embedding_norm.record(graph, sum, EPS, 1.0)
        })?;
        let mut x = graph.scope("embedding_hidden_mapping_in", |graph| self.mapping_in.record(graph, embedded))?;
        for i in 0..self.config.num_hidden_layers {
            x = graph.scope(format!("layer.{i}"), |graph| self.layer(graph, x))?;
        }
        Ok(x)
    }

    /// The layer that all iterations share: attention and feed-forward, each followed by its norm.
    fn layer(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let attended = graph.scope("attention", |graph| {
            let qkv = self.query_key_value.record(graph, x)?;
            let context = attention(graph, qkv, self.config.num_attention_heads)?;
            let mut dense = self.dense.op();
            dense.residual = Some((x, 0));
            let sum = dense.record(graph, context)?;
            self.attention_norm.record(graph, sum, EPS, 1.0)
        })?;
        let mut ffn = self.ffn.op();
        ffn.gelu = true;
        let expanded = graph.scope("ffn", |graph| ffn.record(graph, attended))?;
        let mut output = self.ffn_output.op();
        output.residual = Some((attended, 0));
        let sum = graph.scope("ffn_output", |graph| output.record(graph, expanded))?;
        graph.scope("full_layer_layer_norm", |graph| self.full_norm.record(graph, sum, EPS, 1.0))
    }
}
