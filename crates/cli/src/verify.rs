//! `kokoro verify`: compares this machine's adapter with golden files.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use kokoro_wgpu::verify::{Report, StageReport, verify};
use kokoro_wgpu::{Checkpoint, Config, Context, Golden, Model, Result, block_on};
use serde_json::{Value, json};

use crate::adapter::{self, AdapterArg};
use crate::dump;
use crate::failure::{Failure, Outcome};
use crate::format;
use crate::model::{self, ModelSource};
use crate::output::{self, Output};

/// Compare every stage of the network on this machine's GPU with PyTorch's values
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub struct Args {
    /// Golden files [default: a built-in one of 0.4 s of audio]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON, one object and line per file
    #[arg(long)]
    json: bool,
    /// Write the computed values in the layout of the golden file. Only for a single golden file
    #[arg(long, value_name = "OUT.safetensors")]
    dump: Option<PathBuf>,
    /// Load the weights from this file instead of the golden file's seed. They must be the same weights
    #[arg(long, value_name = "FILE|seeded:N")]
    model: Option<std::ffi::OsString>,
    #[command(flatten)]
    config: model::ConfigArg,
    #[command(flatten)]
    precision: model::PrecisionArg,
    #[command(flatten)]
    adapter: AdapterArg,
}

const NOTES: &str = "\
Errors are relative to PyTorch's values in float64: ||x - reference|| / ||reference||. A stage passes if its error is at most
6 times the error of PyTorch in float32, or 5e-6 (with --precision f16: 5e-3, or 8192 times outside the decoder; 1.6e-2 in the
decoder with --conv half). The exit status is 0 only if every stage of every file passes.

Examples:
  kokoro verify                           test this machine's GPU driver
  kokoro verify --adapter llvmpipe        another adapter (see kokoro info)
  kokoro verify voice.safetensors long.safetensors --json";

const BUILT_IN: &[u8] = include_bytes!("../../../tests/golden/short.safetensors");

pub fn run(args: &Args) -> Outcome {
    if args.dump.is_some() && args.files.len() > 1 {
        return Err(Failure::Usage("--dump: give one golden file, there can be only one dump".to_owned()));
    }
    let dump = args.dump.as_deref().map(Output::file).transpose()?;
    let source = args.model.as_deref().map(ModelSource::parse).transpose()?;
    let (checkpoint, config) = match source {
        Some(source) => {
            let (checkpoint, config) = args.config.open(&source)?;
            (Some(checkpoint), config)
        }
        // Seeded models have no config.json of their own.
        None => (None, args.config.of(&ModelSource::Seeded(0), None)?),
    };
    let mut goldens: Vec<Golden> = args.files.iter().map(Golden::open).collect::<Result<_, _>>()?;
    if goldens.is_empty() {
        goldens.push(Golden::from_bytes("short (built in)", BUILT_IN)?);
    }
    // No self-check: `verify` must also run on an adapter that fails it, to find out more.
    let context = args.adapter.open_unchecked()?;
    let given = checkpoint.map(|checkpoint| args.precision.load(&context, &checkpoint, &config)).transpose()?;
    let mut models = ModelCache { context: &context, config: &config, precision: &args.precision, given, last: None };
    let mut all_passed = true;
    for (index, golden) in goldens.iter().enumerate() {
        let model = models.of(golden)?;
        let start = Instant::now();
        let report = block_on(verify(&model, golden))?;
        let seconds = start.elapsed().as_secs_f64();
        all_passed &= report.passed();
        if let Some(dump) = &dump {
            dump.write(&dump::file(golden, &report)?)?;
        }
        let text = if args.json {
            format!("{}\n", report_json(&report, &model, seconds))
        } else {
            format!("{}{}", if index > 0 { "\n" } else { "" }, report_text(&report, &context, seconds))
        };
        output::stdout(text.as_bytes())?;
    }
    Ok(if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The model of the last golden file. Loads another one if the next file needs it.
struct ModelCache<'a> {
    context: &'a Context,
    config: &'a Config,
    precision: &'a model::PrecisionArg,
    /// The model given by the user, for all golden files.
    given: Option<Model>,
    /// The seed and model of the last golden file.
    last: Option<(u64, Model)>,
}

impl ModelCache<'_> {
    fn of(&mut self, golden: &Golden) -> Result<Model> {
        let seed = golden.checkpoint_seed;
        let last = self.last.as_ref().filter(|(last, _)| *last == seed).map(|(_, model)| model);
        if let Some(model) = self.given.as_ref().or(last) {
            return Ok(model.clone());
        }
        self.last = None; // frees its memory before the next one is loaded
        let model = self.precision.load(self.context, &Checkpoint::seeded(seed), self.config)?;
        self.last = Some((seed, model.clone()));
        Ok(model)
    }
}

/// A stage's error divided by its bound. Above 1 the stage fails.
fn share_of_bound(stage: &StageReport) -> f64 {
    match (stage.error, stage.bound) {
        (error, _) if error.is_nan() => f64::INFINITY,
        (0.0, _) => 0.0,
        (error, bound) => error / bound,
    }
}

fn worst(report: &Report) -> Option<&StageReport> {
    report.stages.iter().max_by(|a, b| share_of_bound(a).total_cmp(&share_of_bound(b)))
}

fn passed_count(report: &Report) -> usize {
    report.stages.iter().filter(|stage| stage.passed()).count()
}

fn result(stage: &StageReport) -> &'static str {
    match stage.passed() {
        true => "passed",
        false if stage.error.is_nan() => "FAILED, not a number",
        false => "FAILED",
    }
}

fn report_text(report: &Report, context: &Context, seconds: f64) -> String {
    let headings = ["stage", "shape", "error", "PyTorch's", "bound", "result"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(headings).chain(report.stages.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (name, shape) = (width(0), width(1));
    let mut text = format!("{}\n", report.origin);
    for [stage, dims, error, torch, bound, result] in &rows {
        let _ = writeln!(text, "{stage:<name$}  {dims:<shape$}  {error:>7}  {torch:>9}  {bound:>7}  {result}");
    }
    let _ = write!(text, "{} of {} stages passed", passed_count(report), report.stages.len());
    if let Some(stage) = worst(report) {
        let _ = write!(text, ", the worst error is {:.2} of its bound ({})", share_of_bound(stage), stage.name);
    }
    let info = context.info();
    let _ = writeln!(text, "\n{}, driver {}, {seconds:.1} s", adapter::name(info), adapter::driver(info));
    text
}

fn row(stage: &StageReport) -> [String; 6] {
    let shape = format!("{:?}", stage.shape).replace(' ', "");
    let [error, torch, bound] = [stage.error, stage.torch_error, stage.bound].map(format::error);
    [stage.name.clone(), shape, error, torch, bound, result(stage).to_owned()]
}

fn report_json(report: &Report, model: &Model, seconds: f64) -> Value {
    let info = model.context().info();
    // NaN and infinity become null, because JSON has no number for them.
    let stage = |stage: &StageReport| {
        json!({
            "stage": stage.name, "shape": stage.shape, "error": stage.error, "torch_error": stage.torch_error,
            "bound": stage.bound, "passed": stage.passed(),
        })
    };
    json!({
        "file": report.origin, "model": model.origin(), "adapter": info.name, "backend": format!("{:?}", info.backend),
        "driver": info.driver, "driver_info": info.driver_info, "seconds": seconds, "passed": report.passed(),
        "stages_passed": passed_count(report), "worst_share_of_bound": worst(report).map(share_of_bound),
        "worst_stage": worst(report).map(|stage| &stage.name), "stages": report.stages.iter().map(stage).collect::<Vec<_>>(),
    })
}
