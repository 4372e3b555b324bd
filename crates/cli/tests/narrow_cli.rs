//! The program `kokoro` with the narrow network of tests/golden/narrow.py, which needs a thousandth of the work.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by failing, in their helpers too")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

#[path = "../../../tests/golden/narrow.rs"]
mod narrow;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/narrow.safetensors");

/// Runs the program in a folder with the narrow configuration as `narrow.json`.
fn kokoro(folder: &Path, arguments: &[&str]) -> Output {
    std::fs::write(folder.join("narrow.json"), narrow::config().to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    for variable in ["KOKORO_MODEL", "KOKORO_VOICES", "RUST_LOG"] {
        command.env_remove(variable);
    }
    command.env("KOKORO_CACHE", "").env("HF_HUB_OFFLINE", "1").env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command.args(arguments).current_dir(folder).output().unwrap()
}

/// Parses the JSON that a command prints.
fn printed(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = kokoro(folder.path(), arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {error}"))
}

/// Standard error of a command that must fail.
fn failure(folder: &Path, arguments: &[&str]) -> String {
    let output = kokoro(folder, arguments);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

const NARROW: [&str; 2] = ["--config", "narrow.json"];

#[test]
fn verify_takes_a_golden_file_of_other_dimensions() {
    let report = printed(&[&["verify", GOLDEN, "--json"], &NARROW[..]].concat());
    assert_eq!((&report["passed"], &report["stages_passed"]), (&true.into(), &46.into()), "{report:#}");
    // The published dimensions do not fit, and nothing passes.
    let folder = tempfile::tempdir().unwrap();
    let error = failure(folder.path(), &["verify", GOLDEN, "--json"]);
    assert!(error.contains("narrow.safetensors") || error.contains("style"), "{error}");
}

#[test]
fn info_counts_a_model_of_other_dimensions() {
    // The one for processors would add its textures.
    let info = printed(&[&["info", "--model", "seeded:0", "--conv", "registers", "--json"], &NARROW[..]].concat());
    let parameters = info["model"]["parameters"].as_u64().unwrap();
    assert!((100_000..2_000_000).contains(&parameters), "81,810,022 in the published one: {parameters}");
    assert!(info["model"]["activation_bytes"].as_u64().unwrap() < 24_600_000, "{}", info["model"]);
}

#[test]
fn bench_and_profile_run_a_model_of_other_dimensions() {
    let row = printed(&[&["bench", "--tokens", "3", "--runs", "1", "--json"], &NARROW[..]].concat());
    assert_eq!(row["tokens"], 3);
    assert!(row["gpu_peak_bytes"].as_u64().unwrap() < 100_000_000, "{row}");
    let profile = printed(&[&["profile", "--tokens", "3", "--json"], &NARROW[..]].concat());
    let flops = profile["total"]["flops"].as_f64().unwrap() / profile["audio_seconds"].as_f64().unwrap();
    assert!(flops < 5e9, "the published network takes 55 GFLOP a second of audio, this one {flops:e}");
}

#[test]
fn profile_predicts_the_time_on_a_chip_by_stage() {
    let folder = tempfile::tempdir().unwrap();
    let output = kokoro(folder.path(), &[&["profile", "--predict", "RTX-4090", "--tokens", "3"], &NARROW[..]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "NVIDIA GeForce RTX 4090, predicted: 3 tokens",
        "decoder.generator.resblocks.0 ",
        "conv1d.wide ",
        "estimates: ",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let json = printed(&[&["profile", "--predict", "adreno-740", "--tokens", "3", "--json"], &NARROW[..]].concat());
    let [prediction] = &json["predictions"].as_array().unwrap()[..] else { panic!("{json:#}") };
    let number = |value: &Value, key: &str| value[key].as_f64().unwrap();
    for list in ["stages", "kernels"] {
        let groups = prediction[list].as_array().unwrap();
        for key in ["milliseconds", "dispatches"] {
            let sum: f64 = groups.iter().map(|group| number(group, key)).sum();
            assert!((sum / number(&prediction["total"], key) - 1.0).abs() < 1e-9, "{list}, {key}: {prediction:#}");
        }
    }
    let sum = number(&prediction["total"], "milliseconds") + number(prediction, "host_milliseconds");
    assert!((sum / number(prediction, "milliseconds") - 1.0).abs() < 1e-9, "{prediction:#}");
}

#[test]
fn profile_predicts_two_lengths_for_all_chips() {
    let all = printed(&[&["profile", "--predict", "all", "--json"], &NARROW[..]].concat());
    let predictions = all["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 2 * 8);
    for pair in predictions.chunks(2) {
        assert_eq!((&pair[0]["tokens"], &pair[1]["tokens"]), (&json!(10), &json!(60)));
        let [short, long] = [0, 1].map(|at| pair[at]["milliseconds"].as_f64().unwrap());
        assert!(0.0 < short && short < long, "{}: {short} and {long}", pair[0]["chip"]);
        assert_eq!(pair[0]["total"]["dispatches"], predictions[0]["total"]["dispatches"]);
    }
}

#[test]
fn profile_compares_the_model_with_this_adapter() {
    let profile = printed(&[&["profile", "--predict", "this", "--tokens", "3", "--json"], &NARROW[..]].concat());
    let prediction = &profile["prediction"];
    let names =
        |list: &Value| -> Vec<Value> { list.as_array().unwrap().iter().map(|stage| stage["name"].clone()).collect() };
    assert_eq!(names(&prediction["stages"]), names(&profile["stages"]));
    assert!(prediction["predicted_milliseconds"].as_f64().unwrap() > 0.0, "{prediction:#}");
}

#[test]
fn the_configuration_beside_a_model_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut odd = narrow::config();
    odd["istftnet"]["gen_istft_n_fft"] = json!(16);
    std::fs::write(folder.path().join("config.json"), odd.to_string()).unwrap();
    std::fs::copy(GOLDEN, folder.path().join("model.safetensors")).unwrap();
    for command in ["info", "verify", "bench", "profile"] {
        let error = failure(folder.path(), &[command, "--model", "model.safetensors"]);
        assert!(error.contains("config.json: istftnet.gen_istft_n_fft is 16"), "{command}: {error}");
        // With --config the model's own configuration is ignored; then the model itself is invalid.
        let error = failure(folder.path(), &[&[command, "--model", "model.safetensors"], &NARROW[..]].concat());
        assert!(error.contains("model.safetensors: "), "{command}: {error}");
    }
}
