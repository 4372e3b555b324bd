//! Runs the self-check.

use super::cases;
use crate::batch::BatchEntry;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, Result};
use crate::gpu::Context;
use crate::graph::{Graph, Options, Plan};
use crate::kernels::{iterations_of, loop_iterations};
use crate::model::{Config, Istftnet, Model, ModelOptions, Plbert};
use crate::util::Instant;
use crate::variant::{ConvVariant, Precision};
use crate::verify::golden::Golden;
use crate::verify::report::StageReport;
use crate::verify::stages::{FLOOR, verify_variant};

/// Golden file (reference values of every stage, from the published PyTorch code) of a network with fewer channels,
/// [`narrow_config`], which runs every module and kernel of the published one. The utterance has three phonemes and 0.2 s.
const NARROW: &[u8] = include_bytes!("../../../tests/golden/narrow.safetensors");
/// Bound for products of float16 by cooperative matrices. Tensor cores truncate their sums instead of rounding them (Fasi et al.,
/// "Numerical behavior of NVIDIA tensor cores", 2021).
const MATRIX_BOUND: f64 = 2e-5;
/// Bound for products of float16 whose sums of 16 are float16 too: 5e-4 is usual, and twice that where sums are truncated.
const HALF_BOUND: f64 = 1.5e-3;
/// Iterations of the loop that probes how many a driver runs: 1.5 times the lowest known limit, 65,535.
const PROBE_ITERATIONS: u32 = 100_000;

/// One comparison with one convolution kernel: a convolution, or a stage of the narrow network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trial {
    /// The convolution kernel.
    pub conv: ConvVariant,
    /// The convolution's description, the stage's name in the checkpoint, or the kernel that did not compile.
    pub name: String,
    /// Relative error `||x - reference|| / ||reference||`, the reference in float64; for the durations (`pred_dur`) and the
    /// spectrum's angles that are 0 or π (`real bins`), the number of values that differ. NaN if nothing could be compared.
    pub error: f64,
    /// Largest error that passes.
    pub bound: f64,
    /// The driver's message, if it could not compile the kernel.
    pub compile_error: Option<String>,
}

impl Trial {
    /// Whether the error is within its bound.
    pub fn passed(&self) -> bool {
        self.error <= self.bound
    }
}

/// Outcome of a self-check of an adapter with its driver.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct SelfCheck {
    /// The adapter.
    pub adapter: String,
    /// Convolution kernels that computed correct results.
    pub passing: Vec<ConvVariant>,
    /// Convolution kernels that gave wrong results or did not compile. They are disabled, unless all of them failed. Those of
    /// half precision count as failing if none of full precision passed.
    pub failing: Vec<ConvVariant>,
    /// All comparisons in execution order: the convolutions of each kernel, then the network with each kernel whose
    /// convolutions passed.
    pub trials: Vec<Trial>,
    /// Iterations that a loop of 100,000 really ran; `None` if the count is inconclusive. Some drivers stop loops
    /// at 65,535 iterations; every kernel here needs fewer.
    pub loop_iterations: Option<u32>,
    /// Duration of the check in seconds.
    pub seconds: f64,
}

impl SelfCheck {
    /// Whether the network computes correct results with at least one convolution kernel.
    pub fn passed(&self) -> bool {
        !self.passing.is_empty()
    }

    /// Turns a failed check into an error.
    ///
    /// # Errors
    /// [`Error::SelfCheck`] with the first failing comparison, if no convolution kernel passes.
    pub fn result(&self) -> Result<()> {
        let first = self.trials.iter().find(|trial| !trial.passed()).filter(|_| !self.passed());
        first.map_or(Ok(()), |trial| {
            let Trial { name, error, bound, compile_error, .. } = trial.clone();
            let reason = compile_error.unwrap_or_else(|| format!("error {error:.1e}, at most {bound:.1e} passes"));
            Err(Error::SelfCheck { adapter: self.adapter.clone(), what: name, reason })
        })
    }

    fn log(&self) {
        for conv in self.failing.iter().filter(|_| self.passed()) {
            let failing = self.trials.iter().find(|trial| trial.conv == *conv && !trial.passed());
            let Some(Trial { name, error, compile_error, .. }) = failing else { continue };
            let reason = compile_error.clone().unwrap_or_else(|| format!("{name} has error {error:.1e}"));
            log::warn!("{}: convolution kernel {conv} is disabled: {reason}", self.adapter);
        }
        match self.loop_iterations {
            Some(PROBE_ITERATIONS) => {}
            Some(ran) => log::info!("{}: a loop of {PROBE_ITERATIONS} iterations stopped after {ran}", self.adapter),
            None => log::info!("{}: the iterations of a loop of {PROBE_ITERATIONS} could not be counted", self.adapter),
        }
    }
}

impl Context {
    /// Checks what this adapter and driver compute, in a second or two. Each convolution kernel runs small cases,
    /// which are compared with float64 on the host. With each kernel that passes, a short utterance runs through a
    /// narrow network, with weights as float32 and as float16, and is compared with PyTorch's float64, stage by stage. A kernel that fails is disabled with a
    /// warning: [`conv_variants`](Self::conv_variants) no longer lists it, and synthesizers created later use another.
    /// If no kernel passes, none is disabled, and [`SelfCheck::result`] is an error.
    ///
    /// [`self_check_once`](Self::self_check_once) caches the result, and also measures the kernels like
    /// [`tune`](Self::tune). [`verify`](crate::verify::verify) checks the full network.
    ///
    /// # Errors
    /// [`Error::Shader`] if the driver cannot compile a kernel that has no alternative, and errors of the device. Wrong
    /// results are not errors.
    pub async fn self_check(&self) -> Result<SelfCheck> {
        self.self_check_of(&self.runnable_conv_variants()).await
    }

    /// The self-check with these convolution kernels alone.
    pub(crate) async fn self_check_of(&self, kernels: &[ConvVariant]) -> Result<SelfCheck> {
        let start = Instant::now();
        let mut trials = Vec::new();
        for conv in kernels {
            trials.extend(convolutions(self, *conv).await?);
        }
        let split = |trials: &[Trial]| -> (Vec<ConvVariant>, Vec<ConvVariant>) {
            let passes = |conv: &ConvVariant| trials.iter().all(|trial| trial.conv != *conv || trial.passed());
            // The bounds of half precision hide many a fault of the kernels that all variants share.
            let full = kernels.iter().any(|conv| !conv.is_half_precision() && passes(conv));
            kernels.iter().copied().partition(|conv| full && passes(conv))
        };
        let (passing, failing) = split(&trials);
        // Kernels that an earlier check disabled stay disabled until this check ends.
        let usable = self.conv_variants();
        let disabled = kernels.iter().copied().filter(|conv| !usable.contains(conv));
        self.set_excluded_conv_variants(&disabled.chain(failing).collect::<Vec<_>>(), kernels);
        if !passing.is_empty() {
            let golden = Golden::from_bytes("self-check", NARROW)?;
            let load = |precision| {
                let options = ModelOptions::default().with_config(narrow_config()).with_precision(precision);
                Model::load_with(self, &Checkpoint::seeded(0), &options)
            };
            for precision in [Precision::F32, Precision::F16] {
                let model = load(precision)?;
                // The variants of half precision multiply float16 only.
                let half_only = |conv: &&ConvVariant| precision == Precision::F16 || !conv.is_half_precision();
                for conv in passing.iter().filter(half_only) {
                    trials.extend(network(&model, &golden, *conv).await?);
                }
            }
        }
        let (passing, failing) = split(&trials);
        self.set_excluded_conv_variants(&failing, kernels);
        let adapter = format!("{} ({:?})", self.info().name, self.info().backend);
        let loop_iterations = count_iterations(self).await?;
        let seconds = start.elapsed().as_secs_f64();
        let check = SelfCheck { adapter, passing, failing, trials, loop_iterations, seconds };
        check.log();
        Ok(check)
    }
}

/// Dimensions of the narrow network of the golden file.
pub(crate) fn narrow_config() -> Config {
    Config {
        hidden_dim: 64,
        style_dim: 16,
        n_layer: 2,
        plbert: Plbert {
            embedding_size: 16,
            hidden_size: 48,
            num_attention_heads: 3,
            intermediate_size: 64,
            num_hidden_layers: 2,
            ..Config::default().plbert
        },
        decoder_dim: 64,
        asr_res_dim: 8,
        // 16 channels in the last stage: four vec4, and less than a tile.
        istftnet: Istftnet { upsample_initial_channel: 64 },
        ..Config::default()
    }
}

/// The small cases with one convolution kernel. A kernel that doesn't compile is a failing trial, not an error.
async fn convolutions(context: &Context, conv: ConvVariant) -> Result<Vec<Trial>> {
    let bound = |precision| match (conv, precision) {
        (ConvVariant::Half, Precision::F16) => HALF_BOUND,
        (ConvVariant::Matrix8 | ConvVariant::Matrix16, Precision::F16) => MATRIX_BOUND,
        _ => FLOOR,
    };
    match cases::run(context, conv).await {
        Ok(outputs) => {
            let trial = |output: cases::Output| {
                let reference: f64 = output.reference.iter().map(|r| r * r).sum();
                let pairs = output.values.iter().zip(&output.reference);
                let difference: f64 = pairs.map(|(y, r)| (f64::from(*y) - r).powi(2)).sum();
                let (name, error) = (format!("conv1d, {}", output.name), (difference / reference).sqrt());
                Trial { conv, name, error, bound: bound(output.precision), compile_error: None }
            };
            Ok(outputs.into_iter().map(trial).collect())
        }
        Err(Error::Shader { kernel, source }) => {
            let compile_error = Some(format!("the driver cannot compile {kernel}: {source}"));
            Ok(vec![Trial { conv, name: kernel, error: f64::NAN, bound: FLOOR, compile_error }])
        }
        Err(error) => Err(error),
    }
}

/// The stages of the narrow network with one convolution kernel.
async fn network(model: &Model, golden: &Golden, conv: ConvVariant) -> Result<Vec<Trial>> {
    let mut stages = verify_variant(model, golden, conv).await?.stages;
    // Wrong durations make all later stages incomparable. Listed right after the stage that computes them,
    // they are reported as the first failure.
    let position = |stages: &[StageReport], name| stages.iter().position(|stage| stage.name == name);
    if let (Some(to), Some(from)) = (position(&stages, "predictor.duration_proj"), position(&stages, "pred_dur")) {
        stages[to + 1..=from].rotate_right(1);
    }
    let stored = if model.precision() == Precision::F16 { ", float16 weights" } else { "" };
    let trial = |stage: StageReport| {
        let StageReport { name, error, bound, .. } = stage;
        Trial { conv, name: name + stored, error, bound, compile_error: None }
    };
    Ok(stages.into_iter().map(trial).collect())
}

/// Runs the probe loop. Returns the number of iterations, or `None` if the result fits none.
async fn count_iterations(context: &Context) -> Result<Option<u32>> {
    let mut graph = Graph::new(Options::default());
    let y = loop_iterations(&mut graph, PROBE_ITERATIONS)?;
    graph.keep(y);
    let entry = BatchEntry::single();
    let mut plan = Plan::new(context, graph, entry.end())?;
    let views: Vec<_> = plan.view(y, &entry).into_iter().collect();
    let Some(readback) = plan.replay(&[entry], &views, None)? else { return Ok(None) };
    let words: Vec<u32> = readback.values().await?;
    Ok(words.first().and_then(|reached| iterations_of(*reached, PROBE_ITERATIONS)))
}
