//! `kokoro profile`: GPU time of each stage and kernel, measured or predicted.

mod groups;
mod picture;
mod predict;
mod table;
mod trace;

use std::path::PathBuf;
use std::process::ExitCode;

use kokoro_wgpu::{PeakThroughput, ProfileRow, Speech, Stats, Synthesizer, block_on};
use serde_json::{Value, json};

use crate::adapter::{self, AdapterArg};
use crate::bench_input;
use crate::failure::Outcome;
use crate::model::{ConfigArg, ModelArg};
use crate::output::{self, Output};
use groups::Group;
use predict::Target;
use predict::compare::Comparison;

/// Measure the GPU time of each stage and kernel
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Length of the utterance, in phonemes [default: 60; with --predict: 10 and 60]
    #[arg(long, value_name = "N", value_parser = bench_input::tokens)]
    tokens: Option<usize>,
    /// Predict the time on a GPU that is not here: the name of the GPU, or `all`. `this` compares the predictions with the
    /// measured times of this adapter
    #[arg(long, value_name = "CHIP", conflicts_with_all = ["trace", "svg"])]
    predict: Option<Target>,
    /// Predict the time of so many such utterances at once, 1 to 16
    #[arg(long, value_name = "N", default_value = "1", requires = "predict", value_parser = clap::value_parser!(u8).range(1..=16))]
    batch: u8,
    /// Assume that matrix products reach at most this share of a GPU's peak arithmetic, more than 0 and at most 1; what their
    /// instructions allow is a bound [default: 1]
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "predict")]
    product_share: Option<f64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Also write all dispatches as a trace for ui.perfetto.dev or chrome://tracing
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Also draw the time of each stage
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    adapter: AdapterArg,
}

const EXAMPLES: &str = "Without --model and $KOKORO_MODEL, the weights are those of seeded:0. They take the same time.

Examples:
  kokoro profile
  kokoro profile --tokens 200 --trace trace.json --svg stages.svg
  kokoro profile --predict rtx-4090    the predicted time by stage on a GPU that is not here
  kokoro profile --predict all         the same for all GPUs that it has figures of, a line each
  kokoro profile --predict all --batch 16
  kokoro profile --predict all --product-share 0.35
  kokoro profile --predict this        how well times are predicted for this adapter";

const DEFAULT_TOKENS: usize = 60;

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "expected a number above 0 and at most 1".to_owned())
}

struct Profile {
    adapter: String,
    driver: String,
    model: String,
    tokens: usize,
    speech: Speech,
    rows: Vec<ProfileRow>,
    /// Measured peak throughput of the adapter.
    peak: PeakThroughput,
    stats: Stats,
    resident_bytes: u64,
    /// With `--predict this`.
    comparison: Option<Comparison>,
}

pub fn run(args: &Args) -> Outcome {
    if let Some(Target::Chips(chips)) = args.predict {
        return predict::run(args, chips);
    }
    let files = [&args.trace, &args.svg].map(|path| path.as_deref().map(Output::file).transpose());
    let [trace, svg] = files;
    let (trace, svg) = (trace?, svg?);
    let profile = measure(args)?;
    if let Some(file) = trace {
        file.write(trace::events(&profile.rows, &profile.adapter).to_string().as_bytes())?;
    }
    if let Some(file) = svg {
        file.write(picture::stages(&profile)?.as_bytes())?;
    }
    let text = if args.json { format!("{:#}\n", profile.json()) } else { table::text(&profile) };
    output::stdout(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn measure(args: &Args) -> Result<Profile, crate::failure::Failure> {
    let (checkpoint, config) = bench_input::model(&args.model, &args.config)?;
    let context = args.adapter.open()?;
    let peak = PeakThroughput::measure(&context)?;
    let model = args.model.precision.load(&context, &checkpoint, &config)?;
    drop(checkpoint); // unmaps the file
    let mut synthesizer = Synthesizer::new(&model)?;
    let tokens = args.tokens.unwrap_or(DEFAULT_TOKENS);
    let utterance = bench_input::utterance(model.config(), tokens);
    // The driver may compile during the first run.
    block_on(synthesizer.synthesize(&utterance))?;
    let (speech, rows) = block_on(synthesizer.profile(&utterance))?;
    let stats = synthesizer.stats();
    let comparison = args.predict.map(|_| -> kokoro_wgpu::Result<Comparison> {
        let dispatches = synthesizer.planned_dispatches(tokens as u32, speech.durations.iter().sum())?;
        Ok(Comparison::new(&rows, &dispatches, &peak, context.info()))
    });
    Ok(Profile {
        adapter: adapter::name(context.info()),
        driver: adapter::driver(context.info()),
        model: model.origin().to_owned(),
        tokens,
        speech,
        rows,
        peak,
        stats,
        resident_bytes: model.resident_bytes(),
        comparison: comparison.transpose()?,
    })
}

impl Profile {
    fn stages(&self) -> Vec<Group> {
        groups::sum(&self.rows, |row| groups::stage(&row.label))
    }

    /// Kernels by decreasing time.
    fn kernels(&self) -> Vec<Group> {
        let mut kernels = groups::sum(&self.rows, |row| row.kernel.to_owned());
        kernels.sort_by_key(|kernel| std::cmp::Reverse(kernel.nanoseconds));
        kernels
    }

    /// Peak bytes of all buffers except parameters.
    fn activation_bytes(&self) -> u64 {
        self.stats.buffers.iter().map(|(_, bytes)| bytes).sum()
    }

    fn json(&self) -> Value {
        let list = |groups: Vec<Group>| groups.iter().map(Group::json).collect::<Vec<_>>();
        let Stats { dispatches, submits, uploaded_bytes, buffers, .. } = &self.stats;
        let buffers: Vec<Value> = buffers.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect();
        json!({
            "version": env!("CARGO_PKG_VERSION"), "adapter": self.adapter, "driver": self.driver,
            "model": self.model, "tokens": self.tokens, "audio_seconds": self.speech.seconds(),
            "peak": {
                "gflops": self.peak.gflops, "gemm_size": self.peak.gemm_size,
                "gigabytes_per_second": self.peak.gigabytes_per_second, "copy_bytes": self.peak.copy_bytes,
                "dispatch_seconds": self.peak.dispatch_seconds,
            },
            "total": groups::total(&self.rows).json(), "stages": list(self.stages()), "kernels": list(self.kernels()),
            "dispatches": dispatches, "submits": submits, "uploaded_bytes": uploaded_bytes,
            "gpu_peak_bytes": self.resident_bytes + self.activation_bytes(), "parameter_bytes": self.resident_bytes,
            "buffers": buffers, "prediction": self.comparison.as_ref().map(Comparison::json),
        })
    }
}
