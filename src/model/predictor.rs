//! `predictor`: durations from the text, then curves of F0 and energy from the aligned text.

use super::Config;
use super::decoder::AdainResBlk1d;
use super::layers::{AdaLayerNorm, BiLstm, BiLstmPair, Linear, Modulations, load_conv};
use crate::error::Result;
use crate::graph::{Graph, Tensor};
use crate::kernels::{Conv1d, ConvWeight, Durations, concat, duration};
use crate::shape::Dim;
use crate::weights::Scope;

#[derive(Debug)]
pub(crate) struct Predictor {
    /// `text_encoder.lstms.0` of the predictor, and `lstm` of the top-level `text_encoder`, which doesn't depend on it.
    first_lstms: BiLstmPair,
    /// `text_encoder.lstms.2`, `.4` and so on.
    lstms: Vec<BiLstm>,
    /// `text_encoder.lstms.1`, `.3` and so on: one after each LSTM.
    norms: Vec<AdaLayerNorm>,
    /// The `fc` layers of all `norms`, joined: style -> scales and shifts.
    text_modulations: Linear,
    lstm: BiLstm,
    duration_proj: Linear,
    shared: BiLstm,
    curves: [Curve; 2],
    /// The `fc` layers of all norms in `curves`, joined.
    modulations: Linear,
}

/// `F0` or `N`: three blocks, and a projection to one value per half-frame (12.5 ms).
#[derive(Debug)]
struct Curve {
    name: &'static str,
    blocks: [AdainResBlk1d; 3],
    proj: ConvWeight,
}

impl Predictor {
    /// `text`: the scope of the top-level `text_encoder`.
    pub fn load(scope: &Scope<'_>, text: &Scope<'_>, config: &Config) -> Result<Self> {
        let (width, style) = (config.hidden_dim, config.style_dim);
        let mut text_modulations = Modulations::new(style);
        let encoder = scope.scope("text_encoder.lstms");
        let first_lstms = BiLstmPair::load([&encoder.scope(0), &text.scope("lstm")], [width + style, width], width)?;
        let lstm = |i| BiLstm::load(&encoder.scope(2 * i), width + style, width);
        let lstms = (1..config.n_layer).map(lstm).collect::<Result<_>>()?;
        let norm = |i| AdaLayerNorm::load(&encoder.scope(2 * i + 1), width, &mut text_modulations);
        let norms = (0..config.n_layer).map(norm).collect();
        let mut modulations = Modulations::new(style);
        let mut curve = |name: &'static str| -> Result<Curve> {
            let blocks = scope.scope(name);
            Ok(Curve {
                name,
                blocks: [
                    AdainResBlk1d::load(&blocks.scope(0), width, width, false, &mut modulations)?,
                    AdainResBlk1d::load(&blocks.scope(1), width, width / 2, true, &mut modulations)?,
                    AdainResBlk1d::load(&blocks.scope(2), width / 2, width / 2, false, &mut modulations)?,
                ],
                proj: load_conv(&scope.scope(format!("{name}_proj")), width / 2, 1, 1, false)?,
            })
        };
        let curves = [curve("F0")?, curve("N")?];
        Ok(Self {
            first_lstms,
            lstms,
            norms,
            text_modulations: text_modulations.finish(scope)?,
            lstm: BiLstm::load(&scope.scope("lstm"), width + style, width)?,
            duration_proj: Linear::load(&scope.scope("duration_proj.linear_layer"), width, config.max_dur)?,
            shared: BiLstm::load(&scope.scope("shared"), width + style, width)?,
            curves,
            modulations: modulations.finish(scope)?,
        })
    }

    /// Adds the tensor for the gates of both first LSTMs, before their nonlinearities. [`Self::record_text_gates`] writes one
    /// half of it, [`Self::record_durations`] the other.
    pub fn gates(&self, graph: &mut Graph, tokens: Dim) -> Tensor {
        self.first_lstms.gates(graph, tokens)
    }

    /// Writes what `text`, the output of the top-level `text_encoder.cnn`, \[tokens, hidden\], contributes to the gates of
    /// `text_encoder.lstm` into `gates`.
    pub fn record_text_gates(&self, graph: &mut Graph, text: Tensor, gates: Tensor) -> Result<()> {
        self.first_lstms.record_inputs(graph, 1, text, gates)
    }

    /// Output of `bert_encoder`, \[tokens, hidden\], and the style, \[1, style\] -> the encoded text, \[tokens, hidden
    /// + style\], the durations, and the output of the top-level `text_encoder`, \[tokens, hidden\].
    ///
    /// `gates`: from [`Self::gates`], after [`Self::record_text_gates`].
    pub fn record_durations(
        &self,
        graph: &mut Graph,
        x: Tensor,
        style: Tensor,
        gates: Tensor,
    ) -> Result<(Tensor, Durations, Tensor)> {
        let (encoded, text) = graph.scope("text_encoder", |graph| {
            let modulation = graph.scope("fc", |graph| self.text_modulations.record(graph, style))?;
            let x = concat(graph, &[x, style])?;
            // One dispatch for both LSTMs, labelled as the predictor's. (Names of stages are absolute, of modules relative.)
            let [mut y, text] = graph.scope("lstms.0", |graph| {
                self.first_lstms.record_inputs(graph, 0, x, gates)?;
                self.first_lstms.record(graph, gates)
            })?;
            let mut lstms = self.lstms.iter();
            for (i, norm) in self.norms.iter().enumerate() {
                y = graph.scope(format!("lstms.{}", 2 * i + 1), |graph| norm.record(graph, y, modulation))?;
                y = concat(graph, &[y, style])?;
                if let Some(lstm) = lstms.next() {
                    y = graph.scope(format!("lstms.{}", 2 * i + 2), |graph| lstm.record(graph, y))?;
                }
            }
            Ok((y, text))
        })?;
        let text = graph.stage("text_encoder", text);
        let encoded = graph.stage("predictor.text_encoder", encoded);
        let x = graph.module("lstm", |graph| self.lstm.record(graph, encoded))?;
        let logits = graph.module("duration_proj", |graph| self.duration_proj.record(graph, x))?;
        let durations = graph.scope("duration", |graph| duration(graph, logits))?;
        graph.stage("duration_frames", durations.unrounded);
        Ok((encoded, durations, text))
    }

    /// The aligned text \[frames, hidden + style\] and the style -> F0 in Hz and the energy N, each \[2 frames, 1\].
    pub fn record_curves(&self, graph: &mut Graph, aligned: Tensor, style: Tensor) -> Result<[Tensor; 2]> {
        let modulation = graph.scope("fc", |graph| self.modulations.record(graph, style))?;
        let shared = graph.module("shared", |graph| self.shared.record(graph, aligned))?;
        let mut curves = [shared; 2];
        for (curve, x) in self.curves.iter().zip(&mut curves) {
            for (i, block) in curve.blocks.iter().enumerate() {
                *x = graph.module(format!("{}.{i}", curve.name), |graph| block.record(graph, *x, modulation))?;
            }
            let proj = Conv1d::new(&curve.proj);
            *x = graph.module(format!("{}_proj", curve.name), |graph| proj.record(graph, *x))?;
        }
        Ok(curves)
    }
}
