//! Layers that several modules share, each the counterpart of a torch module.

use super::upload;
use crate::checkpoint::Checkpoint;
use crate::error::Result;
use crate::gpu::BufferView;
use crate::graph::{Graph, Tensor};
use crate::kernels::{Conv1d, ConvWeight, InstanceNorm, LayerNorm, Lstm, ModulationOffset};
use crate::shape::{Dim, Shape};
use crate::variant::Precision;
use crate::weights::{Module, Read, Scope};

/// Epsilon of every norm outside `bert`.
pub(super) const EPS: f32 = 1e-5;

/// torch.nn.Linear.
#[derive(Debug)]
pub(crate) struct Linear(ConvWeight);

impl Linear {
    pub fn load(scope: &Scope<'_>, inputs: u32, out: u32) -> Result<Self> {
        Self::load_joined(std::slice::from_ref(scope), inputs, out)
    }

    /// Several layers with the same input as one, whose output is theirs concatenated.
    pub fn load_joined(scopes: &[Scope<'_>], inputs: u32, out: u32) -> Result<Self> {
        let joined = |leaf, shape: &[u32]| -> Read {
            let parts: Vec<Read> = scopes.iter().map(|scope| scope.module.reader(leaf, shape)).collect();
            Box::new(move |checkpoint| {
                Ok(parts.iter().map(|read| read(checkpoint)).collect::<Result<Vec<_>>>()?.concat())
            })
        };
        let all = out * scopes.len() as u32;
        let (weights, biases) = (joined("weight", &[out, inputs]), joined("bias", &[out]));
        Ok(Self(upload::conv(&scopes[0], [all, inputs, 1], weights, biases)?))
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
    let bias = scope.module.reader("bias", &[out]);
    let module = &scope.module;
    let filters = if weight_norm { module.weight_norm_reader(&shape) } else { module.reader("weight", &shape) };
    upload::conv(scope, shape, filters, bias)
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
        let recurrent = recurrent(&[scope], hidden)?;
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
        let inputs = [lstm_inputs(scopes[0], first, hidden)?, lstm_inputs(scopes[1], second, hidden)?];
        let recurrent = recurrent(&scopes, hidden)?;
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
    let both = |leaf, shape: &[u32]| -> Read {
        let [forward, reverse] =
            LSTM_DIRECTIONS.map(|direction| scope.module.reader(&format!("{leaf}_{direction}"), shape));
        Box::new(move |checkpoint| Ok([forward(checkpoint)?, reverse(checkpoint)?].concat()))
    };
    let (of_input, of_hidden) = (both("bias_ih", &[gates]), both("bias_hh", &[gates]));
    let bias = move |checkpoint: &Checkpoint| {
        Ok(of_input(checkpoint)?.iter().zip(of_hidden(checkpoint)?).map(|(a, b)| a + b).collect())
    };
    upload::conv(scope, [8 * hidden, inputs, 1], both("weight_ih", &[gates, inputs]), Box::new(bias))
}

/// The recurrent weights W_hh of each LSTM, \[2, 4 * hidden, hidden\] -> \[2, hidden / 4, 4 gates, hidden\] of vec4, each four
/// columns, so that neighbouring units read neighbouring vec4.
fn recurrent(scopes: &[&Scope<'_>], hidden: u32) -> Result<BufferView> {
    let gates = 4 * hidden;
    let reader =
        |scope: &Scope<'_>, direction| scope.module.reader(&format!("weight_hh_{direction}"), &[gates, hidden]);
    let parts: Vec<Read> =
        scopes.iter().flat_map(|scope| LSTM_DIRECTIONS.map(|direction| reader(scope, direction))).collect();
    let rows = gates as usize * parts.len();
    let packed = move |checkpoint: &Checkpoint| {
        let mut packed = Vec::with_capacity(rows * hidden as usize);
        for read in &parts {
            let values = read(checkpoint)?;
            for k4 in 0..hidden / 4 {
                for gate_unit in 0..gates {
                    let at = (gate_unit * hidden + k4 * 4) as usize;
                    packed.extend_from_slice(&values[at..at + 4]);
                }
            }
        }
        Ok(packed)
    };
    upload::rows(scopes[0], [rows, hidden as usize], Box::new(packed))
}

/// LayerNorm with its own gamma and beta.
#[derive(Debug)]
pub(crate) struct AffineLayerNorm {
    gamma: BufferView,
    beta: BufferView,
}

impl AffineLayerNorm {
    pub fn load(scope: &Scope<'_>, [gamma, beta]: [&str; 2], channels: u32) -> Result<Self> {
        let load = |name| scope.upload_channels(channels, 0.0, scope.module.reader(name, &[channels]));
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
    pub fn load(scope: &Scope<'_>, channels: u32, modulations: &mut Modulations) -> Self {
        Self { modulation: modulations.add(&scope.scope("fc"), channels), channels }
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
    /// Each norm's `fc`, and its channels.
    layers: Vec<(Module, u32)>,
    /// Scales and shifts of all of them.
    columns: u32,
}

impl Modulations {
    pub fn new(style_dim: u32) -> Self {
        Self { style_dim, layers: Vec::new(), columns: 0 }
    }

    /// Adds a norm's `fc`, \[2 * channels, style\]: scales, then shifts, each padded to a multiple of 4 channels.
    fn add(&mut self, fc: &Scope<'_>, channels: u32) -> ModulationOffset {
        let offset4 = self.columns / 4;
        self.layers.push((fc.module.clone(), channels));
        self.columns += 2 * channels.next_multiple_of(4);
        ModulationOffset { offset4 }
    }

    /// All projections as one layer, style -> every scale and shift.
    pub fn finish(self, scope: &Scope<'_>) -> Result<Linear> {
        let Self { style_dim, columns, layers } = self;
        // `width`: of each value of a norm, a scale or a shift.
        let joined = |leaf, width: &[u32]| -> Read {
            let reader = |(fc, channels): &(Module, u32)| {
                (fc.reader(leaf, &[&[2 * channels], width].concat()), *channels as usize)
            };
            let layers: Vec<(Read, usize)> = layers.iter().map(reader).collect();
            let width = width.iter().product::<u32>() as usize;
            Box::new(move |checkpoint| {
                let mut joined = Vec::with_capacity(columns as usize * width);
                for (read, channels) in &layers {
                    let padding = (channels.next_multiple_of(4) - channels) * width;
                    for half in read(checkpoint)?.chunks_exact(channels * width) {
                        joined.extend_from_slice(half);
                        joined.resize(joined.len() + padding, 0.0);
                    }
                }
                Ok(joined)
            })
        };
        let (weights, biases) = (joined("weight", &[style_dim]), joined("bias", &[]));
        Ok(Linear(upload::conv(scope, [columns, style_dim, 1], weights, biases)?))
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
        let load = |leaf, default| {
            let module = norm.module.clone();
            let read = move |checkpoint: &Checkpoint| {
                let values = module.optional(checkpoint, leaf, &[channels])?;
                Ok(values.unwrap_or_else(|| vec![default; channels as usize]))
            };
            norm.upload_channels(channels, 0.0, Box::new(read))
        };
        let (weight, bias) = (load("weight", 1.0)?, load("bias", 0.0)?);
        Ok(Self { modulation: modulations.add(&scope.scope("fc"), channels), weight, bias })
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
