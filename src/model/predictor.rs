//! `predictor`: durations from the text, then the pitch and energy curves from the aligned text.

use super::Config;
use super::decoder::AdainResBlk1d;
use super::layers::{AdaLayerNorm, BiLstm, Films, Linear, conv};
use crate::Result;
use crate::graph::{Graph, Tensor};
use crate::kernels::{Conv1d, Durations, Gemm, concat, duration};
use crate::weights::Scope;

#[derive(Debug)]
pub(crate) struct Predictor {
    text_encoder: Vec<(BiLstm, AdaLayerNorm)>,
    text_films: Linear,
    lstm: BiLstm,
    duration_proj: Linear,
    shared: BiLstm,
    curves: [Curve; 2],
    films: Linear,
}

/// `F0` or `N`: three blocks and a projection to one value a half-frame.
#[derive(Debug)]
struct Curve {
    name: &'static str,
    blocks: [AdainResBlk1d; 3],
    proj: Gemm,
}

impl Predictor {
    pub fn load(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let (width, style) = (config.hidden_dim, config.style_dim);
        let mut text_films = Films::new(style);
        let encoder = scope.scope("text_encoder.lstms");
        let text_encoder = (0..config.n_layer).map(|i| {
            let lstm = BiLstm::load(&encoder.scope(2 * i), width + style, width)?;
            Ok((lstm, AdaLayerNorm::load(&encoder.scope(2 * i + 1), width, &mut text_films)?))
        });
        let text_encoder = text_encoder.collect::<Result<_>>()?;
        let mut films = Films::new(style);
        let mut curve = |name: &'static str, proj: &str| -> Result<Curve> {
            let blocks = scope.scope(name);
            Ok(Curve {
                name,
                blocks: [
                    AdainResBlk1d::load(&blocks.scope(0), width, width, false, &mut films)?,
                    AdainResBlk1d::load(&blocks.scope(1), width, width / 2, true, &mut films)?,
                    AdainResBlk1d::load(&blocks.scope(2), width / 2, width / 2, false, &mut films)?,
                ],
                proj: conv(&scope.scope(proj), width / 2, 1, 1, false)?,
            })
        };
        let curves = [curve("F0", "F0_proj")?, curve("N", "N_proj")?];
        Ok(Self {
            text_encoder,
            text_films: text_films.finish(scope)?,
            lstm: BiLstm::load(&scope.scope("lstm"), width + style, width)?,
            duration_proj: Linear::load(&scope.scope("duration_proj.linear_layer"), width, config.max_dur)?,
            shared: BiLstm::load(&scope.scope("shared"), width + style, width)?,
            curves,
            films: films.finish(scope)?,
        })
    }

    /// bert_encoder's \[tokens, hidden\] and the style \[1, style\] -> the encoded text \[tokens, hidden + style\] and the durations.
    pub fn record_durations(&self, graph: &mut Graph, x: Tensor, style: Tensor) -> Result<(Tensor, Durations)> {
        let encoded = graph.scope("text_encoder", |graph| {
            let film = graph.scope("fc", |graph| self.text_films.record(graph, style))?;
            let mut x = concat(graph, &[x, style])?;
            for (i, (lstm, norm)) in self.text_encoder.iter().enumerate() {
                let y = graph.scope(format!("lstms.{}", 2 * i), |graph| lstm.record(graph, x))?;
                let y = graph.scope(format!("lstms.{}", 2 * i + 1), |graph| norm.record(graph, y, film))?;
                x = concat(graph, &[y, style])?;
            }
            Ok(x)
        })?;
        let encoded = graph.stage("predictor.text_encoder", encoded);
        let x = graph.scope("lstm", |graph| self.lstm.record(graph, encoded))?;
        let x = graph.stage("predictor.lstm", x);
        let logits = graph.scope("duration_proj", |graph| self.duration_proj.record(graph, x))?;
        let logits = graph.stage("predictor.duration_proj", logits);
        let durations = graph.scope("duration", |graph| duration(graph, logits))?;
        graph.stage("duration_frames", durations.lengths);
        Ok((encoded, durations))
    }

    /// The aligned text \[frames, hidden + style\] and the style -> F0 in Hz and the energy N, each \[2 frames, 1\].
    pub fn record_curves(&self, graph: &mut Graph, aligned: Tensor, style: Tensor) -> Result<[Tensor; 2]> {
        let film = graph.scope("fc", |graph| self.films.record(graph, style))?;
        let shared = graph.scope("shared", |graph| self.shared.record(graph, aligned))?;
        let shared = graph.stage("predictor.shared", shared);
        let mut curves = [shared; 2];
        for (curve, x) in self.curves.iter().zip(&mut curves) {
            for (i, block) in curve.blocks.iter().enumerate() {
                let name = format!("{}.{i}", curve.name);
                let y = graph.scope(&name, |graph| block.record(graph, *x, film))?;
                *x = graph.stage(&format!("predictor.{name}"), y);
            }
            let name = format!("{}_proj", curve.name);
            let y = graph.scope(&name, |graph| Conv1d::new(&curve.proj).record(graph, *x))?;
            *x = graph.stage(&format!("predictor.{name}"), y);
        }
        Ok(curves)
    }
}
