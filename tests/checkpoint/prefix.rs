//! Files that are still on their way: what is there is what the whole file has, and is known early.

use std::collections::BTreeSet;
use std::io::Cursor;

use kokoro_wgpu::{Checkpoint, Error};

use super::fixture;

const FORMS: [&str; 5] = ["float", "half", "dynamic", "static", "blocks"];

fn first(name: &str, bytes: &[u8], available: usize) -> Checkpoint {
    Checkpoint::from_prefix(name, Cursor::new(bytes[..available].to_vec()), bytes.len() as u64).unwrap()
}

/// Asserts that a tensor has the same bits in both.
fn assert_same(label: &str, name: &str, prefix: &Checkpoint, whole: &Checkpoint) {
    let shape = whole.shape(name).unwrap();
    assert_eq!(prefix.shape(name), Some(shape), "{label}: {name}");
    let [some, all] = [prefix, whole].map(|checkpoint| checkpoint.tensor(name, shape).unwrap());
    assert!(some.iter().map(|v| v.to_bits()).eq(all.iter().map(|v| v.to_bits())), "{label}: {name}");
}

#[test]
fn every_beginning_has_the_tensors_of_the_whole() {
    // One byte at a time where the file is small.
    let steps = [7, 1, 31, 31, 61];
    for (form, kind, step) in
        FORMS.iter().zip(steps).flat_map(|(form, step)| [(form, "onnx", step), (form, "safetensors", step)])
    {
        let file = format!("onnx/{form}.{kind}");
        let bytes = std::fs::read(fixture(&file)).unwrap();
        let whole = Checkpoint::from_bytes(&file, bytes.clone()).unwrap();
        let mut known = BTreeSet::new();
        for available in (0..bytes.len()).step_by(step) {
            let prefix = first(&file, &bytes, available);
            for new in prefix.names().into_iter().filter(|new| !known.contains(*new)) {
                assert_same(&format!("{file}, its first {available} bytes"), new, &prefix, &whole);
            }
            let names: BTreeSet<String> = prefix.names().into_iter().map(str::to_owned).collect();
            assert!(names.is_superset(&known), "{file}, its first {available} bytes: {known:?} became {names:?}");
            known = names;
        }
        // A safetensors file ends with a tensor. Of an ONNX model, those that only their name identifies wait for its end.
        let (known, of_whole) = (known.len(), whole.names().len());
        let late = if kind == "onnx" { of_whole / 2 } else { 1 };
        assert!(known + late >= of_whole && (known < of_whole || kind == "onnx"), "{file}: {known} of {of_whole}");
        assert_eq!(first(&file, &bytes, bytes.len()).names(), whole.names(), "{file}");
    }
}

#[test]
fn of_a_whole_file_no_tensor_is_on_its_way() {
    let bytes = std::fs::read(fixture("onnx/half.safetensors")).unwrap();
    let [prefix, whole] = [bytes.len() - 1, bytes.len()].map(|available| first("half", &bytes, available));
    assert!(matches!(prefix.optional("no.bias", &[1]), Err(Error::MissingTensor { .. })));
    assert!(matches!(whole.optional("no.bias", &[1]), Ok(None)));
}

/// The trained model in steps of 4 MiB, as a page uploads it.
#[test]
fn the_trained_model_is_known_as_it_arrives() {
    let Some(path) = std::env::var_os("KOKORO_TEST_INT8").filter(|path| std::path::Path::new(path).is_file()) else {
        println!("skipped: KOKORO_TEST_INT8 names no int8 ONNX model");
        return;
    };
    let bytes = std::fs::read(&path).unwrap();
    let whole = Checkpoint::open(&path).unwrap();
    let values = |checkpoint: &Checkpoint| -> usize {
        checkpoint.names().iter().map(|name| checkpoint.shape(name).unwrap().iter().product::<usize>()).sum()
    };
    let all = values(&whole);
    let mut known = BTreeSet::new();
    for available in (0..bytes.len()).step_by(4 << 20) {
        let prefix = first("int8", &bytes, available);
        for new in prefix.names().into_iter().filter(|new| !known.contains(*new)) {
            assert_same(&format!("its first {available} bytes"), new, &prefix, &whole);
        }
        known.extend(prefix.names().into_iter().map(str::to_owned));
        let (share, arrived) = (values(&prefix) as f64 / all as f64, available as f64 / bytes.len() as f64);
        println!("{:.0}% of the bytes, {:.0}% of the values", 100.0 * arrived, 100.0 * share);
        assert!(share > arrived - 0.2, "{arrived} of the bytes are there, {share} of the values are known");
    }
}

#[test]
fn a_beginning_that_tells_nothing_is_no_error() {
    for (file, available) in [("tiny.pth", 1000), ("onnx/float.onnx", 10), ("onnx/half.safetensors", 9)] {
        let bytes = std::fs::read(fixture(file)).unwrap();
        assert!(first(file, &bytes, available).names().is_empty(), "{file}");
        assert!(first(file, &vec![0x55; bytes.len()], available).names().is_empty(), "{file}, damaged");
    }
}
