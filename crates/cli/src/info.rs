//! `kokoro info`: adapters of this machine, and the size of a model.

use std::path::PathBuf;
use std::process::ExitCode;

use kokoro_wgpu::wgpu::{AdapterInfo, DeviceType, Features};
use kokoro_wgpu::{
    AdapterChoice, AdapterSummary, Checkpoint, Config, ConvVariant, Error, Model, SelfCheckResult, Synthesizer,
    adapters, block_on,
};
use serde_json::{Value, json};

use crate::adapter::{self, AdapterArg};
use crate::cache;
use crate::failure::{Failure, Outcome, note};
use crate::format::{bytes, count};
use crate::model::{ConfigArg, ModelArg};
use crate::{output, report};

/// List this machine's GPU adapters; with --model, also the size of the model
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    adapter: AdapterArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Check and measure all adapters now, or the one given with --adapter, and store the results
    #[arg(long)]
    tune: bool,
    /// Check all adapters, or the one given with --adapter, and write a JSON file for a bug report
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "tune", "model", "config", "conv"])]
    report: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  kokoro info
  kokoro info --model kokoro-v1_0.safetensors
  kokoro info --model seeded:0 --adapter llvmpipe --json
  kokoro info --tune                        measure again, if other programs disturbed the first measurement
  kokoro info --report report.json          for a bug report; - is standard output

The first command that uses an adapter and driver checks every convolution kernel and a small network, and measures the
speed of each kernel. This takes a second or two. The results are stored in the cache folder. Kernels that fail are not
used again, and the fastest of the others becomes the default. With an empty $KOKORO_CACHE nothing is stored, checked or
measured; `verify` and --report always check.

The report contains the versions of program and system; driver, features and limits of every adapter; each comparison of
the self-check; and the environment variables of drivers and this program, with ~ for the home folder. `kokoro verify
--json` tests the full network.

If the driver supports it, compiled kernels are stored in the user's cache folder, or in $KOKORO_CACHE, and used again by
the same version of adapter, driver and program.";

/// Features that allow faster kernels or measurements.
const FEATURES: [(&str, Features); 4] = [
    ("SHADER_F16", Features::SHADER_F16),
    ("SUBGROUP", Features::SUBGROUP),
    ("TIMESTAMP_QUERY", Features::TIMESTAMP_QUERY),
    ("PIPELINE_CACHE", Features::PIPELINE_CACHE),
];

/// Ten seconds in frames.
const TEN_SECONDS: u32 = 400;

pub fn run(args: &Args) -> Outcome {
    if let Some(file) = &args.report {
        return report::run(file, &args.adapter.choice());
    }
    let model = args.model.source()?.map(|source| args.config.open(&source)).transpose()?;
    let choice = args.adapter.choice();
    let all = block_on(adapters());
    let names: Vec<String> = all.iter().map(|adapter| adapter.info.name.clone()).collect();
    let chosen = choice.position(&names)?;
    let shown = all.iter().enumerate().filter(|(index, _)| choice == AdapterChoice::Fastest || *index == chosen);
    let shown: Vec<(usize, &AdapterSummary)> = shown.collect();
    let tuned = if args.tune { tune_all(args, &shown)? } else { true };
    let loaded = model.map(|(checkpoint, config)| load(args, &checkpoint, &config)).transpose()?;
    let text = if args.json {
        let model = loaded.as_ref().map_or(Value::Null, Loaded::json);
        let adapters: Vec<Value> = shown.iter().map(|(index, adapter)| adapter_json(*index, adapter)).collect();
        format!("{:#}\n", json!({ "version": env!("CARGO_PKG_VERSION"), "adapters": adapters, "model": model }))
    } else {
        let adapters = shown.iter().map(|(index, adapter)| adapter_text(*index, adapter));
        adapters.chain(loaded.as_ref().map(Loaded::text)).collect::<Vec<_>>().join("\n")
    };
    output::stdout(text.as_bytes())?;
    Ok(if tuned { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Checks and measures each adapter. Reports those that fail, and returns whether all passed.
fn tune_all(args: &Args, adapters: &[(usize, &AdapterSummary)]) -> Result<bool, Failure> {
    let folder = cache::required_folder()?;
    let mut all_passed = true;
    for (index, adapter) in adapters {
        if let Err(error) = args.adapter.tune(&AdapterChoice::Index(*index), &folder) {
            all_passed = false;
            note(format_args!("error: adapter {index}, {}: {}", adapter.info.name, Failure::from(error).message()));
        }
    }
    Ok(all_passed)
}

/// Limits that bound the length of an utterance and the choice of kernels.
fn limits(adapter: &AdapterSummary) -> [(&'static str, u64); 5] {
    let limits = &adapter.limits;
    [
        ("max_storage_buffer_binding_size", limits.max_storage_buffer_binding_size),
        ("max_buffer_size", limits.max_buffer_size),
        ("max_storage_buffers_per_shader_stage", limits.max_storage_buffers_per_shader_stage.into()),
        ("max_compute_workgroup_storage_size", limits.max_compute_workgroup_storage_size.into()),
        ("max_compute_invocations_per_workgroup", limits.max_compute_invocations_per_workgroup.into()),
    ]
}

/// Results of the self-check at first use.
fn verdict(adapter: &AdapterSummary) -> Option<SelfCheckResult> {
    SelfCheckResult::open(&adapter.info, cache::folder()?)
}

/// What stands for a result that does not exist: without a cache folder, none ever will.
fn unknown(with_folder: &'static str) -> &'static str {
    if cache::folder().is_some() { with_folder } else { "without a cache folder" }
}

fn self_check(verdict: Option<&SelfCheckResult>) -> String {
    let Some(verdict) = verdict else { return format!("no result {}", unknown("yet, runs at first use")) };
    let names = |variants: &[ConvVariant]| variants.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let wrong = match names(&verdict.failing) {
        wrong if wrong.is_empty() => wrong,
        wrong => format!("; FAILED and not used: {wrong}"),
    };
    format!("passed: {}{wrong}", names(&verdict.passing))
}

/// The convolution kernel of `--conv auto`.
fn conv(adapter: &AdapterSummary, verdict: Option<&SelfCheckResult>) -> ConvVariant {
    let assumed = || ConvVariant::likely_fastest(adapter);
    verdict.and_then(SelfCheckResult::fastest).unwrap_or_else(assumed)
}

/// The convolution kernel as text, with the measured speeds.
fn convolutions(adapter: &AdapterSummary, verdict: Option<&SelfCheckResult>) -> String {
    let conv = conv(adapter, verdict);
    match verdict.filter(|verdict| !verdict.speeds.is_empty()) {
        Some(verdict) => {
            let speeds: Vec<String> = verdict.speeds.iter().map(ToString::to_string).collect();
            format!("{conv}, the fastest measured; GFLOP/s: {}", speeds.join(", "))
        }
        None => {
            let measured = unknown("until it is measured at first use");
            format!("{conv}, assumed {measured}; supported: {}", names(adapter, false).join(", "))
        }
    }
}

/// The kernels that `--conv` takes only with float16 weights.
fn half_precision(adapter: &AdapterSummary) -> String {
    match &names(adapter, true)[..] {
        [] => "no".to_owned(),
        names => format!("with --precision f16 --conv {}", names.join(" or ")),
    }
}

fn supported(adapter: &AdapterSummary) -> impl Iterator<Item = ConvVariant> {
    ConvVariant::ALL.into_iter().filter(|v| v.runs_on(adapter))
}

fn names(adapter: &AdapterSummary, half_precision: bool) -> Vec<String> {
    supported(adapter).filter(|v| v.is_half_precision() == half_precision).map(|v| v.to_string()).collect()
}

fn longest(adapter: &AdapterSummary) -> u32 {
    Config::default().max_frames(&adapter.limits)
}

fn kind(info: &AdapterInfo) -> &'static str {
    match info.device_type {
        DeviceType::DiscreteGpu => "discrete GPU",
        DeviceType::IntegratedGpu => "integrated GPU",
        DeviceType::VirtualGpu => "virtual GPU",
        DeviceType::Cpu => "CPU",
        DeviceType::Other => "other",
    }
}

fn adapter_text(index: usize, adapter: &AdapterSummary) -> String {
    let (info, verdict) = (&adapter.info, verdict(adapter));
    let features = FEATURES.map(|(name, feature)| {
        let has = adapter.features.contains(feature);
        format!("{name} {}", if has { "yes" } else { "no" })
    });
    let rows = [
        ("backend", format!("{:?}, {}", info.backend, kind(info))),
        ("driver", adapter::driver(info)),
        ("features", features.join(", ")),
        ("self-check", self_check(verdict.as_ref())),
        ("convolutions", convolutions(adapter, verdict.as_ref())),
        ("half precision", half_precision(adapter)),
        (
            "results stored in",
            verdict.and_then(|_| self_check_file(adapter)).unwrap_or_else(|| format!("no file {}", unknown("yet"))),
        ),
    ];
    let rows = rows.into_iter().chain(limits(adapter).map(|(name, limit)| (name, count(limit))));
    let frames = longest(adapter);
    let kernels = match pipeline_cache(adapter) {
        Some((file, Some(size))) => format!("{}, {}", file.display(), bytes(size)),
        Some((file, None)) => format!("{}, not yet", file.display()),
        None => "stored by the driver, if at all".to_owned(),
    };
    let longest = format!("{:.1} s in one chunk ({} frames)", f64::from(frames) / 40.0, count(frames.into()));
    table(
        &format!("adapter {index}: {}", info.name),
        rows.chain([("longest utterance", longest), ("compiled kernels", kernels)]),
    )
}

/// The file with compiled kernels, and its size, if it exists.
fn pipeline_cache(adapter: &AdapterSummary) -> Option<(PathBuf, Option<u64>)> {
    let file = adapter.pipeline_cache(cache::folder()?)?;
    let size = file.metadata().ok().map(|metadata| metadata.len());
    Some((file, size))
}

/// The file with the results of the self-check.
fn self_check_file(adapter: &AdapterSummary) -> Option<String> {
    Some(adapter.self_check_file(cache::folder()?).display().to_string())
}

fn adapter_json(index: usize, adapter: &AdapterSummary) -> Value {
    let (info, verdict) = (&adapter.info, verdict(adapter));
    let features: Vec<&str> =
        FEATURES.iter().filter(|(_, feature)| adapter.features.contains(*feature)).map(|(name, _)| *name).collect();
    let limits: serde_json::Map<String, Value> =
        limits(adapter).into_iter().map(|(name, limit)| (name.to_owned(), limit.into())).collect();
    json!({
        "index": index, "name": info.name, "backend": format!("{:?}", info.backend), "type": kind(info),
        "driver": info.driver, "driver_info": info.driver_info, "features": features, "limits": limits,
        "longest_utterance_frames": longest(adapter), "pipeline_cache": pipeline_cache(adapter).map(|(file, _)| file),
        "self_check": verdict, "conv": conv(adapter, verdict.as_ref()),
        "conv_measured": verdict.as_ref().and_then(SelfCheckResult::fastest).is_some(), "convs": supported(adapter).collect::<Vec<_>>(),
    })
}

/// A model on a device, with buffers for ten seconds, or for as much as the device allows.
struct Loaded {
    model: Model,
    synthesizer: Synthesizer,
    frames: u32,
}

fn load(args: &Args, checkpoint: &Checkpoint, config: &Config) -> Result<Loaded, Error> {
    let model = args.model.precision.load(&args.adapter.open_unchecked()?, checkpoint, config)?;
    let mut synthesizer = Synthesizer::new(&model)?;
    let frames = TEN_SECONDS.min(synthesizer.max_frames());
    synthesizer.reserve(frames)?;
    Ok(Loaded { model, synthesizer, frames })
}

impl Loaded {
    fn text(&self) -> String {
        let Self { model, synthesizer, frames } = self;
        let mut rows = vec![("adapter", adapter::name(model.context().info()))];
        if model.is_seeded() {
            rows.push(("weights", "untrained, from a seed: noise, not speech".to_owned()));
        }
        rows.extend([
            ("tensors", count(model.tensors() as u64)),
            ("parameters", count(model.parameters())),
            ("bytes resident", bytes(model.resident_bytes())),
            (
                "bytes of activations",
                format!("{}, for {:.0} s", bytes(synthesizer.peak_bytes()), f64::from(*frames) / 40.0),
            ),
            ("longest utterance", format!("{:.1} s in one chunk", f64::from(synthesizer.max_frames()) / 40.0)),
        ]);
        table(&format!("model {}", model.origin()), rows)
    }

    fn json(&self) -> Value {
        let Self { model, synthesizer, frames } = self;
        json!({
            "origin": model.origin(), "adapter": model.context().info().name, "seeded": model.is_seeded(),
            "tensors": model.tensors(), "parameters": model.parameters(), "resident_bytes": model.resident_bytes(),
            "activation_bytes": synthesizer.peak_bytes(), "activation_seconds": f64::from(*frames) / 40.0,
            "longest_utterance_frames": synthesizer.max_frames(),
        })
    }
}

fn table(title: &str, rows: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let rows = rows.into_iter().map(|(name, value)| format!("  {name:<37}  {value}\n"));
    format!("{title}\n{}", rows.collect::<String>())
}
