//! The same utterance in separate processes, with other thread counts, vector widths and drivers: bit-identical on the same
//! adapter, within bounds on others.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::network::{context, fresh, full, narrow, utterance};
use super::oracle::{relative_error, widen};
use crate::verify::{Report, verify};
use crate::{ConvVariant, Golden, Model, Speech, Synthesizer, Utterance, block_on};

const NARROW: &[u8] = include_bytes!("../golden/narrow.safetensors");
const SHORT: &[u8] = include_bytes!("../golden/short.safetensors");

/// Path of the results of a child process.
pub const OUT: &str = "KOKORO_TEST_OUT";
/// The test that is the child process.
const CHILD: &str = "drivers::child_process";
/// Set if the child process also runs the full network.
const FULL: &str = "KOKORO_TEST_FULL";
/// Other drivers, `NAME=FILE` separated by spaces, each file a manifest for the Vulkan loader. Set by `make drivers`.
const DRIVERS: &str = "KOKORO_TEST_DRIVERS";

/// Maximum distance between the samples of two adapters, each computed from its own F0 and spectrum: SwiftShader is
/// 1.9e-6 from llvmpipe. This does not hold for every utterance: where an angle of the spectrum is within rounding of +-pi, two
/// adapters may differ by a full turn, which is inaudible and not wrong but measures 1e-2 (PyTorch's float32 is 1.1e-1 off its
/// own float64). There is no such angle in these utterances.
const FREE_RUNNING_BOUND: f64 = 1e-4;

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|bits| f32::from_bits(bits.as_u64().unwrap() as u32)).collect()
}

/// The largest error relative to its bound.
fn largest_error(report: &Report) -> f64 {
    let shares = report.stages.iter().filter(|stage| stage.error > 0.0).map(|stage| stage.error / stage.bound);
    shares.fold(0.0, f64::max)
}

/// Results of a model: a golden file's stages, its audio computed from the golden curves and spectrum, and the samples of an
/// utterance computed from its own.
fn results_of(model: &Model, golden: &[u8], utterance: &Utterance) -> Value {
    let start = std::time::Instant::now(); // time: printed in a table
    let report = block_on(verify(model, &Golden::from_bytes("golden", golden).unwrap())).unwrap();
    let failing: Vec<_> = report.stages.iter().filter(|s| !s.passed()).map(|s| &s.name).collect();
    let from_golden = report.computed.iter().find(|stage| stage.name == "audio").unwrap();
    let bound = report.stages.iter().find(|stage| stage.name == "audio").unwrap().bound;
    let Speech { samples, durations } = fresh(model, utterance);
    json!({
        "stages": report.stages.len(), "failing": failing, "share": largest_error(&report), "bound": bound,
        "from_golden": bits(&from_golden.values), "free_running": bits(&samples), "durations": durations,
        "seconds": start.elapsed().as_secs_f64(), // time: likewise
    })
}

#[test]
fn child_process() {
    let (Some(out), Some(context)) = (std::env::var_os(OUT), context()) else { return };
    let info = context.info();
    let narrow = results_of(narrow().unwrap(), NARROW, &utterance(12));
    let mut results = json!({
        "adapter": info.name, "driver": format!("{} {}", info.driver, info.driver_info),
        "conv": context.conv_variant().to_string(), "narrow": narrow,
    });
    if std::env::var_os(FULL).is_some() {
        let check = block_on(context.self_check()).unwrap();
        let names = |variants: &[ConvVariant]| variants.iter().map(ToString::to_string).collect::<Vec<_>>();
        results["passing"] = names(&check.passing).into();
        results["failing"] = names(&check.failing).into();
        results["loop_iterations"] = check.loop_iterations.into();
        results["seconds"] = check.seconds.into(); // with compilation
        let golden = Golden::from_bytes("short", SHORT).unwrap();
        let ids = golden.input_ids();
        let spoken = Utterance {
            ids: ids[1..ids.len() - 1].to_vec(),
            style: crate::Style::from_row(golden.ref_s()),
            speed: golden.speed,
            noise_seed: golden.noise_seed,
        };
        results["full"] = results_of(full().unwrap(), SHORT, &spoken);
    }
    std::fs::write(out, results.to_string()).unwrap();
}

/// The results of a test that writes them to [`OUT`], in a child process with these environment variables.
pub fn run_child(test: &str, variables: &[(&str, &str)]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results.json");
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--nocapture"])
        .env(OUT, &out)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{variables:?}: {}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap()
}

fn on_llvmpipe() -> bool {
    let found = context().is_some_and(|context| context.info().name.contains("llvmpipe"));
    if !found {
        println!("skipped: only llvmpipe has settings for threads and vectors");
    }
    found
}

#[test]
fn samples_do_not_depend_on_thread_count_or_earlier_utterances() {
    if !on_llvmpipe() {
        return;
    }
    // This process uses as many threads as the machine has cores. The synthesizer first speaks a longer utterance.
    let model = narrow().unwrap();
    let mut synthesizer = Synthesizer::new(model).unwrap();
    block_on(synthesizer.synthesize(&utterance(40))).unwrap();
    let here = block_on(synthesizer.synthesize(&utterance(12))).unwrap();
    for threads in ["1", "3"] {
        let results = run_child(CHILD, &[("LP_NUM_THREADS", threads)]);
        assert_eq!(results["narrow"]["durations"], json!(here.durations), "{threads} threads");
        assert!(floats(&results["narrow"]["free_running"]) == here.samples, "{threads} threads: other samples");
    }
}

/// `||a - b|| / ||b||`.
fn distance(a: &Value, b: &Value) -> f64 {
    relative_error(&floats(a), &widen(&floats(b)))
}

/// Asserts that two results are within their bounds of the reference, and hence of each other. Returns the distances between
/// their samples: computed from the golden curves and spectrum, and from their own.
#[track_caller]
fn assert_near(label: &str, a: &Value, b: &Value) -> [f64; 2] {
    assert_eq!(a["failing"], json!([]), "{label}");
    assert_eq!(a["durations"], b["durations"], "{label}");
    let [from_golden, free_running] = ["from_golden", "free_running"].map(|key| distance(&a[key], &b[key]));
    println!("{label}: {from_golden:.1e} on the same curves and spectrum, {free_running:.1e} on its own");
    assert!(from_golden <= 2.0 * b["bound"].as_f64().unwrap(), "{label}: {from_golden:.1e}");
    assert!(free_running <= FREE_RUNNING_BOUND, "{label}: {free_running:.1e} on its own");
    [from_golden, free_running]
}

#[test]
fn other_vector_widths_stay_within_bounds() {
    if !on_llvmpipe() {
        return;
    }
    let here = results_of(narrow().unwrap(), NARROW, &utterance(12));
    // Subgroups of 4, for which another convolution kernel is chosen, and of 16.
    for width in ["128", "512"] {
        let results = run_child(CHILD, &[("LP_NATIVE_VECTOR_WIDTH", width)]);
        assert!(results["adapter"].as_str().unwrap().contains(width), "{}", results["adapter"]);
        assert_near(&format!("vectors of {width} bits"), &results["narrow"], &here);
    }
}

#[test]
fn other_drivers_stay_within_bounds() {
    let Ok(drivers) = std::env::var(DRIVERS) else {
        return println!("skipped: {DRIVERS} is not set; `make drivers` sets it");
    };
    let drivers = drivers.split_whitespace().map(|entry| entry.split_once('=').expect("NAME=FILE"));
    let here = run_child(CHILD, &[(FULL, "1")]);
    let mut rows = vec![row("the system's", &here, None)];
    for (name, manifest) in drivers {
        assert!(Path::new(manifest).exists(), "{name}: {manifest} is absent");
        let results = run_child(CHILD, &[(FULL, "1"), ("VK_DRIVER_FILES", manifest), ("VK_ICD_FILENAMES", manifest)]);
        assert_near(&format!("{name}, narrow"), &results["narrow"], &here["narrow"]);
        let apart = assert_near(&format!("{name}, short"), &results["full"], &here["full"]);
        rows.push(row(name, &results, Some(apart)));
    }
    // Other tests run the narrow network with these settings.
    let settings = [
        ("1 thread", [("LP_NUM_THREADS", "1"), (FULL, "1")]),
        ("vectors of 128 bits", [("LP_NATIVE_VECTOR_WIDTH", "128"), (FULL, "1")]),
        ("vectors of 512 bits", [("LP_NATIVE_VECTOR_WIDTH", "512"), (FULL, "1")]),
    ];
    for (name, variables) in settings.into_iter().filter(|_| std::env::var_os("KOKORO_LONG_TESTS").is_some()) {
        let results = run_child(CHILD, &variables);
        let apart = assert_near(name, &results["full"], &here["full"]);
        rows.push(row(name, &results, Some(apart)));
    }
    println!(
        "\n| | adapter, driver | self-check: passing | s | loop iterations | stages passed | convolution kernel | distance to the first, same inputs | own inputs |"
    );
    println!("|---|---|---|---:|---:|---|---|---:|---:|");
    rows.iter().for_each(|row| println!("{row}"));
}

fn row(name: &str, results: &Value, apart: Option<[f64; 2]>) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let passing: Vec<_> = results["passing"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(results["failing"], json!([]), "{name}");
    let full = &results["full"];
    let [same_inputs, own_inputs] =
        apart.map_or([String::new(), String::new()], |apart| apart.map(|d| format!("{d:.1e}")));
    format!(
        "| {name} | {}, {} | {} | {:.2} | {} | {} of {}, {:.2} of a bound | {} | {same_inputs} | {own_inputs} |",
        text(&results["adapter"]),
        text(&results["driver"]),
        passing.join(", "),
        results["seconds"].as_f64().unwrap(),
        results["loop_iterations"],
        full["stages"].as_u64().unwrap() - full["failing"].as_array().unwrap().len() as u64,
        full["stages"],
        full["share"].as_f64().unwrap(),
        text(&results["conv"]),
    )
}
