//! The same utterance in processes of their own, on other threads, other vectors and other drivers: the same bits where the
//! adapter is the same, and within bounds where it is not.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::network::{context, fresh, full, narrow, utterance};
use super::oracle::{relative_error, widen};
use crate::verify::{Report, verify_blocking};
use crate::{ConvVariant, Golden, Model, Speech, Synthesizer, Utterance};

const NARROW: &[u8] = include_bytes!("../golden/narrow.safetensors");
const SHORT: &[u8] = include_bytes!("../golden/short.safetensors");

/// Where a process that another one started writes what it said.
const OUT: &str = "KOKORO_TEST_OUT";
/// Set where it is to run the full network too.
const FULL: &str = "KOKORO_TEST_FULL";
/// Other drivers, `NAME=FILE` with spaces between, each file a manifest of the Vulkan loader's; `make drivers` sets it.
const DRIVERS: &str = "KOKORO_TEST_DRIVERS";

/// Of two adapters on the same utterance, each running on from its own pitch and spectrum: SwiftShader is 1.9e-6 from
/// llvmpipe. No stage's bound: where the spectrum's angle is within rounding of +-pi, one may be a turn from the other,
/// which is heard as little as it is wrong, but measures 1e-2 (PyTorch's float32 is 1.1e-1 off its own float64). In these
/// utterances none is.
const FREE_BOUND: f64 = 1e-4;

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|bits| f32::from_bits(bits.as_u64().unwrap() as u32)).collect()
}

fn share(report: &Report) -> f64 {
    let shares = report.stages.iter().filter(|stage| stage.error > 0.0).map(|stage| stage.error / stage.bound);
    shares.fold(0.0, f64::max)
}

/// A golden file's stages, its audio as computed on the given curves and spectrum, and an utterance without anything given.
fn tell(model: &Model, golden: &[u8], utterance: &Utterance) -> Value {
    let start = std::time::Instant::now(); // time: printed in a table
    let report = verify_blocking(model, &Golden::from_bytes("golden", golden).unwrap()).unwrap();
    let failing: Vec<_> = report.stages.iter().filter(|s| !s.passed()).map(|s| &s.name).collect();
    let given = report.computed.iter().find(|stage| stage.name == "audio").unwrap();
    let bound = report.stages.iter().find(|stage| stage.name == "audio").unwrap().bound;
    let Speech { samples, durations } = fresh(model, utterance);
    json!({
        "stages": report.stages.len(), "failing": failing, "share": share(&report), "bound": bound,
        "given": bits(&given.values), "free": bits(&samples), "durations": durations,
        "seconds": start.elapsed().as_secs_f64(), // time: likewise
    })
}

#[test]
fn tells_another_process() {
    let (Some(out), Some(context)) = (std::env::var_os(OUT), context()) else { return };
    let info = context.info();
    let narrow = tell(narrow().unwrap(), NARROW, &utterance(12));
    let mut told = json!({
        "adapter": info.name, "driver": format!("{} {}", info.driver, info.driver_info),
        "conv": context.conv_variant().to_string(), "narrow": narrow,
    });
    if std::env::var_os(FULL).is_some() {
        let check = context.self_check_blocking().unwrap();
        let forms = |forms: &[ConvVariant]| forms.iter().map(ToString::to_string).collect::<Vec<_>>();
        told["right"] = forms(&check.passing).into();
        told["wrong"] = forms(&check.failing).into();
        told["loop_turns"] = check.loop_iterations.into();
        // The second has everything compiled.
        told["seconds"] = context.self_check_blocking().unwrap().seconds.into();
        let golden = Golden::from_bytes("short", SHORT).unwrap();
        let ids = golden.input_ids();
        let spoken = Utterance {
            ids: ids[1..ids.len() - 1].to_vec(),
            style: crate::Style::from_row(golden.ref_s()),
            speed: golden.speed,
            noise_seed: golden.noise_seed,
        };
        told["full"] = tell(full().unwrap(), SHORT, &spoken);
    }
    std::fs::write(out, told.to_string()).unwrap();
}

/// What a process says that has these variables.
fn ask(variables: &[(&str, &str)]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("told.json");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["drivers::tells_another_process", "--nocapture"])
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
        println!("skipped: threads and vectors are llvmpipe's to choose");
    }
    found
}

#[test]
fn the_same_bits_on_any_thread_count_and_after_any_history() {
    if !on_llvmpipe() {
        return;
    }
    // This process has as many threads as the machine has cores, and has run other tests before. So that it has a
    // history for sure, the synthesizer speaks something longer first.
    let model = narrow().unwrap();
    let mut synthesizer = Synthesizer::new(model).unwrap();
    synthesizer.synthesize_blocking(&utterance(40)).unwrap();
    let here = synthesizer.synthesize_blocking(&utterance(12)).unwrap();
    for threads in ["1", "3"] {
        let told = ask(&[("LP_NUM_THREADS", threads)]);
        assert_eq!(told["narrow"]["durations"], json!(here.durations), "{threads} threads");
        assert!(floats(&told["narrow"]["free"]) == here.samples, "{threads} threads: other samples");
    }
}

/// `||a - b|| / ||b||`.
fn distance(a: &Value, b: &Value) -> f64 {
    relative_error(&floats(a), &widen(&floats(b)))
}

/// Both are within their bounds of the truth, hence of each other. Returns how far apart: on the same curves and spectrum,
/// and on each one's own.
#[track_caller]
fn assert_near(label: &str, a: &Value, b: &Value) -> [f64; 2] {
    assert_eq!(a["failing"], json!([]), "{label}");
    assert_eq!(a["durations"], b["durations"], "{label}");
    let [given, free] = ["given", "free"].map(|key| distance(&a[key], &b[key]));
    println!("{label}: {given:.1e} on the same curves and spectrum, {free:.1e} on its own");
    assert!(given <= 2.0 * b["bound"].as_f64().unwrap(), "{label}: {given:.1e}");
    assert!(free <= FREE_BOUND, "{label}: {free:.1e} on its own");
    [given, free]
}

#[test]
fn other_vectors_stay_within_bounds() {
    if !on_llvmpipe() {
        return;
    }
    let here = tell(narrow().unwrap(), NARROW, &utterance(12));
    // Subgroups of 4, where another form of the convolutions is chosen, and of 16.
    for width in ["128", "512"] {
        let told = ask(&[("LP_NATIVE_VECTOR_WIDTH", width)]);
        assert!(told["adapter"].as_str().unwrap().contains(width), "{}", told["adapter"]);
        assert_near(&format!("vectors of {width} bits"), &told["narrow"], &here);
    }
}

#[test]
fn other_drivers_stay_within_bounds() {
    let Ok(drivers) = std::env::var(DRIVERS) else {
        return println!("skipped: {DRIVERS} is not set; `make drivers` sets it");
    };
    let drivers = drivers.split_whitespace().map(|entry| entry.split_once('=').expect("NAME=FILE"));
    let here = ask(&[(FULL, "1")]);
    let mut rows = vec![row("the system's", &here, None)];
    for (name, manifest) in drivers {
        assert!(Path::new(manifest).exists(), "{name}: {manifest} is absent");
        let told = ask(&[(FULL, "1"), ("VK_DRIVER_FILES", manifest), ("VK_ICD_FILENAMES", manifest)]);
        assert_near(&format!("{name}, narrow"), &told["narrow"], &here["narrow"]);
        let apart = assert_near(&format!("{name}, short"), &told["full"], &here["full"]);
        rows.push(row(name, &told, Some(apart)));
    }
    for (name, variables) in [
        ("1 thread", [("LP_NUM_THREADS", "1"), (FULL, "1")]),
        ("vectors of 128 bits", [("LP_NATIVE_VECTOR_WIDTH", "128"), (FULL, "1")]),
        ("vectors of 512 bits", [("LP_NATIVE_VECTOR_WIDTH", "512"), (FULL, "1")]),
    ] {
        let told = ask(&variables);
        let apart = assert_near(name, &told["full"], &here["full"]);
        rows.push(row(name, &told, Some(apart)));
    }
    println!(
        "\n| | adapter, driver | self-check: right | s | loop turns | verify short | form | to the first, same inputs | its own |"
    );
    println!("|---|---|---|---:|---:|---|---|---:|---:|");
    rows.iter().for_each(|row| println!("{row}"));
}

fn row(name: &str, told: &Value, apart: Option<[f64; 2]>) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let right: Vec<_> = told["right"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(told["wrong"], json!([]), "{name}");
    let full = &told["full"];
    let [given, free] = apart.map_or([String::new(), String::new()], |apart| apart.map(|d| format!("{d:.1e}")));
    format!(
        "| {name} | {}, {} | {} | {:.2} | {} | {} of {}, {:.2} of a bound | {} | {given} | {free} |",
        text(&told["adapter"]),
        text(&told["driver"]),
        right.join(", "),
        told["seconds"].as_f64().unwrap(),
        told["loop_turns"],
        full["stages"].as_u64().unwrap() - full["failing"].as_array().unwrap().len() as u64,
        full["stages"],
        full["share"].as_f64().unwrap(),
        text(&told["conv"]),
    )
}
