//! Rules of the source tree: where unsafe code may be, and which module may import which.

use std::fs;
use std::path::{Path, PathBuf};

/// Files that may contain unsafe code, with the reason. The lint `unsafe_code` denies it elsewhere, unless an `expect`
/// lifts it: this list shows all that was lifted.
const UNSAFE: &[(&str, &str)] = &[
    ("gpu/cooperative_matrix.rs", "wgpu calls cooperative matrices experimental"),
    ("gpu/kernel.rs", "compiles shaders without wgpu's loop counters and some index clamps"),
    ("gpu/pipeline_cache.rs", "hands compiled kernels to the driver unseen"),
    ("util/files.rs", "maps the model's file"),
];

/// The modules of src, each of which imports only from those before it.
const MODULES: &[&str] = &[
    "error",
    "util",
    "variant",
    "batch",
    "shape",
    "gpu",
    "graph",
    "kernels",
    "checkpoint",
    "weights",
    "model",
    "voice",
    "audio",
    "speech",
    "adapter_cache",
    "tune",
    "verify",
    "bench",
    "peak_throughput",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of src with its path, and its code without comments and without test modules.
fn files() -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(source()).unwrap().to_string_lossy().replace('\\', "/");
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
                let code = code.lines().map(|line| line.split("//").next().unwrap_or_default());
                found.push((name, code.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    let mut found = Vec::new();
    collect(&source(), &mut found);
    found.sort();
    found
}

fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

#[test]
fn unsafe_code_is_only_in_the_listed_files() {
    let is_unsafe = |code: &str| code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
    let files = files();
    let found: Vec<&str> = files.iter().filter(|(_, code)| is_unsafe(code)).map(|(name, _)| name.as_str()).collect();
    let listed: Vec<&str> = UNSAFE.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, listed, "each needs a reason in the list, and the list no more");
}

#[test]
fn modules_import_downwards() {
    let place = |name: &str| MODULES.iter().position(|module| *module == name);
    let mut upwards = Vec::new();
    for (file, code) in files() {
        let Some(own) = place(module(&file)) else {
            assert_eq!(file, "lib.rs", "list its module");
            continue;
        };
        for import in code.split("crate::").skip(1) {
            let target: String = import.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            // A name that is no module comes through lib.rs, which stands above all.
            if place(&target).is_none_or(|target| target > own) {
                upwards.push(format!("{file} imports {}", import.lines().next().unwrap_or_default()));
            }
        }
    }
    assert!(upwards.is_empty(), "{upwards:#?}");
}
