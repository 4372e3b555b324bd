//! `kokoro verify`: golden files against this machine's adapter.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use kokoro_wgpu::verify::{Report, StageReport, verify_blocking};
use kokoro_wgpu::{Checkpoint, Config, Context, Golden, Model, Result};
use serde_json::{Value, json};

use crate::adapter::{self, AdapterArg};
use crate::failure::{Failure, Outcome};
use crate::figures;
use crate::output::{self, Output};
use crate::{dump, model};

/// Compare every stage of the network on this machine's GPU with PyTorch's values
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub struct Args {
    /// Golden files; without any, a built-in one of 0.4 s of audio
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON, an object per file and line
    #[arg(long)]
    json: bool,
    /// Write what was computed, laid out like the golden file, of which there may be one
    #[arg(long, value_name = "OUT.safetensors")]
    dump: Option<PathBuf>,
    /// Weights in place of the seeded ones that the golden file names: a file with the same ones
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
Errors are relative, ||x - truth|| / ||truth||, and the truth is PyTorch's in float64. A stage holds if its error is
at most 6 times that of PyTorch's own float32, or 5e-6 (with --precision f16: 5e-3 in the decoder). The exit status is 0 only if every stage of every file holds.

Examples:
  kokoro verify                           test this machine's GPU driver
  kokoro verify --adapter llvmpipe        another adapter (see kokoro info)
  kokoro verify voice.safetensors long.safetensors --json";

const BUILT_IN: &[u8] = include_bytes!("../../../tests/golden/short.safetensors");

pub fn run(args: &Args) -> Outcome {
    if args.dump.is_some() && args.files.len() > 1 {
        return Err(Failure::Usage("--dump: give one golden file, a dump is of one".to_owned()));
    }
    let dump = args.dump.as_deref().map(Output::file).transpose()?;
    let given = args.model.as_deref().map(model::Source::parse).transpose()?;
    let (given, config) = match given {
        Some(source) => {
            let (checkpoint, config) = args.config.open(&source)?;
            (Some(checkpoint), config)
        }
        // Golden files name seeded models, which have no config.json beside them.
        None => (None, args.config.of(&model::Source::Seeded(0), None)?),
    };
    let mut goldens: Vec<Golden> = args.files.iter().map(Golden::open).collect::<Result<_, _>>()?;
    if goldens.is_empty() {
        goldens.push(Golden::from_bytes("short (built in)", BUILT_IN)?);
    }
    // Whatever the self-check says: this is to find out more.
    let context = args.adapter.open_unchecked()?;
    let given = given.map(|checkpoint| args.precision.load(&context, &checkpoint, &config)).transpose()?;
    let mut models = Models { context: &context, config: &config, precision: &args.precision, given, last: None };
    let mut all_hold = true;
    for (index, golden) in goldens.iter().enumerate() {
        let model = models.of(golden)?;
        let start = Instant::now();
        let report = verify_blocking(&model, golden)?;
        let seconds = start.elapsed().as_secs_f64();
        all_hold &= report.holds();
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
    Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The models that golden files were made with, one at a time.
struct Models<'a> {
    context: &'a Context,
    config: &'a Config,
    precision: &'a model::PrecisionArg,
    given: Option<Model>,
    last: Option<(u64, Model)>,
}

impl Models<'_> {
    fn of(&mut self, golden: &Golden) -> Result<Model> {
        let seed = golden.checkpoint_seed;
        let last = self.last.as_ref().filter(|(last, _)| *last == seed).map(|(_, model)| model);
        if let Some(model) = self.given.as_ref().or(last) {
            return Ok(model.clone());
        }
        self.last = None; // its memory first
        let model = self.precision.load(self.context, &Checkpoint::seeded(seed), self.config)?;
        self.last = Some((seed, model.clone()));
        Ok(model)
    }
}

/// How much of its bound a stage's error takes: above 1 it does not hold.
fn share(stage: &StageReport) -> f64 {
    match (stage.error, stage.bound) {
        (error, _) if error.is_nan() => f64::INFINITY,
        (0.0, _) => 0.0,
        (error, bound) => error / bound,
    }
}

fn worst(report: &Report) -> Option<&StageReport> {
    report.stages.iter().max_by(|a, b| share(a).total_cmp(&share(b)))
}

fn holding(report: &Report) -> usize {
    report.stages.iter().filter(|stage| stage.holds()).count()
}

fn verdict(stage: &StageReport) -> &'static str {
    match stage.holds() {
        true => "holds",
        false if stage.error.is_nan() => "FAILS, not comparable",
        false => "FAILS",
    }
}

fn report_text(report: &Report, context: &Context, seconds: f64) -> String {
    let heads = ["stage", "shape", "error", "PyTorch's", "bound", "verdict"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(heads).chain(report.stages.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (name, shape) = (width(0), width(1));
    let mut text = format!("{}\n", report.origin);
    for [stage, dims, error, torch, bound, verdict] in &rows {
        let _ = writeln!(text, "{stage:<name$}  {dims:<shape$}  {error:>7}  {torch:>9}  {bound:>7}  {verdict}");
    }
    let _ = write!(text, "{} of {} stages hold", holding(report), report.stages.len());
    if let Some(stage) = worst(report) {
        let _ = write!(text, ", the worst error is {:.2} of its bound ({})", share(stage), stage.name);
    }
    let info = context.info();
    let _ = writeln!(text, "\n{}, driver {}, {seconds:.1} s", adapter::name(info), adapter::driver(info));
    text
}

fn row(stage: &StageReport) -> [String; 6] {
    let shape = format!("{:?}", stage.shape).replace(' ', "");
    let [error, torch, bound] = [stage.error, stage.torch_error, stage.bound].map(figures::error);
    [stage.name.clone(), shape, error, torch, bound, verdict(stage).to_owned()]
}

fn report_json(report: &Report, model: &Model, seconds: f64) -> Value {
    let info = model.context().info();
    // What JSON has no number for, NaN and infinity, becomes null.
    let stage = |stage: &StageReport| {
        json!({
            "stage": stage.name, "shape": stage.shape, "error": stage.error, "torch_error": stage.torch_error,
            "bound": stage.bound, "holds": stage.holds(),
        })
    };
    json!({
        "file": report.origin, "model": model.origin(), "adapter": info.name, "backend": format!("{:?}", info.backend),
        "driver": info.driver, "driver_info": info.driver_info, "seconds": seconds, "holds": report.holds(),
        "stages_holding": holding(report), "worst_share_of_bound": worst(report).map(share),
        "worst_stage": worst(report).map(|stage| &stage.name), "stages": report.stages.iter().map(stage).collect::<Vec<_>>(),
    })
}
