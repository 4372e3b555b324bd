//! Small convolutions, each with a float64 reference computed on the host.

use crate::batch::BatchEntry;
use crate::checkpoint::{Checkpoint, seeded};
use crate::error::Result;
use crate::gpu::{BufferView, Context};
use crate::graph::{Graph, Options, Plan, Tensor};
use crate::kernels::Conv1d;
use crate::model::upload;
use crate::shape::{Dim, Shape};
use crate::variant::{ConvVariant, Precision};
use crate::weights::{Weights, ready};

/// One convolution.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    rows: u32,
    /// Output channels, input channels, taps.
    size: [u32; 3],
    stride: u32,
    padding: u32,
    dilation: u32,
    in_slope: f32,
    gelu: bool,
    bias: bool,
    /// Shift from an output row to its residual row: each residual row is added to `1 << shift` output rows.
    residual: Option<u32>,
    scale: f32,
    precision: Precision,
}

const PLAIN: Case = Case {
    name: "",
    rows: 1,
    size: [4, 4, 1],
    stride: 1,
    padding: 0,
    dilation: 1,
    in_slope: 1.0,
    gelu: false,
    bias: true,
    residual: None,
    scale: 1.0,
    precision: Precision::F32,
};

/// 129 rows and 132 channels are a little more than a tile of every kernel; 68 input channels exceed the 64 that are summed
/// in one block, and 516 have a tile of their own in some kernels.
const CASES: [Case; 9] = [
    Case {
        name: "a linear layer past its tiles, GELU",
        rows: 129,
        size: [132, 68, 1],
        gelu: true,
        residual: Some(0),
        ..PLAIN
    },
    Case { name: "a single row", size: [36, 20, 1], ..PLAIN },
    Case { name: "a long sum", rows: 33, size: [36, 516, 1], ..PLAIN },
    Case {
        name: "dilated, channels that fill no vec4",
        rows: 37,
        size: [7, 5, 3],
        padding: 5,
        dilation: 5,
        in_slope: 0.1,
        ..PLAIN
    },
    Case { name: "strided, without bias", rows: 97, size: [12, 22, 12], stride: 6, padding: 3, bias: false, ..PLAIN },
    Case {
        name: "on an upsampled residual",
        rows: 66,
        size: [20, 12, 3],
        padding: 1,
        residual: Some(1),
        scale: std::f32::consts::FRAC_1_SQRT_2,
        ..PLAIN
    },
    Case {
        name: "a linear layer past its tiles, float16 weights",
        rows: 129,
        size: [132, 68, 1],
        precision: Precision::F16,
        ..PLAIN
    },
    Case {
        name: "a long sum, float16 weights",
        rows: 33,
        size: [36, 516, 1],
        residual: Some(0),
        precision: Precision::F16,
        ..PLAIN
    },
    Case {
        name: "dilated, float16 weights",
        rows: 37,
        size: [7, 5, 3],
        padding: 3,
        dilation: 3,
        precision: Precision::F16,
        ..PLAIN
    },
];

/// Upsampling by 6: name, input rows, and input channels, output channels, stride.
const UPSAMPLING: (&str, u32, [u32; 3]) = ("transposed, upsampling by 6", 11, [8, 12, 6]);

/// A case's result on the GPU, `[rows, channels]`, and its reference.
pub(super) struct Output {
    pub name: &'static str,
    /// That of the weights.
    pub precision: Precision,
    pub values: Vec<f32>,
    pub reference: Vec<f64>,
}

/// Runs all cases with one convolution kernel.
pub(super) async fn run(context: &Context, conv: ConvVariant) -> Result<Vec<Output>> {
    let weights = Weights::new(context);
    let mut graph = Graph::new(Options { conv, ..Options::default() });
    let mut outputs = Vec::new();
    for case in &CASES {
        outputs.push((case.name, case.precision, case.record(&weights, &mut graph)?, case.reference()));
    }
    let upsampled = record_upsampling(&weights, &mut graph)?;
    outputs.push((UPSAMPLING.0, Precision::F32, upsampled, upsampling_reference()));
    outputs.iter().for_each(|(_, _, y, _)| graph.keep(*y));
    weights.flush(&Checkpoint::seeded(0))?; // nothing is read from it: the cases bring their own weights
    let entry = BatchEntry::single();
    let mut plan = Plan::new(context, graph, entry.end())?;
    let views: Vec<BufferView> = outputs.iter().filter_map(|(_, _, y, _)| plan.view(*y, &entry)).collect();
    let Some(readback) = plan.replay(&[entry], &views, None)? else { return Ok(Vec::new()) };
    let words: Vec<f32> = readback.values().await?;
    let mut rest = &words[..];
    let outputs = outputs.into_iter().zip(&views).map(|((name, precision, y, reference), view)| {
        let (own, others) = rest.split_at(view.size as usize / 4);
        rest = others;
        let rows = own.chunks(y.shape.pitch as usize).flat_map(|row| &row[..y.shape.channels as usize]);
        Output { name, precision, values: rows.copied().collect(), reference }
    });
    Ok(outputs.collect())
}

fn values(name: &str, operand: &str, count: u32) -> Vec<f32> {
    seeded::symmetric(&format!("self-check.{name}.{operand}"), count as usize, 0)
}

/// Uploads `[rows, channels]`, rows padded to the tensor's pitch. NaNs follow the last row, so that a kernel that reads
/// past the end is detected.
fn input(weights: &Weights, graph: &mut Graph, x: &[f32], channels: u32) -> Result<Tensor> {
    let shape = Shape::new(Dim::fixed(x.len() as u32 / channels), channels);
    let padding = (channels..shape.pitch).map(|_| 0.0);
    let rows = x.chunks(channels as usize).flat_map(|row| row.iter().copied().chain(padding.clone()));
    let view = weights.scope("self-check").upload_values(rows.chain([f32::NAN; 64]).collect::<Vec<f32>>())?;
    Ok(graph.bind(&view, shape))
}

impl Case {
    /// Where weights are float16, values that float16 represents exactly, since drivers may round what half precision
    /// converts in either direction.
    fn x(&self) -> Vec<f32> {
        let values = values(self.name, "x", self.rows * self.size[1]).into_iter();
        match self.precision {
            Precision::F32 => values.collect(),
            Precision::F16 => values.map(|value| half::f16::from_f32(value).to_f32()).collect(),
        }
    }

    /// Multiples of a power of two that float16 represents exactly, so that both precisions store the same weights. The
    /// scale makes outputs of order 1.
    fn weight(&self) -> Vec<f32> {
        let [out, inputs, taps] = self.size;
        let size = ((inputs * taps) as f32).sqrt().recip().log2().round().exp2();
        let values = values(self.name, "weight", out * inputs * taps);
        values.into_iter().map(|value| (value * 512.0).round() / 512.0 * size).collect()
    }

    fn bias(&self) -> Option<Vec<f32>> {
        self.bias.then(|| values(self.name, "bias", self.size[0]))
    }

    fn out_rows(&self) -> u32 {
        (self.rows + 2 * self.padding - self.dilation * (self.size[2] - 1) - 1) / self.stride + 1
    }

    fn residual(&self) -> Option<Vec<f32>> {
        self.residual.map(|shift| values(self.name, "residual", (self.out_rows() >> shift) * self.size[0]))
    }

    fn record(&self, weights: &Weights, graph: &mut Graph) -> Result<Tensor> {
        let Self { stride, padding, dilation, in_slope, gelu, scale, size, .. } = *self;
        let scope = weights.scope("self-check").with_precision(self.precision);
        let bias = self.bias().unwrap_or_else(|| vec![0.0; size[0] as usize]);
        let weight = upload::conv(&scope, size, ready(self.weight()), ready(bias))?;
        let x = input(weights, graph, &self.x(), size[1])?;
        let residual = self.residual().map(|residual| input(weights, graph, &residual, size[0])).transpose()?;
        let residual = residual.zip(self.residual);
        Conv1d { stride, padding, dilation, in_slope, gelu, residual, scale, ..Conv1d::new(&weight) }.record(graph, x)
    }

    /// The formula of shaders/conv1d.wgsl, one output at a time.
    fn reference(&self) -> Vec<f64> {
        let [out, inputs, taps] = self.size;
        let (x, weight, bias, residual) = (self.x(), self.weight(), self.bias(), self.residual());
        let at = |row: u32, o: u32| {
            let mut sum = bias.as_ref().map_or(0.0, |bias| f64::from(bias[o as usize]));
            for k in 0..taps {
                let from = (row * self.stride + k * self.dilation).checked_sub(self.padding);
                let Some(from) = from.filter(|from| *from < self.rows) else { continue };
                for i in 0..inputs {
                    let value = f64::from(x[(from * inputs + i) as usize]);
                    let value = if value < 0.0 { value * f64::from(self.in_slope) } else { value };
                    sum += f64::from(weight[((o * inputs + i) * taps + k) as usize]) * value;
                }
            }
            if let (Some(residual), Some(shift)) = (&residual, self.residual) {
                sum += f64::from(residual[((row >> shift) * out + o) as usize]);
            }
            let y = sum * f64::from(self.scale);
            if self.gelu { gelu_new(y) } else { y }
        };
        (0..self.out_rows()).flat_map(|row| (0..out).map(move |o| (row, o))).map(|(row, o)| at(row, o)).collect()
    }
}

fn gelu_new(x: f64) -> f64 {
    0.5 * x * (1.0 + (std::f64::consts::FRAC_2_PI.sqrt() * (x + 0.044715 * x.powi(3))).tanh())
}

fn upsampling_operands() -> [Vec<f32>; 3] {
    let (name, rows, [inputs, out, stride]) = UPSAMPLING;
    let weight = values(name, "weight", inputs * out * 2 * stride);
    [values(name, "x", rows * inputs), weight, values(name, "bias", out)]
}

fn record_upsampling(weights: &Weights, graph: &mut Graph) -> Result<Tensor> {
    let (_, _, size) = UPSAMPLING;
    let [x, weight, bias] = upsampling_operands();
    let conv = upload::upsampling(&weights.scope("self-check"), size, ready(weight), ready(bias))?;
    let x = input(weights, graph, &x, size[0])?;
    conv.record(graph, x, 1.0)
}

/// Every row of x is added to `2 stride` rows of y; padding removes half a stride at each end.
fn upsampling_reference() -> Vec<f64> {
    let (_, rows, [inputs, out, stride]) = UPSAMPLING;
    let [x, weight, bias] = upsampling_operands();
    let mut y: Vec<f64> = (0..rows * stride).flat_map(|_| bias.iter().map(|b| f64::from(*b))).collect();
    for (t, k) in (0..rows).flat_map(|t| (0..2 * stride).map(move |k| (t, k))) {
        let row = (t * stride + k).checked_sub(stride / 2).filter(|row| *row < rows * stride);
        let Some(row) = row else { continue };
        for (i, o) in (0..inputs).flat_map(|i| (0..out).map(move |o| (i, o))) {
            let w = weight[((i * out + o) * 2 * stride + k) as usize];
            y[(row * out + o) as usize] += f64::from(w) * f64::from(x[(t * inputs + i) as usize]);
        }
    }
    y
}
