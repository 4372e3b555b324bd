//! Layers that several modules share, each a torch module's twin.

use crate::Result;
use crate::gpu::BufferView;
use crate::graph::{Graph, Tensor};
use crate::kernels::{AffineLeaky, Conv1d, Film, Gemm, InstanceNorm, LayerNorm, Lstm};
use crate::shape::{Dim, Shape};
use crate::weights::Scope;

/// Of every norm but the embeddings' and ALBERT's.
pub(super) const EPS: f32 = 1e-5;

/// torch.nn.Linear.
#[derive(Debug)]
pub(crate) struct Linear(Gemm);

impl Linear {
    pub fn load(scope: &Scope<'_>, inputs: u32, out: u32) -> Result<Self> {
        let bias = scope.values("bias", &[out])?;
        Ok(Self(Gemm::pack(scope, &scope.values("weight", &[out, inputs])?, Some(&bias), [out, inputs, 1])?))
    }

    /// Several layers of the same input, side by side.
    pub fn load_joined(scopes: &[Scope<'_>], inputs: u32, out: u32) -> Result<Self> {
        let (mut values, mut biases) = (Vec::new(), Vec::new());
        for scope in scopes {
            values.extend(scope.values("weight", &[out, inputs])?);
            biases.extend(scope.values("bias", &[out])?);
        }
        let all = out * scopes.len() as u32;
        Ok(Self(Gemm::pack(&scopes[0], &values, Some(&biases), [all, inputs, 1])?))
    }

    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        self.op().record(graph, x)
    }

    /// For options on the way in and out.
    pub fn op(&self) -> Conv1d<'_> {
        Conv1d::new(&self.0)
    }
}

/// A convolution with bias, plain or weight-normed.
pub(crate) fn conv(scope: &Scope<'_>, inputs: u32, out: u32, taps: u32, weight_norm: bool) -> Result<Gemm> {
    let shape = [out, inputs, taps];
    let values = if weight_norm { scope.weight_norm(&shape)? } else { scope.values("weight", &shape)? };
    Gemm::pack(scope, &values, Some(&scope.values("bias", &[out])?), shape)
}

/// torch.nn.LSTM, one layer, both directions.
#[derive(Debug)]
pub(crate) struct BiLstm {
    inputs: Gemm,
    recurrent: BufferView,
    hidden: u32,
}

impl BiLstm {
    /// `out` is both directions' width.
    pub fn load(scope: &Scope<'_>, inputs: u32, out: u32) -> Result<Self> {
        let hidden = out / 2;
        let recurrent = scope.weights.upload(&recurrent(scope, hidden)?)?;
        Ok(Self { inputs: lstm_inputs(scope, inputs, hidden)?, recurrent, hidden })
    }

    pub fn record(&self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let gates = Conv1d::new(&self.inputs).record(graph, x)?;
        Lstm { weight: &self.recurrent, hidden: self.hidden }.record(graph, gates)
    }
}

/// Two of them that do not depend on each other, for as many rows.
#[derive(Debug)]
pub(crate) struct BiLstmPair {
    inputs: [Gemm; 2],
    recurrent: BufferView,
    hidden: u32,
}

impl BiLstmPair {
    /// `out` is both directions' width of either.
    pub fn load(scopes: [&Scope<'_>; 2], [first, second]: [u32; 2], out: u32) -> Result<Self> {
        let hidden = out / 2;
        let mut weights = recurrent(scopes[0], hidden)?;
        weights.extend(recurrent(scopes[1], hidden)?);
        let inputs = [lstm_inputs(scopes[0], first, hidden)?, lstm_inputs(scopes[1], second, hidden)?];
        Ok(Self { inputs, recurrent: scopes[0].weights.upload(&weights)?, hidden })
    }

    /// For both layers' [`Self::record_inputs`].
    pub fn gates(&self, graph: &mut Graph, rows: Dim) -> Tensor {
        graph.tensor(Shape::new(rows, 16 * self.hidden))
    }

    /// The input part of one layer's gates.
    pub fn record_inputs(&self, graph: &mut Graph, layer: usize, x: Tensor, gates: Tensor) -> Result<()> {
        Conv1d::new(&self.inputs[layer]).record_into(graph, x, gates, layer as u32 * 2 * self.hidden)
    }

    pub fn record(&self, graph: &mut Graph, gates: Tensor) -> Result<[Tensor; 2]> {
        Lstm { weight: &self.recurrent, hidden: self.hidden }.record_pair(graph, gates)
    }
}

const LSTM_DIRECTIONS: [&str; 2] = ["l0", "l0_reverse"];

/// The layer that makes all gates' input part, \[inputs\] -> \[2, 4 gates, hidden\].
fn lstm_inputs(scope: &Scope<'_>, inputs: u32, hidden: u32) -> Result<Gemm> {
    let gates = 4 * hidden;
    let (mut w_ih, mut bias) = (Vec::new(), Vec::new());
    for end in LSTM_DIRECTIONS {
        w_ih.extend(scope.values(&format!("weight_ih_{end}"), &[gates, inputs])?);
        let input_bias = scope.values(&format!("bias_ih_{end}"), &[gates])?;
        let hidden_bias = scope.values(&format!("bias_hh_{end}"), &[gates])?;
        bias.extend(input_bias.iter().zip(&hidden_bias).map(|(a, b)| a + b));
    }
    Gemm::pack(scope, &w_ih, Some(&bias), [8 * hidden, inputs, 1])
}

/// \[2, 4 hidden, hidden\] -> \[2, hidden / 4, 4 gates, hidden\] of vec4 along the input, so that neighbouring units read
/// neighbouring vec4.
fn recurrent(scope: &Scope<'_>, hidden: u32) -> Result<Vec<f32>> {
    let gates = 4 * hidden;
    let mut packed = Vec::with_capacity((2 * gates * hidden) as usize);
    for end in LSTM_DIRECTIONS {
        let values = scope.values(&format!("weight_hh_{end}"), &[gates, hidden])?;
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
        let load = |name| scope.channels(scope.values(name, &[channels])?, 0.0);
        Ok(Self { gamma: load(gamma)?, beta: load(beta)? })
    }

    /// With the LeakyReLU behind it; slope 1 is none.
    pub fn record(&self, graph: &mut Graph, x: Tensor, eps: f32, slope: f32) -> Result<Tensor> {
        let (gamma, beta) = (((&self.gamma).into(), 0), ((&self.beta).into(), 0));
        LayerNorm { gamma, beta, gamma_plus: 0.0, eps, slope }.record(graph, x)
    }
}

/// AdaLayerNorm: scale and shift from the style.
#[derive(Debug)]
pub(crate) struct AdaLayerNorm {
    film: Film,
    channels: u32,
}

impl AdaLayerNorm {
    pub fn load(scope: &Scope<'_>, channels: u32, films: &mut Films) -> Result<Self> {
        Ok(Self { film: films.add(&scope.scope("fc"), channels)?, channels })
    }

    pub fn record(&self, graph: &mut Graph, x: Tensor, film: Tensor) -> Result<Tensor> {
        let Film { at4 } = self.film;
        let (gamma, beta) = ((film.into(), at4), (film.into(), at4 + self.channels.div_ceil(4)));
        LayerNorm { gamma, beta, gamma_plus: 1.0, eps: EPS, slope: 1.0 }.record(graph, x)
    }
}

/// The style's projections of many norms, gathered so that one GEMM of one row computes them all.
pub(crate) struct Films {
    style_dim: u32,
    filters: Vec<f32>,
    shifts: Vec<f32>,
}

impl Films {
    pub fn new(style_dim: u32) -> Self {
        Self { style_dim, filters: Vec::new(), shifts: Vec::new() }
    }

    /// A norm's `fc`, \[2 channels, style\]: its scales, then its shifts, each at the channels' pitch.
    fn add(&mut self, fc: &Scope<'_>, channels: u32) -> Result<Film> {
        let filters = fc.values("weight", &[2 * channels, self.style_dim])?;
        let shifts = fc.values("bias", &[2 * channels])?;
        let at4 = self.shifts.len() as u32 / 4;
        let (channels, style) = (channels as usize, self.style_dim as usize);
        for half in 0..2 {
            self.filters.extend(&filters[half * channels * style..(half + 1) * channels * style]);
            self.shifts.extend(&shifts[half * channels..(half + 1) * channels]);
            self.shifts.resize(self.shifts.len().next_multiple_of(4), 0.0);
            self.filters.resize(self.shifts.len() * style, 0.0);
        }
        Ok(Film { at4 })
    }

    /// All the projections as one layer, style -> every scale and shift.
    pub fn finish(self, scope: &Scope<'_>) -> Result<Linear> {
        let columns = self.shifts.len() as u32;
        Ok(Linear(Gemm::pack(scope, &self.filters, Some(&self.shifts), [columns, self.style_dim, 1])?))
    }
}

/// AdaIN1d: instance norm over the utterance, scaled and shifted by the style.
#[derive(Debug)]
pub(crate) struct AdaIn1d {
    film: Film,
    weight: BufferView,
    bias: BufferView,
}

impl AdaIn1d {
    /// `norm.weight` and `norm.bias` may be absent: the published checkpoint lacks them.
    pub fn load(scope: &Scope<'_>, channels: u32, films: &mut Films) -> Result<Self> {
        let norm = scope.scope("norm");
        Ok(Self {
            film: films.add(&scope.scope("fc"), channels)?,
            weight: norm.channels(norm.values_or("weight", &[channels], 1.0)?, 0.0)?,
            bias: norm.channels(norm.values_or("bias", &[channels], 0.0)?, 0.0)?,
        })
    }

    /// The norm's affine map, \[2, channels\].
    pub fn affine(&self, graph: &mut Graph, x: Tensor, film: Tensor) -> Result<Tensor> {
        let Self { weight, bias, film: own } = self;
        InstanceNorm { weight, bias, film: (film, *own), eps: EPS }.record(graph, x)
    }

    /// The norm with a LeakyReLU behind it.
    pub fn record(&self, graph: &mut Graph, x: Tensor, film: Tensor, slope: f32) -> Result<Tensor> {
        let affine = self.affine(graph, x, film)?;
        AffineLeaky { affine, slope }.record(graph, x)
    }
}
