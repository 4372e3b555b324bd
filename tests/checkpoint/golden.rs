//! Golden files: the content of `short`, and malformed files.

use kokoro_wgpu::Golden;
use kokoro_wgpu::checkpoint::seeded;

use super::{Raw, assert_says, container, repository_file, shared};

#[test]
fn short_has_the_values_that_numpy_reads() {
    let golden = Golden::open(repository_file("short.safetensors")).unwrap();
    assert_eq!((golden.checkpoint_seed, golden.noise_seed, golden.speed), (0, 1, 1.0));
    assert_eq!(golden.input_ids(), seeded::tokens(1, 3));
    assert_eq!(golden.ref_s().len(), 256);
    assert_eq!(golden.durations(), [3, 3, 4, 4, 3]);
    assert_eq!(golden.stages().len(), 44);
    assert!(golden.stage("decoder").is_none());

    let whole = golden.stage("audio").unwrap();
    assert_eq!((&whole.shape[..], whole.stride, whole.values.len()), (&[10200][..], 1, 10200));
    assert_eq!((whole.values[0], whole.values[10199]), (-0.09180287, 0.018274417));
    assert_eq!(whole.torch_error, 7.950519749058385e-07);
    let small = golden.stage("bert").unwrap();
    assert_eq!((small.shape.clone(), small.stride, small.values[1]), (vec![1, 5, 768], 1, 1.8370432));
    let sampled = golden.stage("decoder.encode").unwrap();
    assert_eq!((sampled.shape.clone(), sampled.stride, sampled.values.len()), (vec![1, 1024, 17], 5, 3482));
    assert_eq!((sampled.values[0], sampled.values[3481]), (1.6475978, 3.153222));
    assert_eq!(golden.stage("pred_dur").unwrap().values, [3.0, 3.0, 4.0, 4.0, 3.0]);
}

#[test]
fn stages_are_in_execution_order() {
    let golden = Golden::open(repository_file("short.safetensors")).unwrap();
    let position = |name: &str| golden.stages().iter().position(|stage| stage.name == name).unwrap();
    let order = ["bert.embeddings", "bert", "predictor.F0.0", "predictor.F0_proj", "text_encoder", "decoder.encode"];
    assert!(order.is_sorted_by_key(|name| position(name)));
    assert_eq!((position("bert.embeddings"), position("audio")), (0, 43));
}

#[test]
fn larger_files_are_read() {
    for (name, tokens, stages) in [("voice", 26, 44), ("long", 122, 9)] {
        let Some(path) = shared(&format!("golden/{name}.safetensors")) else { continue };
        let golden = Golden::open(path).unwrap();
        assert_eq!((golden.input_ids().len(), golden.stages().len()), (tokens, stages), "{name}");
        let frames: u32 = golden.durations().iter().sum();
        assert_eq!(golden.stage("audio").unwrap().values.len() as u32, 600 * frames, "{name}");
    }
}

/// A small valid golden file, which tests modify.
struct Small {
    metadata: Vec<(&'static str, &'static str)>,
    tensors: Vec<Raw>,
}

fn small() -> Small {
    let integers = |values: &[i32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    Small {
        metadata: vec![
            ("checkpoint_seed", "0"),
            ("noise_seed", "4294967295"),
            ("speed", "1.5"),
            ("samples", "2"),
            ("shapes", r#"{"pred_dur": [2], "audio": [2, 4]}"#),
            ("torch_float32_error", r#"{"pred_dur": 0.0, "audio": 1e-7}"#),
        ],
        tensors: vec![
            Raw::new("input_ids", "I32", &[1, 2], integers(&[0, 7])),
            Raw::new("pred_dur", "I32", &[2], integers(&[1, 2])),
            Raw::f32("ref_s", &[1, 2], &[0.5, 0.5]),
            Raw::f32("audio", &[2], &[1.0, 2.0]),
        ],
    }
}

fn read(file: &Small) -> kokoro_wgpu::Result<Golden> {
    Golden::from_bytes("g", &container(&file.metadata, &file.tensors))
}

#[test]
fn a_small_file_is_read() {
    let golden = read(&small()).unwrap();
    assert_eq!((golden.noise_seed, golden.speed, golden.origin()), (u32::MAX, 1.5, "g"));
    assert_eq!(golden.stage("audio").unwrap().stride, 5);
}

#[test]
fn faulty_metadata_is_named() {
    let faults = [
        ("noise_seed", "4294967296", "noise_seed"),
        ("checkpoint_seed", "-1", "checkpoint_seed"),
        ("speed", "0", "speed"),
        ("speed", "NaN", "speed"),
        ("samples", "0", "samples"),
        ("samples", "3", "audio has 2 values, expected 8"),
        ("shapes", "{", "shapes"),
        ("shapes", r#"{"pred_dur": [2]}"#, "shapes: audio is missing"),
        ("shapes", r#"{"pred_dur": [2], "audio": [-2]}"#, "shapes: invalid value: integer `-2`"),
        ("shapes", r#"{"pred_dur": [2], "audio": [4294967296, 4294967296]}"#, "shapes: audio is too large"),
        ("torch_float32_error", r#"{"pred_dur": 0.0}"#, "torch_float32_error: audio"),
    ];
    for (key, value, word) in faults {
        let mut file = small();
        file.metadata.iter_mut().filter(|(name, _)| *name == key).for_each(|entry| entry.1 = value);
        assert_says(read(&file), &["g: ", word]);
        file.metadata.retain(|(name, _)| *name != key);
        assert_says(read(&file), &["g: ", "lacks", key]);
    }
}

#[test]
fn faulty_tensors_are_named() {
    for name in ["input_ids", "ref_s", "pred_dur"] {
        let mut file = small();
        file.tensors.retain(|tensor| tensor.name != name);
        assert_says(read(&file), &["g: ", name]);
    }
    let replaced = |name: &str, with: Raw| {
        let mut file = small();
        file.tensors.retain(|tensor| tensor.name != name);
        file.tensors.push(with);
        read(&file)
    };
    assert_says(replaced("input_ids", Raw::new("input_ids", "I64", &[1], vec![0; 8])), &["input_ids", "I64", "I32"]);
    assert_says(replaced("pred_dur", Raw::new("pred_dur", "I32", &[1], vec![255; 4])), &["pred_dur", "negative"]);
    assert_says(replaced("pred_dur", Raw::new("pred_dur", "I32", &[1], vec![0; 4])), &["pred_dur has 1"]);
    assert_says(replaced("audio", Raw::f32("audio", &[3], &[0.0; 3])), &["audio has 3 values"]);
    assert_says(replaced("audio", Raw::f32("audio", &[2], &[0.0, f32::NAN])), &["audio[1]"]);
    assert_says(Golden::open(repository_file("checkpoint.json")), &["checkpoint.json", "safetensors"]);
}
