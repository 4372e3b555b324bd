//! `kokoro info --report`: a file about this machine for a bug report.

use std::env::consts::{ARCH, OS};
use std::path::Path;
use std::process::ExitCode;

use kokoro_wgpu::verify::{SelfCheck, Trial};
use kokoro_wgpu::{AdapterChoice, AdapterSummary, Context, ConvVariant, adapters, block_on, wgpu};
use serde_json::{Map, Value, json};

use crate::failure::Outcome;
use crate::output::{self, Output};

/// Prefixes of environment variables to include: those of drivers and of this program.
const PREFIXES: [&str; 9] = ["KOKORO_", "VK_", "WGPU_", "LP_", "MESA_", "GALLIUM_", "LIBGL_", "DXIL_", "MTL_"];

pub fn run(file: &Path, choice: &AdapterChoice) -> Outcome {
    let to_stdout = file == Path::new("-");
    let output = if to_stdout { Output::Stdout } else { Output::file(file)? };
    let all = block_on(adapters());
    let names: Vec<String> = all.iter().map(|adapter| adapter.info.name.clone()).collect();
    let only = if *choice == AdapterChoice::Fastest { None } else { Some(choice.position(&names)?) };
    let shown = all.iter().enumerate().filter(|(index, _)| only.is_none_or(|only| *index == only));
    let adapters: Vec<Value> = shown.map(|(index, adapter)| adapter_json(index, adapter)).collect();
    let report = json!({
        "program": "kokoro-wgpu", "version": env!("CARGO_PKG_VERSION"), "os": OS, "arch": ARCH,
        "environment": environment(), "adapters": adapters,
    });
    output.write(format!("{report:#}\n").as_bytes())?;
    if !to_stdout {
        output::stdout(format!("wrote {}\n", file.display()).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Environment variables of drivers and this program. The home folder is written as ~, because it contains the user's name.
fn environment() -> Value {
    let home = std::env::home_dir().map(|home| home.display().to_string()).filter(|home| home.len() > 1);
    let is_included = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let shown = variables.filter(|(name, _)| is_included(name)).map(|(name, value)| {
        let value = value.to_string_lossy().into_owned();
        (name, home.as_ref().map_or(value.clone(), |home| value.replace(home, "~")).into())
    });
    Value::Object(shown.collect())
}

fn adapter_json(index: usize, adapter: &AdapterSummary) -> Value {
    let info = &adapter.info;
    let checked = block_on(Context::new(&AdapterChoice::Index(index))).and_then(|context| {
        let check = block_on(context.self_check())?;
        let speeds = if check.passed() { block_on(context.tune())? } else { Vec::new() };
        Ok((check_json(&check), json!(speeds), check.result().err().map(|error| error.to_string())))
    });
    let (check, speeds, error) = checked.unwrap_or_else(|error| (Value::Null, Value::Null, Some(error.to_string())));
    json!({
        "index": index, "name": info.name, "backend": format!("{:?}", info.backend),
        "type": format!("{:?}", info.device_type), "vendor": info.vendor, "device": info.device,
        "driver": info.driver, "driver_info": info.driver_info,
        "subgroup_sizes": [info.subgroup_min_size, info.subgroup_max_size],
        "features": adapter.features.iter_names().map(|(name, _)| name).collect::<Vec<_>>(),
        "limits": limits(&adapter.limits), "self_check": check, "speeds": speeds, "error": error,
    })
}

/// All limits by name, from wgpu's debug format.
fn limits(limits: &wgpu::Limits) -> Value {
    let text = format!("{limits:?}");
    let fields = text.trim_start_matches("Limits {").trim_end_matches('}').split(',');
    let pairs = fields.filter_map(|field| field.split_once(':'));
    let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let pairs = pairs.map(|(name, text)| (name.trim().to_owned(), value(text.trim())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn names(variants: &[ConvVariant]) -> Vec<String> {
    variants.iter().map(ToString::to_string).collect()
}

/// The complete self-check. NaN and infinity become null, because JSON has no number for them.
fn check_json(check: &SelfCheck) -> Value {
    let trial = |trial: &Trial| {
        json!({
            "conv": trial.conv.to_string(), "name": trial.name, "error": trial.error, "bound": trial.bound,
            "passed": trial.passed(), "compile_error": trial.compile_error,
        })
    };
    json!({
        "passed": check.passed(), "passing": names(&check.passing), "failing": names(&check.failing),
        "loop_iterations": check.loop_iterations, "seconds": check.seconds,
        "trials": check.trials.iter().map(trial).collect::<Vec<_>>(),
    })
}
