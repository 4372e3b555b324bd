//! Checkpoints, voices and golden files: everything read from files or computed from a seed. Needs no GPU.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests fail and skip this way")]

mod configuration;
mod convert;
mod files;
mod folding;
mod golden;
mod mlx;
mod onnx;
mod parts;
mod prefix;
mod reader;
mod seeded;
mod torch;
mod voice;
mod voice_files;

use std::path::PathBuf;

/// One tensor of a hand-written safetensors file.
struct Raw {
    name: String,
    dtype: &'static str,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Raw {
    fn new(name: &str, dtype: &'static str, shape: &[usize], bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), dtype, shape: shape.to_vec(), bytes }
    }

    fn f32(name: &str, shape: &[usize], values: &[f32]) -> Self {
        Self::new(name, "F32", shape, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }
}

/// A safetensors file, written without the crate that reads it.
fn container(metadata: &[(&str, &str)], tensors: &[Raw]) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    if !metadata.is_empty() {
        let metadata = metadata.iter().map(|&(key, value)| (key.to_owned(), value.into())).collect();
        header.insert("__metadata__".to_owned(), serde_json::Value::Object(metadata));
    }
    let mut end = 0;
    for tensor in tensors {
        let start = end;
        end += tensor.bytes.len();
        let entry = serde_json::json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [start, end]});
        header.insert(tensor.name.clone(), entry);
    }
    let header = serde_json::Value::Object(header).to_string();
    let mut file = with_header(&header);
    tensors.iter().for_each(|tensor| file.extend_from_slice(&tensor.bytes));
    file
}

fn with_header(header: &str) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file
}

/// A large reference file in the optional folder beside the checkout.
fn shared(path: &str) -> Option<PathBuf> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if !file.exists() {
        println!("skipped: ../shared/{path} is absent");
    }
    file.exists().then_some(file)
}

/// A golden file in this repository.
fn repository_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A small file in tests/fixtures.
fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A member's name, its content, and the deflated content if it is stored compressed.
type Member<'a> = (&'a str, &'a [u8], Option<&'a [u8]>);

/// A zip archive.
fn zip(files: &[Member]) -> Vec<u8> {
    let word = |value: usize| (value as u16).to_le_bytes();
    let double = |value: usize| (value as u32).to_le_bytes();
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content, deflated) in files {
        let data = deflated.unwrap_or(content);
        let start = archive.len();
        // Flags, method, time, date, checksum (not checked), sizes, lengths of name and extra field.
        let method = word(if deflated.is_some() { 8 } else { 0 });
        let lengths = [&double(data.len())[..], &double(content.len()), &word(name.len()), &word(0)].concat();
        let common = [&word(20)[..], &word(0), &method, &[0; 8], &lengths].concat();
        archive.extend([b"PK\x03\x04", &common[..], name.as_bytes(), data].concat());
        directory.extend([b"PK\x01\x02", &word(20)[..], &common, &[0; 10], &double(start), name.as_bytes()].concat());
    }
    let (count, start) = (word(files.len()), double(archive.len()));
    let end = [b"PK\x05\x06", &[0; 4][..], &count, &count, &double(directory.len()), &start, &word(0)].concat();
    [archive, directory, end].concat()
}

/// Asserts that the error's text contains all these words.
#[track_caller]
fn assert_says<T>(result: Result<T, impl std::error::Error>, words: &[&str]) {
    let Err(error) = result else { panic!("no error, expected one with {words:?}") };
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "{text:?} does not contain {word:?}");
    }
}
