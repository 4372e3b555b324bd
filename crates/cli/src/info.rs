//! `kokoro info`: this machine's adapters, and a model's size.

use std::path::PathBuf;
use std::process::ExitCode;

use kokoro_wgpu::wgpu::{AdapterInfo, DeviceType, Features};
use kokoro_wgpu::{
    AdapterChoice, AdapterSummary, Checkpoint, Config, ConvVariant, Error, Model, Synthesizer, Verdict,
    adapters_blocking,
};
use serde_json::{Value, json};

use crate::adapter::{self, AdapterArg};
use crate::cache;
use crate::failure::Outcome;
use crate::figures::{bytes, thousands};
use crate::model::{ConfigArg, ModelArg};
use crate::{output, report};

/// List this machine's adapters; with a model, also its size
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
    /// Check and measure this machine's adapters now, or the one of --adapter, and remember that from now on
    #[arg(long)]
    tune: bool,
    /// Check what this machine's adapters compute, or the one of --adapter, and write all that a report of a fault needs: a
    /// JSON file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "tune", "model", "config", "conv"])]
    report: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  kokoro info
  kokoro info --model kokoro-v1_0.safetensors
  kokoro info --model seeded:0 --adapter llvmpipe --json
  kokoro info --tune                        measure again, after other work disturbed the first measurement
  kokoro info --report report.json          what a report of a fault needs; - is standard output

At first use on an adapter with its driver, every command that computes checks each form of the convolutions and a narrow
network first, and measures how fast each form is, within a second or two. The result is remembered in the cache folder: a
form that is wrong is left out, and the fastest is used. With KOKORO_CACHE= nothing is remembered, checked or measured, but
`verify` and --report always check.

The report has the versions of program and system, every adapter with its driver, features and limits, each comparison
of the self-check, and the environment variables that concern drivers and this program, the home folder in them written
~. `kokoro verify --json` adds the full network.

Where the driver can hand over compiled kernels, they are kept in the user's cache folder, or in $KOKORO_CACHE (empty:
nowhere), and used again with the same version of adapter, driver and program.";

/// What faster kernels can make use of.
const FEATURES: [(&str, Features); 4] = [
    ("SHADER_F16", Features::SHADER_F16),
    ("SUBGROUP", Features::SUBGROUP),
    ("TIMESTAMP_QUERY", Features::TIMESTAMP_QUERY),
    ("PIPELINE_CACHE", Features::PIPELINE_CACHE),
];

/// Frames of ten seconds.
const TEN_SECONDS: u32 = 400;

pub fn run(args: &Args) -> Outcome {
    if let Some(file) = &args.report {
        return report::run(file, &args.adapter.choice());
    }
    let model = args.model.source()?.map(|source| args.config.open(&source)).transpose()?;
    let choice = args.adapter.choice();
    let all = adapters_blocking();
    let names: Vec<String> = all.iter().map(|adapter| adapter.info.name.clone()).collect();
    let chosen = choice.position(&names)?;
    let shown = all.iter().enumerate().filter(|(index, _)| choice == AdapterChoice::Fastest || *index == chosen);
    let shown: Vec<(usize, &AdapterSummary)> = shown.collect();
    for (index, _) in shown.iter().filter(|_| args.tune) {
        args.adapter.tune(&AdapterChoice::Index(*index))?;
    }
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
    Ok(ExitCode::SUCCESS)
}

/// The limits that bound what the network can do.
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

/// What the self-check found and measured here at first use.
fn verdict(adapter: &AdapterSummary) -> Option<Verdict> {
    Verdict::recall(&adapter.info, cache::folder()?)
}

fn self_check(verdict: Option<&Verdict>) -> String {
    let Some(verdict) = verdict else { return "not yet, at first use".to_owned() };
    let names = |forms: &[ConvVariant]| forms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let wrong = match names(&verdict.wrong) {
        wrong if wrong.is_empty() => wrong,
        wrong => format!("; WRONG and left out: {wrong}"),
    };
    format!("passed: {}{wrong}", names(&verdict.right))
}

/// The form of the convolutions that `--conv auto` takes.
fn conv(adapter: &AdapterSummary, verdict: Option<&Verdict>) -> ConvVariant {
    let assumed = || ConvVariant::likely_fastest(adapter.features, &adapter.info);
    verdict.and_then(Verdict::fastest).unwrap_or_else(assumed)
}

/// The same for the user, with what was measured.
fn convolutions(adapter: &AdapterSummary, verdict: Option<&Verdict>) -> String {
    let conv = conv(adapter, verdict);
    match verdict.filter(|verdict| !verdict.speeds.is_empty()) {
        Some(verdict) => {
            let speeds: Vec<String> = verdict.speeds.iter().map(ToString::to_string).collect();
            format!("{conv}, the fastest measured; GFLOP/s: {}", speeds.join(", "))
        }
        None => format!("{conv}, assumed until measured at first use; supported: {}", runnable(adapter).join(", ")),
    }
}

fn runnable(adapter: &AdapterSummary) -> Vec<String> {
    let all = ConvVariant::ALL.into_iter();
    all.filter(|v| v.runs_on(adapter.features, &adapter.info)).map(|v| v.to_string()).collect()
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
        ("remembered in", verdict.and_then(|_| file(adapter)).unwrap_or_else(|| "nothing yet".to_owned())),
    ];
    let rows = rows.into_iter().chain(limits(adapter).map(|(name, limit)| (name, thousands(limit))));
    let frames = longest(adapter);
    let kernels = match cached(adapter) {
        Some((file, Some(size))) => format!("{}, {}", file.display(), bytes(size)),
        Some((file, None)) => format!("{}, not there yet", file.display()),
        None => "kept by the driver, if at all".to_owned(),
    };
    let longest = format!("{:.1} s in one piece ({} frames)", f64::from(frames) / 40.0, thousands(frames.into()));
    table(
        &format!("adapter {index}: {}", info.name),
        rows.chain([("longest utterance", longest), ("compiled kernels", kernels)]),
    )
}

/// The file that keeps what was compiled, and its size, if it is there.
fn cached(adapter: &AdapterSummary) -> Option<(PathBuf, Option<u64>)> {
    let file = adapter.pipeline_cache(cache::folder()?)?;
    let size = file.metadata().ok().map(|metadata| metadata.len());
    Some((file, size))
}

/// The file that remembers the self-check.
fn file(adapter: &AdapterSummary) -> Option<String> {
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
        "longest_utterance_frames": longest(adapter), "pipeline_cache": cached(adapter).map(|(file, _)| file),
        "self_check": verdict, "conv": conv(adapter, verdict.as_ref()),
        "conv_measured": verdict.as_ref().and_then(Verdict::fastest).is_some(), "convs": runnable(adapter),
    })
}

/// A model on a device, ready to speak ten seconds (or as much as the device allows).
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
            rows.push(("weights", "untrained, made from a seed: noise, not speech".to_owned()));
        }
        rows.extend([
            ("tensors", thousands(model.tensors() as u64)),
            ("parameters", thousands(model.parameters())),
            ("bytes resident", bytes(model.resident_bytes())),
            (
                "bytes of activations",
                format!("{}, for {:.0} s", bytes(synthesizer.peak_bytes()), f64::from(*frames) / 40.0),
            ),
            ("longest utterance", format!("{:.1} s in one piece", f64::from(synthesizer.max_frames()) / 40.0)),
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
