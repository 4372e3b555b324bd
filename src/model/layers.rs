//! Layers that several modules share, each the counterpart of a torch module.

use super::upload;
use crate::error::Result;
use crate::gpu::BufferView;
use crate::graph::{Graph, Tensor};
use crate::kernels::{Conv1d, ConvWeight, InstanceNorm, LayerNorm, Lstm, ModulationOffset};
use crate::shape::{Dim, Shape};
use crate::variant::Precision;
use crate::weights::Scope;

/// Epsilon of every norm outside `bert`.
pub(super) const EPS: f32 = 1e-5;

/// torch.nn.Linear.
#[derive(Debug)]
pub(crate) struct Linear(ConvWeight);

impl Linear {
    pub fn load(scope: &Scope<'_>, inputs: u32, out: u32) -> Result<Self> {
        let bias = scope.values("bias", &[out])?;
        Ok(Self(upload::conv(scope, &scope.values("weight", &[out, inputs])?, Some(&bias), [out, inputs, 1])?))
    }

    /// Several layers with the same input as one, whose output is theirs concatenated.
    pub fn load_joined(scopes: &[Scope<'_>], inputs: u32, out: u32) -> Result<Self> {
        let (mut values, mut biases) = (Vec::new(), Vec::new());
        for scope in scopes {
            values.extend(scope.values("weight", &[out, inputs])?);
            biases.extend(scope.values("bias", &[out])?);
        }
        let all = out * scopes.len() as u32;
        Ok(Self(upload::conv(&scopes[0], &values, Some(&biases), [all, inputs, 1])?))
    }

    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        self.op().record(graph, x)
    }

    /// The layer as a convolution, whose options can be set.
    pub fn op(&self) -> Conv1d<'_> {
        Conv1d::new(&self.0)
    }
}

/// A convolution with bias, plain or weight-normed.
pub(crate) fn load_conv(scope: &Scope<'_>, inputs: u32, out: u32, taps: u32, weight_norm: bool) -> Result<ConvWeight> {
    let shape = [out, inputs, taps];
    let values = if weight_norm { scope.weight_norm(&shape)? } else { scope.values("weight", &shape)? };
    upload::conv(scope, &values, Some(&scope.values("bias", &[out])?), shape)
}

/// torch.nn.LSTM, one layer, both directions.
#[derive(Debug)]
pub(crate) struct BiLstm {
    inputs: ConvWeight,
    recurrent: BufferView,
    precision: Precision,
    hidden: u32,
}

impl BiLstm {
    /// `out`: the width of both directions together.
    pub fn load(scope: &Scope<'_>, inputs: u32, out: u32) -> Result<Self> {
        let hidden = out / 2;
        let recurrent = upload::rows(scope, &recurrent(scope, hidden)?, hidden)?;
        Ok(Self { inputs: lstm_inputs(scope, inputs, hidden)?, recurrent, precision: scope.precision, hidden })
    }

    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let gates = Conv1d::new(&self.inputs).record(graph, x)?;
        Lstm { weight: &self.recurrent, precision: self.precision, hidden: self.hidden }.record(graph, gates)
    }
}

/// Two independent [`BiLstm`]s over the same number of rows.
#[derive(Debug)]
pub(crate) struct BiLstmPair {
    inputs: [ConvWeight; 2],
    recurrent: BufferView,
    precision: Precision,
    hidden: u32,
}

impl BiLstmPair {
    /// `out`: the width of both directions together, for each layer.
    pub fn load(scopes: [&Scope<'_>; 2], [first, second]: [u32; 2], out: u32) -> Result<Self> {
        let hidden = out / 2;
        let mut weights = recurrent(scopes[0], hidden)?;
        weights.extend(recurrent(scopes[1], hidden)?);
        let inputs = [lstm_inputs(scopes[0], first, hidden)?, lstm_inputs(scopes[1], second, hidden)?];
        let recurrent = upload::rows(scopes[0], &weights, hidden)?;
        Ok(Self { inputs, recurrent, precision: scopes[0].precision, hidden })
    }

    /// The tensor for [`Self::record_inputs`] of both layers, \[rows, 2 layers * 2 directions * 4 gates * hidden\].
    pub fn gates(&self, graph: &mut Graph, rows: Dim) -> Tensor {
        graph.tensor(Shape::new(rows, 16 * self.hidden))
    }

    /// The contribution of the input to the gates of one layer.
    pub fn record_inputs(&self, graph: &mut Graph, layer: usize, x: Tensor, gates: Tensor) -> Result<()> {
        Conv1d::new(&self.inputs[layer]).record_into(graph, x, gates, layer as u32 * 2 * self.hidden)
    }

    pub fn record(&self, graph: &mut Graph, gates: Tensor) -> Result<[Tensor; 2]> {
        Lstm { weight: &self.recurrent, precision: self.precision, hidden: self.hidden }.record_pair(graph, gates)
    }
}

const LSTM_DIRECTIONS: [&str; 2] = ["l0", "l0_reverse"];

/// The input's contribution to all gates as one linear layer, \[inputs\] -> \[2, 4 gates, hidden\].
fn lstm_inputs(scope: &Scope<'_>, inputs: u32, hidden: u32) -> Result<ConvWeight> {
    let gates = 4 * hidden;
    let (mut w_ih, mut bias) = (Vec::new(), Vec::new());
    for direction in LSTM_DIRECTIONS {
        w_ih.extend(scope.values(&format!("weight_ih_{direction}"), &[gates, inputs])?);
        let input_bias = scope.values(&format!("bias_ih_{direction}"), &[gates])?;
        let hidden_bias = scope.values(&format!("bias_hh_{direction}"), &[gates])?;
        bias.extend(input_bias.iter().zip(&hidden_bias).map(|(a, b)| a + b));
    }
    upload::conv(scope, &w_ih, Some(&bias), [8 * hidden, inputs, 1])
}

/// The recurrent weights W_hh, \[2, 4 * hidden, hidden\] -> \[2, hidden / 4, 4 gates, hidden\] of vec4, each four columns, so
/// that neighbouring units read neighbouring vec4.
fn recurrent(scope: &Scope<'_>, hidden: u32) -> Result<Vec<f32>> {
    let gates = 4 * hidden;
    let mut packed = Vec::with_capacity((2 * gates * hidden) as usize);
    for direction in LSTM_DIRECTIONS {
        let values = scope.values(&format!("weight_hh_{direction}"), &[gates, hidden])?;
        for k4 in 0..hidden / 4 {
            for gate_unit in 0..gates {
                let at = (gate_unit * hidden + k4 * 4) as usize;
                packed.extend_from_slice(&values[at..at + 4]);
            }
        }
    }
    Ok(packed)
}

/// LayerNorm with its own gamma and beta.
#[derive(Debug)]
pub(crate) struct AffineLayerNorm {
    gamma: BufferView,
    beta: BufferView,
}

impl AffineLayerNorm {
    pub fn load(scope: &Scope<'_>, [gamma, beta]: [&str; 2], channels: u32) -> Result<Self> {
        let load = |name| scope.upload_channels(scope.values(name, &[channels])?, 0.0);
        Ok(Self { gamma: load(gamma)?, beta: load(beta)? })
    }

    /// The norm, then a LeakyReLU; slope 1 is none.
    pub fn record(&self, graph: &mut Graph, x: Tensor, eps: f32, slope: f32) -> Result<Tensor> {
        let (gamma, beta) = (((&self.gamma).into(), 0), ((&self.beta).into(), 0));
        LayerNorm { gamma, beta, gamma_plus: 0.0, eps, slope }.record(graph, x)
    }
}

/// AdaLayerNorm: scale and shift from the style.
#[derive(Debug)]
pub(crate) struct AdaLayerNorm {
    modulation: ModulationOffset,
    channels: u32,
}

impl AdaLayerNorm {
    pub fn load(scope: &Scope<'_>, channels: u32, modulations: &mut Modulations) -> Result<Self> {
        Ok(Self { modulation: modulations.add(&scope.scope("fc"), channels)?, channels })
    }

    pub fn record(&self, graph: &mut Graph, x: Tensor, modulation: Tensor) -> Result<Tensor> {
        let ModulationOffset { offset4 } = self.modulation;
        let (gamma, beta) = ((modulation.into(), offset4), (modulation.into(), offset4 + self.channels.div_ceil(4)));
        LayerNorm { gamma, beta, gamma_plus: 1.0, eps: EPS, slope: 1.0 }.record(graph, x)
    }
}

/// The layers that turn a style into the scales and shifts of norms: the `fc` layers of many norms, combined into one.
pub(crate) struct Modulations {
    style_dim: u32,
    filters: Vec<f32>,
    biases: Vec<f32>,
}

impl Modulations {
    pub fn new(style_dim: u32) -> Self {
        Self { style_dim, filters: Vec::new(), biases: Vec::new() }
    }

    /// Adds a norm's `fc`, \[2 * channels, style\]: scales, then shifts, each padded to a multiple of 4 channels.
    fn add(&mut self, fc: &Scope<'_>, channels: u32) -> Result<ModulationOffset> {
        let filters = fc.values("weight", &[2 * channels, self.style_dim])?;
        let biases = fc.values("bias", &[2 * channels])?;
        let offset4 = self.biases.len() as u32 / 4;
        let (channels, style) = (channels as usize, self.style_dim as usize);
        for half in 0..2 {
            self.filters.extend(&filters[half * channels * style..(half + 1) * channels * style]);
            self.biases.extend(&biases[half * channels..(half + 1) * channels]);
            self.biases.resize(self.biases.len().next_multiple_of(4), 0.0);
            self.filters.resize(self.biases.len() * style, 0.0);
        }
        Ok(ModulationOffset { offset4 })
    }

    /// All projections as one layer, style -> every scale and shift.
    pub fn finish(self, scope: &Scope<'_>) -> Result<Linear> {
        let columns = self.biases.len() as u32;
        Ok(Linear(upload::conv(scope, &self.filters, Some(&self.biases), [columns, self.style_dim, 1])?))
    }
}

/// AdaIN1d: instance norm over the utterance, scaled and shifted by the style.
#[derive(Debug)]
pub(crate) struct AdaIn1d {
    modulation: ModulationOffset,
    weight: BufferView,
    bias: BufferView,
}

impl AdaIn1d {
    /// `norm.weight` and `norm.bias` may be absent: the published checkpoint lacks them.
    pub fn load(scope: &Scope<'_>, channels: u32, modulations: &mut Modulations) -> Result<Self> {
        let norm = scope.scope("norm");
        Ok(Self {
            modulation: modulations.add(&scope.scope("fc"), channels)?,
            weight: norm.upload_channels(norm.values_or("weight", &[channels], 1.0)?, 0.0)?,
            bias: norm.upload_channels(norm.values_or("bias", &[channels], 0.0)?, 0.0)?,
        })
    }

    /// The norm as an affine map, \[2, channels\].
    pub fn affine(&self, graph: &mut Graph, x: Tensor, modulation: Tensor) -> Result<Tensor> {
        self.op(modulation).record_affine(graph, x)
    }

    /// The norm, then a LeakyReLU.
    pub fn record(&self, graph: &mut Graph, x: Tensor, modulation: Tensor, slope: f32) -> Result<Tensor> {
        self.op(modulation).record_leaky(graph, x, slope)
    }

    fn op(&self, modulation: Tensor) -> InstanceNorm<'_> {
        let Self { weight, bias, modulation: place } = self;
        InstanceNorm { weight, bias, modulation: (modulation, *place), eps: EPS }
    }
}
