//! A harness that runs single kernels on poisoned buffers and checks for out-of-bounds writes.

use super::network::context;
use super::oracle::{Rng, relative_error};
use crate::batch::{BatchEntry, Extents};
use crate::gpu::BufferView;
use crate::graph::{Graph, Options, Plan, Tensor};
use crate::shape::{Dim, Shape};
use crate::variant::Precision;
use crate::weights::{Scope, Weights};
use crate::{Checkpoint, Context, ConvVariant};

/// Initial value of every buffer: a NaN whose payload no arithmetic produces.
const POISON: u32 = 0x7fc0_dead;

/// Operands and steps of one test case.
pub struct KernelTest {
    context: &'static Context,
    weights: Weights,
    pub graph: Graph,
}

impl KernelTest {
    pub fn new() -> Option<Self> {
        Self::with(ConvVariant::default())
    }

    /// With this convolution kernel.
    pub fn with(conv: ConvVariant) -> Option<Self> {
        let context = context()?;
        let graph = Graph::new(Options { conv, ..Options::default() });
        Some(Self { context, weights: Weights::new(context), graph })
    }

    /// An input `[rows, channels]`, padded to the pitch with zeros. NaNs follow the last row, to detect out-of-bounds reads.
    pub fn input(&mut self, x: &[f32], rows: Dim, channels: u32) -> Tensor {
        self.bind(x, Shape::new(rows, channels))
    }

    /// An input with one value per row, without padding.
    pub fn dense(&mut self, x: &[f32], rows: Dim) -> Tensor {
        self.bind(x, Shape::dense(rows))
    }

    fn bind(&mut self, x: &[f32], shape: Shape) -> Tensor {
        let mut words = pad(x, shape);
        words.extend([f32::from_bits(POISON); 64]);
        let view = self.upload(&words);
        self.graph.bind(&view, shape)
    }

    /// The scope in which matrices are packed.
    pub fn scope(&self, precision: Precision) -> Scope<'_> {
        self.weights.scope("test").with_precision(precision)
    }

    /// Uploads a weight unchanged.
    pub fn upload(&self, values: &[f32]) -> BufferView {
        self.weights.scope("test").upload_values(values).unwrap()
    }

    /// Uploads one value per channel, padded with `fill`.
    pub fn channels(&self, values: &[f32], fill: f32) -> BufferView {
        let mut values = values.to_vec();
        values.resize(values.len().next_multiple_of(4), fill);
        self.upload(&values)
    }

    /// Replays the steps on poisoned buffers with spare capacity, and asserts that nothing is written after each tensor.
    pub fn run(self, entry: BatchEntry) -> Ran {
        self.run_batch(&[entry])
    }

    /// [`run`](Self::run) for several utterances at once. What is written has the rows of all, one utterance after another.
    pub fn run_batch(self, entries: &[BatchEntry]) -> Ran {
        let Self { context, weights, mut graph } = self;
        weights.finish(&Checkpoint::seeded(0)).unwrap(); // nothing is read from it
        graph.keep_all();
        let end = entries.last().unwrap().end();
        let capacity = Extents { tokens: end.tokens + 3, frames: end.frames + 3, ..end };
        let mut plan = Plan::new(context, graph, capacity).unwrap();
        let written: Vec<_> = plan.written().map(|(kernel, tensor, view)| (kernel, tensor, view.clone())).collect();
        let views: Vec<BufferView> = written.iter().map(|(.., view)| view.clone()).collect();
        for view in &views {
            let poison = vec![POISON; view.size as usize / 4];
            context.queue().write_buffer(&view.buffer, view.offset, bytemuck::cast_slice(&poison));
        }
        let readback = plan.replay(entries, &views, None).unwrap().unwrap();
        let words: Vec<u32> = pollster::block_on(readback.values()).unwrap();
        let mut rest = &words[..];
        let results = written.into_iter().map(|(kernel, tensor, view)| {
            let (own, others) = rest.split_at(view.size as usize / 4);
            rest = others;
            let (inside, after) = own.split_at(tensor.shape.total_bytes(&end) as usize / 4);
            let touched = after.iter().position(|word| *word != POISON);
            assert_eq!(touched, None, "{kernel} wrote past the end of its {}, at this word offset", tensor.shape);
            Written { kernel, tensor, words: inside.to_vec() }
        });
        Ran(results.collect())
    }
}

/// The outputs of the steps, in order.
pub struct Ran(Vec<Written>);

pub struct Written {
    pub kernel: &'static str,
    tensor: Tensor,
    /// The raw values, including the padding of the rows.
    pub words: Vec<u32>,
}

impl Ran {
    pub fn written(&self) -> &[Written] {
        &self.0
    }

    fn of(&self, tensor: Tensor) -> &Written {
        self.0.iter().find(|written| written.tensor == tensor).expect("a step writes the tensor")
    }

    /// The raw values of a tensor.
    pub fn words(&self, tensor: Tensor) -> &[u32] {
        &self.of(tensor).words
    }

    /// The values `[rows, channels]` of a tensor. Asserts that all were written, and the padding with zeros.
    #[track_caller]
    pub fn floats(&self, tensor: Tensor) -> Vec<f32> {
        let (Written { kernel, words, .. }, Shape { channels, pitch, .. }) = (self.of(tensor), tensor.shape);
        let mut values = Vec::with_capacity(words.len());
        for (row, words) in words.chunks(pitch as usize).enumerate() {
            for (column, word) in (0..).zip(words) {
                let value = f32::from_bits(*word);
                assert_ne!(*word, POISON, "{kernel} left [{row}, {column}] of its {} unwritten", tensor.shape);
                if column < channels {
                    values.push(value);
                } else {
                    assert_eq!(value, 0.0, "{kernel}: padding of row {row} of its {}, column {column}", tensor.shape);
                }
            }
        }
        values
    }
}

fn pad(x: &[f32], shape: Shape) -> Vec<f32> {
    assert!(x.len().is_multiple_of(shape.channels as usize), "{} values are not rows of {}", x.len(), shape.channels);
    x.chunks(shape.channels as usize)
        .flat_map(|row| row.iter().copied().chain((shape.channels..shape.pitch).map(|_| 0.0)))
        .collect()
}

/// `count` uniform random values in [-size, size).
pub fn uniforms(rng: &mut Rng, count: usize, size: f32) -> Vec<f32> {
    rng.uniforms(count).iter().map(|x| x * size).collect()
}

/// Like [`uniforms`], rounded such that float16 represents them exactly.
pub fn halves(rng: &mut Rng, count: usize, size: f32) -> Vec<f32> {
    let unit = size.log2().ceil().exp2() / 1024.0;
    uniforms(rng, count, size).iter().map(|x| (x / unit).round() * unit).collect()
}

/// `||got - want|| <= bound ||want||`.
#[track_caller]
pub fn assert_within(label: &str, got: &[f32], want: &[f64], bound: f64) {
    assert_eq!(got.len(), want.len(), "{label}: lengths differ");
    let error = relative_error(got, want);
    println!("{label}: {error:.1e}, at most {bound:.1e}");
    if error <= bound {
        return;
    }
    // If no value were off by more than this, the norm would be within its bound.
    let allowed = bound * (want.iter().map(|x| x * x).sum::<f64>() / want.len() as f64).sqrt();
    let is_bad = |off: f64| off.is_nan() || off.abs() > allowed;
    let bad = got.iter().zip(want).position(|(got, want)| is_bad(f64::from(*got) - want)).unwrap_or(0);
    panic!(
        "{label}: relative error {error:.2e}, at most {bound:.1e}; first at {bad}: {} instead of {}",
        got[bad], want[bad]
    );
}
