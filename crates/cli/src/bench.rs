//! `kokoro bench`: measures the time from ids to samples.

mod plot;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use kokoro_wgpu::{Context, Error, Model, Speech, Synthesizer, block_on};
use serde_json::{Value, json};

use crate::adapter::{self, AdapterArg};
use crate::bench_input;
use crate::failure::{Failure, Outcome};
use crate::model::{ConfigArg, ModelArg};
use crate::output::{self, Output};

/// Measure the time from phoneme ids to samples
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Lengths of the utterances, in phonemes
    #[arg(long, value_name = "N", num_args = 1.., default_values = ["12", "60", "200"], value_parser = bench_input::tokens)]
    tokens: Vec<usize>,
    /// Runs of each length, after a first one that is reported separately
    #[arg(long, default_value = "5", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Utterances of that length at once, up to 16; `x real time` counts the audio of all
    #[arg(long, default_value = "1", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=16))]
    batch: u32,
    /// Print a line of JSON for each length
    #[arg(long)]
    json: bool,
    /// Also draw time and memory by length
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    adapter: AdapterArg,
}

const EXAMPLES: &str = "\
Seconds are wall time from ids to samples on the host. The first run of a length is reported separately, because it
allocates buffers and the driver may compile. `first audio` is the time from the start of this process to the samples of
the first length: opening the device, loading and uploading the model, compiling, and the run. Kernels compiled by earlier
runs are not used, but the system and the driver may have cached files.
Without --model and $KOKORO_MODEL, the weights are those of seeded:0. They take the same time.

Examples:
  kokoro bench
  kokoro bench --conv registers             with another convolution kernel than the fastest
  kokoro bench --tokens 12 --batch 16       sixteen utterances at once
  kokoro bench --tokens 12 30 60 120 200 --runs 3 --json --svg cost.svg";

/// Results of one length. Times are in seconds.
struct Measurement {
    tokens: usize,
    batch: u32,
    /// Of the whole batch.
    audio: f64,
    first: f64,
    median: f64,
    min: f64,
    /// Since the start of the process; measured for the first length only.
    first_audio: Option<f64>,
    /// Parameters and activations.
    peak_bytes: u64,
    activation_bytes: u64,
    dispatches: u64,
}

/// Runs the command. `process_start` is the start of the process.
pub fn run(args: &Args, process_start: Instant) -> Outcome {
    let svg = args.svg.as_deref().map(Output::file).transpose()?;
    let (checkpoint, config) = bench_input::model(&args.model, &args.config)?;
    let context = args.adapter.open_cold()?;
    let model = args.model.precision.load(&context, &checkpoint, &config)?;
    drop(checkpoint); // unmaps the file
    if !args.json {
        output::stdout(header(&model).as_bytes())?;
    }
    let mut all: Vec<Measurement> = Vec::new();
    for (index, tokens) in args.tokens.iter().enumerate() {
        let measurement = measure(&model, *tokens, args, (index == 0).then_some(process_start))?;
        let line = if args.json { format!("{}\n", measurement.json(&model, args.runs)) } else { measurement.text() };
        output::stdout(line.as_bytes())?;
        all.push(measurement);
    }
    if let Some(file) = svg {
        all.sort_by_key(|measurement| measurement.tokens);
        file.write(plot::cost(&all, &device(&context))?.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn device(context: &Context) -> String {
    format!("{}, driver {}", adapter::name(context.info()), adapter::driver(context.info()))
}

fn measure(model: &Model, tokens: usize, args: &Args, process_start: Option<Instant>) -> Result<Measurement, Failure> {
    // A new one for each length, so that its buffers have the size that this length needs.
    let mut synthesizer = Synthesizer::new(model)?;
    let batch = vec![bench_input::utterance(model.config(), tokens); args.batch as usize];
    let mut time = || -> Result<(f64, f64), Error> {
        let start = Instant::now();
        let speech = block_on(synthesizer.synthesize_batch(&batch))?;
        Ok((start.elapsed().as_secs_f64(), speech.iter().map(Speech::seconds).sum()))
    };
    let (first, audio) = time()?;
    let first_audio = process_start.map(|start| start.elapsed().as_secs_f64());
    let mut times = (0..args.runs).map(|_| Ok(time()?.0)).collect::<Result<Vec<f64>, Error>>()?;
    times.sort_by(f64::total_cmp);
    Ok(Measurement {
        tokens,
        batch: args.batch,
        audio,
        first,
        median: f64::midpoint(times[(times.len() - 1) / 2], times[times.len() / 2]),
        min: times[0],
        first_audio,
        peak_bytes: model.resident_bytes() + synthesizer.peak_bytes(),
        activation_bytes: synthesizer.peak_bytes(),
        dispatches: synthesizer.stats().dispatches,
    })
}

fn header(model: &Model) -> String {
    format!(
        "{}, {}\n{:>6} {:>9} {:>9} {:>9} {:>9} {:>11} {:>12} {:>9} {:>11}\n",
        device(model.context()),
        model.origin(),
        "tokens",
        "audio s",
        "first s",
        "median s",
        "min s",
        "x real time",
        "GPU peak MB",
        "dispatches",
        "first audio"
    )
}

impl Measurement {
    fn times_real_time(&self) -> f64 {
        self.audio / self.median
    }

    fn text(&self) -> String {
        format!(
            "{:>6} {:>9.3} {:>9.4} {:>9.4} {:>9.4} {:>11.2} {:>12.1} {:>10} {:>11}\n",
            self.tokens,
            self.audio,
            self.first,
            self.median,
            self.min,
            self.times_real_time(),
            self.peak_bytes as f64 / 1e6,
            self.dispatches,
            self.first_audio.map_or_else(String::new, |seconds| format!("{seconds:.2} s"))
        )
    }

    fn json(&self, model: &Model, runs: u32) -> Value {
        let info = model.context().info();
        let round = |value: f64, digits: i32| (value * 10f64.powi(digits)).round() / 10f64.powi(digits);
        json!({
            "system": format!("kokoro-wgpu {}", env!("CARGO_PKG_VERSION")), "model": model.origin(),
            "tokens": self.tokens, "batch": self.batch,
            "audio_seconds": round(self.audio, 3), "first_seconds": round(self.first, 4),
            "median_seconds": round(self.median, 4), "min_seconds": round(self.min, 4), "runs": runs,
            "times_real_time": round(self.times_real_time(), 3), "peak_rss_mib": peak_rss_mib(),
            "first_audio_seconds": self.first_audio.map(|seconds| round(seconds, 3)),
            "gpu_peak_bytes": self.peak_bytes, "activation_bytes": self.activation_bytes,
            "dispatches": self.dispatches, "adapter": adapter::name(info), "driver": adapter::driver(info),
        })
    }
}

/// Peak resident memory of this process. Only known on Linux.
fn peak_rss_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? / 1024)
}
