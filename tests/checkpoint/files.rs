//! Checkpoint files: names, types, and malformed files.

use kokoro_wgpu::{Checkpoint, Error};

use super::{Raw, assert_says, container, with_header};

fn open(tensors: &[Raw]) -> Checkpoint {
    Checkpoint::from_bytes("test", container(&[], tensors)).unwrap()
}

fn refused(bytes: &[u8], words: &[&str]) {
    assert_says(Checkpoint::from_bytes("model.bin", bytes.to_vec()), words);
}

#[test]
fn a_file_on_disk_is_read_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, container(&[("format", "pt")], &[Raw::f32("a.b", &[2, 2], &[1.0, -2.0, 3.5, 0.0])])).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.origin(), path.to_str().unwrap());
    assert!(!checkpoint.is_seeded() && checkpoint.contains("a.b") && !checkpoint.contains("a"));
    assert_eq!(checkpoint.read_count(), (0, 0));
    for _ in 0..2 {
        assert_eq!(checkpoint.tensor("a.b", &[2, 2]).unwrap(), [1.0, -2.0, 3.5, 0.0]);
        assert_eq!(checkpoint.read_count(), (1, 4), "reading twice counts once");
    }
    checkpoint.finish().unwrap();
}

#[test]
fn tensors_can_be_read_twice() {
    // A large tensor's pages are released, including those that it shares with its neighbours.
    let ramp: Vec<f32> = (0..100_003).map(|at| at as f32).collect();
    let tensors = [("a", &[1.0][..]), ("b", &ramp), ("c", &[2.0, 3.0])];
    let raws: Vec<Raw> = tensors.iter().map(|(name, values)| Raw::f32(name, &[values.len()], values)).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, container(&[], &raws)).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    for repeat in 0..2 {
        for (name, values) in tensors {
            assert!(checkpoint.tensor(name, &[values.len()]).unwrap() == values, "{name}, repeat {repeat}");
        }
    }
}

#[test]
fn a_checkpoint_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Checkpoint>();
}

#[test]
fn only_the_published_module_prefix_is_removed() {
    let checkpoint = open(&[
        Raw::f32("bert.module.embeddings.weight", &[1], &[1.0]),
        Raw::f32("decoder.module.p.parametrizations.weight.original0", &[1], &[2.0]),
        Raw::f32("a.b.module.c", &[1], &[3.0]),
    ]);
    for name in ["bert.embeddings.weight", "decoder.p.weight_g", "a.b.module.c"] {
        checkpoint.tensor(name, &[1]).unwrap();
    }
    checkpoint.finish().unwrap();
}

#[test]
fn two_spellings_of_one_tensor_collide() {
    let spellings = [["a.b", "a.module.b"], ["p.weight_v", "p.parametrizations.weight.original1"]];
    for names in spellings {
        let tensors = names.map(|name| Raw::f32(name, &[1], &[1.0]));
        refused(&container(&[], &tensors), &[names[0], names[1], "one and the same"]);
    }
}

#[test]
fn half_precision_is_widened_exactly() {
    // numpy's float16 -> float32: subnormals, the smallest normal, 0.333, -2, the largest, -0.
    let f16: [u16; 7] = [0x0001, 0x03ff, 0x0400, 0x3555, 0xc000, 0x7bff, 0x8000];
    let expected: [u32; 7] = [864026624, 947896320, 947912704, 1051369472, 3221225472, 1199562752, 2147483648];
    let bytes = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let checkpoint = open(&[
        Raw::new("f16", "F16", &[7], bytes(&f16)),
        Raw::new("bf16", "BF16", &[2], bytes(&[0x3f80, 0xc049])),
        Raw::new("infinite", "F16", &[2], bytes(&[0, 0xfc00])),
        Raw::new("nan", "BF16", &[1], bytes(&[0x7fc1])),
    ]);
    let bits: Vec<u32> = checkpoint.tensor("f16", &[7]).unwrap().iter().map(|value| value.to_bits()).collect();
    assert_eq!(bits, expected);
    assert_eq!(checkpoint.tensor("bf16", &[2]).unwrap(), [1.0, -3.140625]);
    assert_says(checkpoint.tensor("infinite", &[2]), &["infinite[1] is -inf"]);
    assert_says(checkpoint.tensor("nan", &[1]), &["nan[0] is NaN"]);
}

#[test]
fn every_alignment_reads_the_same() {
    for padding in 0..8 {
        let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
        let mut file = with_header(&format!("{header}{}", " ".repeat(padding)));
        file.extend([1.5f32, -7.0].iter().flat_map(|value| value.to_le_bytes()));
        assert_eq!(Checkpoint::from_bytes("test", file).unwrap().tensor("a", &[2]).unwrap(), [1.5, -7.0], "{padding}");
    }
}

#[test]
fn each_fault_names_its_tensor() {
    let checkpoint = open(&[
        Raw::f32("a", &[2, 3], &[0.0, 1.0, f32::NAN, 3.0, 4.0, 5.0]),
        Raw::new("steps", "I64", &[1], vec![0; 8]),
        Raw::f32("other.module.thing", &[1], &[1.0]),
    ]);
    assert_says(checkpoint.tensor("b", &[1]), &["test", "b is missing"]);
    assert!(checkpoint.optional("b", &[1]).unwrap().is_none());
    for shape in [&[3, 2][..], &[6], &[2, 3, 1], &[]] {
        assert!(matches!(checkpoint.optional("a", shape), Err(Error::TensorShape { .. })), "{shape:?}");
    }
    assert_says(checkpoint.tensor("a", &[3, 2]), &["a is [2, 3], expected [3, 2]"]);
    assert_says(checkpoint.tensor("steps", &[1]), &["steps", "I64", "F32, F16 or BF16"]);
    assert_says(checkpoint.tensor("a", &[2, 3]), &["a[2] is NaN"]);
    assert_eq!(checkpoint.read_count(), (0, 0), "a refused tensor is not read");
    assert_says(checkpoint.finish(), &["3 unknown", "the first is a"]);
    let Err(Error::UnknownTensors { names, .. }) = checkpoint.finish() else { panic!("no unknown tensors") };
    assert_eq!(names, ["a", "other.module.thing", "steps"], "sorted, with their names in the file");
}

#[test]
fn a_truncated_file_says_so_wherever_it_ends() {
    let whole = container(&[], &[Raw::f32("a", &[3], &[1.0, 2.0, 3.0])]);
    for length in 9..whole.len() {
        refused(&whole[..length], &["truncated", &format!("the file has {length}")]);
    }
    refused(&[&whole[..], &[0]].concat(), &["damaged", &format!("describes {} bytes", whole.len())]);
}

#[test]
fn other_formats_are_named() {
    let formats: [(&[u8], &str); 9] = [
        (b"", "is empty"),
        (b"\x00\x01", "is another format"),
        (b"\x93NUMPY\x01\x00v\x00{'descr'", ".npy"),
        (b"GGUF\x03\x00\x00\x00\x00\x00\x00\x00", "GGUF"),
        (b"GGUF\x03\x00\x00\x00 kokoro.albert.token_embd", "TTS.cpp"),
        (b"GGUF\x03\x00\x00\x00 bert.embd.tok.weight", "CrispASR"),
        (b"GGUF\x03\x00\x00\x00 kokoro.bert.layer.attn_q.weight", "elizaOS"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"<!DOCTYPE html><html>", "web page"),
    ];
    for (bytes, word) in formats {
        refused(
            bytes,
            &["model.bin", word, "a PyTorch checkpoint (.pth), an ONNX model or a safetensors file is needed"],
        );
    }
    refused(b"\x08\x08\x12\x07pytorch\x1a\x052.0.0", &["model.bin", "ONNX", "none of its 0 nodes"]);
}

#[test]
fn absurd_headers_are_rejected() {
    let header_of = |size: u64| [&size.to_le_bytes()[..], b"{\"a\":"].concat();
    for size in [u64::MAX, i64::MAX as u64, 100_000_000] {
        refused(&header_of(size), &["header claims", &size.to_string()]);
    }
    refused(&header_of(1 << 20), &["truncated"]);
    for header in [
        r#"{"a":{"dtype":"F32","shape":[9223372036854775808,4],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
        r#"{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#,
        r#"{"a":[[[["#,
        "{\"\u{0}\": 1}",
    ] {
        refused(&with_header(header), &["broken header"]);
    }
    refused(&with_header(&format!("{{\"a\":{}", "[".repeat(1 << 20))), &["broken header"]);
}

#[test]
fn missing_files_and_folders_are_io_errors() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("absent.safetensors")] {
        let error = Checkpoint::open(&path).unwrap_err();
        assert!(matches!(error, Error::Io { .. }) && error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
    let empty = folder.path().join("empty.safetensors");
    std::fs::write(&empty, []).unwrap();
    assert_says(Checkpoint::open(&empty), &["is empty"]);
    #[cfg(unix)]
    assert_says(Checkpoint::open("/dev/null"), &["not a regular file"]);
}
