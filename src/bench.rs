//! Single operators at the shapes of the published network, for `benches/` and [`PeakThroughput`](crate::PeakThroughput).
//!
//! Public but hidden: `benches/` is another crate, and operators can only be recorded with the graph's internals.

use std::time::{Duration, Instant};

use crate::batch::BatchEntry;
use crate::checkpoint::Checkpoint;
use crate::checkpoint::seeded::symmetric;
use crate::error::{Error, Result};
use crate::gpu::{BufferView, Context, Profile};
use crate::graph::{Graph, Options, Plan, Tensor};
use crate::kernels::{Conv1d, ConvWeight, InstanceNorm, Lstm, ModulationOffset, WinogradConv, attention};
use crate::model::upload;
use crate::shape::{Dim, Shape};
use crate::speech::Synthesizer;
use crate::variant::Precision;
use crate::weights::{Weights, ready};

/// An operator with its inputs on the device.
pub struct Operator {
    context: Context,
    plan: Plan,
    entry: BatchEntry,
    /// A few values of the result, whose readback shows that the operator has finished.
    output: BufferView,
}

/// Time and work of one run of an [`Operator`].
pub(crate) struct Sample {
    /// Time on the GPU.
    pub time: Duration,
    /// Operations of the direct algorithm.
    pub flops: u64,
}

/// Records an operator with seeded inputs and weights.
struct Recorder<'a> {
    context: &'a Context,
    weights: &'a Weights,
    graph: Graph,
    entry: BatchEntry,
}

impl Recorder<'_> {
    /// An input \[rows, channels\] of values in -1..1.
    fn input(&mut self, rows: Dim, channels: u32) -> Result<Tensor> {
        let shape = Shape::new(rows, channels);
        let values = symmetric("bench", shape.bytes(&self.entry) as usize / 4, 0);
        let view = self.context.guarded("allocating the input of a benchmark", || {
            let buffer = self.context.create_buffer(&wgpu::BufferDescriptor {
                label: Some("bench"),
                size: shape.bytes(&self.entry),
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            self.context.queue().write_buffer(&buffer, 0, bytemuck::cast_slice(&values));
            BufferView::whole(buffer)
        })?;
        Ok(self.graph.bind(&view, shape))
    }

    fn values(&self, count: u32) -> Vec<f32> {
        symmetric("bench.weights", count as usize, 0)
    }

    /// A buffer of weights.
    fn weight(&self, count: u32) -> Result<BufferView> {
        self.weights.scope("bench").upload_values(self.values(count))
    }

    fn gemm(&self, [inputs, out, taps]: [u32; 3]) -> Result<ConvWeight> {
        let (filters, bias) = (ready(self.values(out * inputs * taps)), ready(vec![0.0; out as usize]));
        upload::conv(&self.weights.scope("bench"), [out, inputs, taps], filters, bias)
    }

    fn conv(&mut self, [inputs, out, taps]: [u32; 3]) -> Result<Tensor> {
        let (x, weight) = (self.input(Dim::FRAMES, inputs)?, self.gemm([inputs, out, taps])?);
        Conv1d { padding: taps / 2, ..Conv1d::new(&weight) }.record(&mut self.graph, x)
    }

    /// A norm, followed by a LeakyReLU of this slope, or as an affine map.
    fn norm(&mut self, x: Tensor, channels: u32, slope: Option<f32>) -> Result<Tensor> {
        let modulation = (self.input(Dim::fixed(1), 2 * channels)?, ModulationOffset { offset4: 0 });
        let (weight, bias) = (self.weight(channels)?, self.weight(channels)?);
        let norm = InstanceNorm { weight: &weight, bias: &bias, modulation, eps: 1e-5 };
        match slope {
            Some(slope) => norm.record_leaky(&mut self.graph, x, slope),
            None => norm.record_affine(&mut self.graph, x),
        }
    }

    /// Norm, Snake and convolution: one of the six parts of a residual block of the generator.
    fn filtered(&mut self, [channels, taps, dilation]: [u32; 3]) -> Result<Tensor> {
        let x = self.input(Dim::FRAMES, channels)?;
        let affine = self.norm(x, channels, None)?;
        let (values, bias) = (ready(self.values(channels * channels * taps)), ready(self.values(channels)));
        let weight = upload::winograd(&self.weights.scope("bench"), [channels, taps], values, bias)?;
        let alpha = self.weight(channels)?;
        let conv = WinogradConv {
            weight: &weight,
            dilation,
            affine,
            alpha: &alpha,
            residual: Some(x),
            in_place: false,
            sum: None,
            scale: 1.0,
        };
        conv.record(&mut self.graph, x)
    }

    fn norm_leaky(&mut self, channels: u32) -> Result<Tensor> {
        let x = self.input(Dim::FRAMES, channels)?;
        self.norm(x, channels, Some(0.2))
    }

    fn upsampling(&mut self, [inputs, out, stride]: [u32; 3]) -> Result<Tensor> {
        let x = self.input(Dim::FRAMES, inputs)?;
        let (values, bias) = (ready(self.values(inputs * out * 2 * stride)), ready(self.values(out)));
        let conv = upload::upsampling(&self.weights.scope("bench"), [inputs, out, stride], values, bias)?;
        conv.record(&mut self.graph, x, 0.1)
    }

    fn lstm(&mut self, hidden: u32) -> Result<Tensor> {
        let gates = self.input(Dim::TOKENS, 8 * hidden)?;
        let weight = self.weight(8 * hidden * hidden)?;
        Lstm { weight: &weight, precision: Precision::F32, hidden }.record(&mut self.graph, gates)
    }

    fn attention(&mut self, width: u32, heads: u32) -> Result<Tensor> {
        let qkv = self.input(Dim::TOKENS, 3 * width)?;
        attention(&mut self.graph, qkv, heads)
    }
}

impl Operator {
    fn new(
        context: &Context,
        entry: BatchEntry,
        record: impl FnOnce(&mut Recorder<'_>) -> Result<Tensor>,
    ) -> Result<Self> {
        let weights = Weights::new(context);
        let options = Options { conv: context.conv_variant(), ..Options::default() };
        let mut recorder = Recorder { context, weights: &weights, graph: Graph::new(options), entry };
        let y = record(&mut recorder)?;
        let mut graph = recorder.graph;
        graph.keep(y);
        weights.flush(&Checkpoint::seeded(0))?; // nothing is read from it
        let plan = Plan::new(context, graph, entry.end())?;
        let output = plan.view(y, &entry);
        let output = output.ok_or_else(|| Error::Gpu { what: "planning", source: "no output".into() })?;
        Ok(Self { context: context.clone(), plan, entry, output: BufferView { size: 16, ..output } })
    }

    /// The product of two square matrices of `size` rows.
    pub(crate) fn square(context: &Context, size: u32) -> Result<Self> {
        let entry = BatchEntry { frames: size, ..BatchEntry::default() };
        Self::new(context, entry, |recorder| recorder.conv([size, size, 1]))
    }

    /// Runs the operator once and waits. Returns the time on the host's clock, including submission and waiting.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn run(&mut self) -> Result<Duration> {
        let start = Instant::now();
        let reads = std::slice::from_ref(&self.output);
        if let Some(readback) = self.plan.replay(std::slice::from_ref(&self.entry), reads, None)? {
            pollster::block_on(readback.values::<f32>())?;
        }
        Ok(start.elapsed())
    }

    /// Runs the operator once. The time is measured on the GPU.
    pub(crate) fn profile(&mut self) -> Result<Sample> {
        let mut profile = Profile::new();
        self.plan.replay(std::slice::from_ref(&self.entry), &[], Some(&mut profile))?;
        let rows = pollster::block_on(profile.finish(&self.context))?;
        let time = Duration::from_nanos(rows.iter().map(|row| row.nanoseconds).sum());
        Ok(Sample { time, flops: rows.iter().map(|row| row.flops).sum() })
    }
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").field("entry", &self.entry).finish_non_exhaustive()
    }
}

// A second of audio is 40 frames: 80 rows before the generator, 800 after its first and 4800 after its second upsampling. A
// sentence is about 60 tokens.
const FRAMES: BatchEntry = lengths(0, 40);
const GENERATOR_INPUT: BatchEntry = lengths(0, 80);
const FIRST_STAGE: BatchEntry = lengths(0, 800);
const SECOND_STAGE: BatchEntry = lengths(0, 4800);
const SENTENCE: BatchEntry = lengths(62, 0);

const fn lengths(tokens: u32, frames: u32) -> BatchEntry {
    BatchEntry { tokens, frames, ..BatchEntry::single() }
}

/// Submits every dispatch of an utterance of `ids` phoneme ids and `frames` frames, and reads nothing back. On wgpu's noop
/// device the time is the host's share alone.
///
/// # Errors
/// As [`Synthesizer::planned_dispatches`].
pub fn submit(synthesizer: &mut Synthesizer, ids: u32, frames: u32) -> Result<()> {
    synthesizer.submit(ids, frames)
}

type Record = fn(&mut Recorder<'_>) -> Result<Tensor>;

/// The operators that take the most time, and their lengths.
const HOT: [(&str, BatchEntry, Record); 14] = [
    ("linear 768 to 2304, 62 rows", SENTENCE, |b| {
        let (x, weight) = (b.input(Dim::TOKENS, 768)?, b.gemm([768, 2304, 1])?);
        Conv1d::new(&weight).record(&mut b.graph, x)
    }),
    ("attention 12 x 64, 62 tokens", SENTENCE, |b| b.attention(768, 12)),
    ("lstm 2 x 256, 62 rows", SENTENCE, |b| b.lstm(256)),
    ("conv 1090 to 1024, 3 taps, 40 rows", FRAMES, |b| b.conv([1090, 1024, 3])),
    ("upsampling 512 to 256 by 10, 80 rows", GENERATOR_INPUT, |b| b.upsampling([512, 256, 10])),
    ("upsampling 256 to 128 by 6, 800 rows", FIRST_STAGE, |b| b.upsampling([256, 128, 6])),
    ("norm, snake, conv 256, 3 taps, 800 rows", FIRST_STAGE, |b| b.filtered([256, 3, 1])),
    ("norm, snake, conv 256, 7 taps, 800 rows", FIRST_STAGE, |b| b.filtered([256, 7, 1])),
    ("norm, snake, conv 256, 11 taps dilated by 5, 800 rows", FIRST_STAGE, |b| b.filtered([256, 11, 5])),
    ("norm, snake, conv 128, 3 taps, 4800 rows", SECOND_STAGE, |b| b.filtered([128, 3, 1])),
    ("norm, snake, conv 128, 7 taps, 4800 rows", SECOND_STAGE, |b| b.filtered([128, 7, 1])),
    ("norm, snake, conv 128, 11 taps dilated by 5, 4800 rows", SECOND_STAGE, |b| b.filtered([128, 11, 5])),
    ("norm and LeakyReLU 512, 80 rows", GENERATOR_INPUT, |b| b.norm_leaky(512)),
    ("conv 128 to 22, 7 taps, 4800 rows", SECOND_STAGE, |b| b.conv([128, 22, 7])),
];

/// The operators that take the most time, at the shapes of one second of audio or of a sentence, by name.
///
/// # Errors
/// Errors of the device.
pub fn hot(context: &Context) -> Result<Vec<(&'static str, Operator)>> {
    HOT.iter().map(|(name, entry, record)| Ok((*name, Operator::new(context, *entry, record)?))).collect()
}
