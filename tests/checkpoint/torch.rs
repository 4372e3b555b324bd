//! PyTorch checkpoints: small ones by PyTorch, and hand-written pickles that PyTorch would not write.

use kokoro_wgpu::Checkpoint;

use super::{assert_says, fixture, shared, zip};

/// Name, shape and values of the tensors in `tiny.pth`, from `tiny.json`.
pub fn tiny() -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let text = std::fs::read_to_string(fixture("tiny.json")).unwrap();
    let tensors: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let field = |value: &serde_json::Value, key: &str| value[key].clone();
    tensors
        .iter()
        .map(|(name, tensor)| {
            let shape = serde_json::from_value(field(tensor, "shape")).unwrap();
            (name.clone(), shape, serde_json::from_value(field(tensor, "values")).unwrap())
        })
        .collect()
}

#[test]
fn every_float_tensor_equals_that_of_pytorch() {
    let checkpoint = Checkpoint::open(fixture("tiny.pth")).unwrap();
    let expected = tiny();
    let mut names: Vec<&str> = expected.iter().map(|(name, ..)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(checkpoint.names(), names);
    for (name, shape, values) in &expected {
        assert_eq!(checkpoint.shape(name), Some(&shape[..]), "{name}");
        if name == "text_encoder.steps" {
            assert_says(checkpoint.tensor(name, shape), &["tiny.pth", "text_encoder.steps", "I64"]);
            continue;
        }
        assert_eq!(&checkpoint.tensor(name, shape).unwrap(), values, "{name}");
    }
    assert_eq!(checkpoint.read_count(), (8, 15 + 6 + 2 + 12 + 6 + 24 + 4 + 2));
    assert_says(checkpoint.finish(), &["1 unknown", "text_encoder.module.steps"]);
}

#[test]
fn errors_name_the_problem_and_the_remedy() {
    let open = |name| Checkpoint::open(fixture(name));
    assert_says(open("evil.pth"), &["evil.pth", "posix.system", "nothing of it was run"]);
    assert_says(open("bomb.pth"), &["bomb.pth", "archive/data.pkl", "compressed"]);
    assert_says(open("truncated.pth"), &["truncated.pth", "truncated", "directory"]);
    assert_says(open("tiny-legacy.pth"), &["tiny-legacy.pth", "old versions of PyTorch", "torch.load", "torch.save"]);
    for name in ["pwned", "tests/fixtures/pwned", "tests/pwned"] {
        assert!(!std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name).exists(), "evil.pth ran");
    }
}

#[test]
fn a_voice_is_not_a_checkpoint() {
    let Some(path) = shared("fixtures/af_heart.pt") else { return };
    assert_says(Checkpoint::open(path), &["af_heart.pt", "one tensor without a name", "not a checkpoint"]);
    let Some(path) = shared("fixtures/voices.npz") else { return };
    assert_says(Checkpoint::open(path), &["voices.npz", "NumPy archive", "is needed"]);
}

/// A file by `torch.save` with this pickle and one storage "0".
fn saved(pickle: &[u8], storage: &[u8]) -> Vec<u8> {
    let pickle = [b"\x80\x02", pickle, b"."].concat();
    zip(&[("a/data.pkl", &pickle, None), ("a/byteorder", b"little", None), ("a/data/0", storage, None)])
}

fn open(file: Vec<u8>) -> kokoro_wgpu::Result<Checkpoint> {
    Checkpoint::from_bytes("t.pth", file)
}

fn text(text: &str) -> Vec<u8> {
    [&[b'X'][..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

fn int(value: i32) -> Vec<u8> {
    [&[b'J'][..], &value.to_le_bytes()].concat()
}

fn tuple(items: &[i32]) -> Vec<u8> {
    [&[b'('][..], &items.iter().flat_map(|&item| int(item)).collect::<Vec<u8>>(), b"t"].concat()
}

/// A float32 tensor in storage "0", which has `count` values.
fn tensor(count: i32, offset: i32, shape: &[i32], strides: &[i32]) -> Vec<u8> {
    let storage =
        [&[b'('][..], &text("storage"), b"ctorch\nFloatStorage\n", &text("0"), &text("cpu"), &int(count), b"tQ"]
            .concat();
    let hooks = b"\x89ccollections\nOrderedDict\n)R";
    let arguments = [&storage[..], &int(offset), &tuple(shape), &tuple(strides), hooks].concat();
    [b"ctorch._utils\n_rebuild_tensor_v2\n(", &arguments[..], b"tR"].concat()
}

fn dict(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"}(", &items[..], b"u"].concat()
}

fn floats(count: usize) -> Vec<u8> {
    (0..count).flat_map(|i| (i as f32).to_le_bytes()).collect()
}

/// Description, offset, shape and strides.
type View = (&'static str, i32, &'static [i32], &'static [i32]);

#[test]
fn views_are_gathered_by_their_strides() {
    let cases: [(View, &[f32]); 8] = [
        (("whole", 0, &[2, 3], &[3, 1]), &[0., 1., 2., 3., 4., 5.]),
        (("transposed", 0, &[3, 2], &[1, 3]), &[0., 3., 1., 4., 2., 5.]),
        (("every other, from 1", 1, &[3], &[2]), &[1., 3., 5.]),
        (("permuted", 0, &[3, 1, 2], &[1, 99, 3]), &[0., 3., 1., 4., 2., 5.]),
        (("expanded", 5, &[6], &[0]), &[5.; 6]),
        (("a scalar", 4, &[], &[]), &[4.]),
        (("no values", 6, &[0, 7], &[7, 1]), &[]),
        (("overlapping windows", 0, &[2, 3], &[1, 1]), &[0., 1., 2., 1., 2., 3.]),
    ];
    for ((case, offset, shape, strides), expected) in cases {
        let checkpoint = open(saved(&dict(&[("w", tensor(6, offset, shape, strides))]), &floats(6))).unwrap();
        let shape: Vec<usize> = shape.iter().map(|&dim| dim as usize).collect();
        assert_eq!(checkpoint.tensor("w", &shape).unwrap(), expected, "{case}");
    }
}

#[test]
fn tensors_beyond_their_storage_are_rejected() {
    let cases: [(i32, View); 8] = [
        (6, ("one too many", 0, &[7], &[1])),
        (6, ("past the end by its offset", 1, &[6], &[1])),
        (6, ("past the end by its strides", 0, &[2, 3], &[4, 1])),
        (6, ("unlimited by strides of 0", 0, &[i32::MAX], &[0])),
        (6, ("an offset alone", 7, &[], &[])),
        (6, ("a product beyond 64 bits", 0, &[i32::MAX; 8], &[0; 8])),
        (6, ("a reach beyond 64 bits", 0, &[3, 2], &[i32::MAX, i32::MAX])),
        (7, ("a storage beyond its file", 0, &[7], &[1])),
    ];
    for (count, (case, offset, shape, strides)) in cases {
        let error = open(saved(&dict(&[("w", tensor(count, offset, shape, strides))]), &floats(6))).unwrap_err();
        assert!(error.to_string().contains("tensor w") && error.to_string().contains("storage"), "{case}: {error}");
    }
    for (what, shape, strides) in [("a negative size", &[-1][..], &[1][..]), ("another number of strides", &[2], &[])] {
        assert_says(open(saved(&dict(&[("w", tensor(6, 0, shape, strides))]), &floats(6))), &["broken pickle", what]);
    }
}

#[test]
fn dicts_may_be_nested_and_have_other_values() {
    let inner =
        dict(&[("module.x", tensor(1, 0, &[1], &[1])), ("epoch", int(3)), ("rate", b"G\x3f\xf0\0\0\0\0\0\0".to_vec())]);
    let file = saved(&dict(&[("a", inner), ("none", b"N".to_vec()), ("list", b"]".to_vec())]), &floats(1));
    assert_eq!(open(file).unwrap().names(), ["a.x"]);
}

#[test]
fn cycles_and_shared_dicts_are_bounded() {
    // A dict that contains itself.
    let cycle = [b"}q\x00", &text("again")[..], b"h\x00s"].concat();
    assert_says(open(saved(&cycle, &[])), &["nested more than 16 deep"]);
    // Fourteen dicts, each with ten names for the previous one: 10^14 tensors.
    let mut laughs = [b"}q\x00", &text("w")[..], &tensor(1, 0, &[1], &[1]), b"s"].concat();
    for level in 1..14u8 {
        laughs.extend(b"}q");
        laughs.extend([level, b'(']);
        for key in 0..10 {
            laughs.extend([&text(&key.to_string())[..], &[b'h', level - 1]].concat());
        }
        laughs.push(b'u');
    }
    assert_says(open(saved(&laughs, &floats(1))), &["more than 16384 items"]);
    let long: String = "n".repeat(2000);
    assert_says(open(saved(&dict(&[(&long, b"N".to_vec())]), &[])), &["a name of more than 1024 bytes"]);
}

#[test]
fn tensors_that_overlap_too_much_are_rejected() {
    let items: Vec<(String, Vec<u8>)> = (0..100).map(|i| (i.to_string(), tensor(1000, 0, &[1000], &[1]))).collect();
    let items: Vec<(&str, Vec<u8>)> = items.iter().map(|(name, tensor)| (name.as_str(), tensor.clone())).collect();
    let names: Vec<u8> = dict(&items);
    assert_says(open(saved(&names, &floats(1000))), &["tensors overlap: 400000 bytes"]);
}

#[test]
fn pickles_that_pytorch_does_not_write_are_rejected() {
    let cases: [(&str, &[u8], &str); 12] = [
        ("another opcode", b"}I1\n", "opcode 0x49"),
        ("INST, which calls", b"(S'x'\nios\nsystem\n", "opcode 0x53"),
        ("NEWOBJ", b")\x81", "opcode 0x81"),
        ("an extension registry", b"\x82\x01", "opcode 0x82"),
        ("a call of a number", b"})R", "a call of a value that is not a global"),
        ("other arguments", b"ctorch._utils\n_rebuild_tensor_v2\n)R", "RebuildTensor"),
        ("an empty stack", b"0", "opcode 0x30"),
        ("a pop below a mark", b"}(s", "empty stack"),
        ("an undefined memo number", b"h\x05", "memo"),
        ("a memo number out of order", b"}q\x05", "memo"),
        ("text beyond the end", b"X\xff\xff\xff\x7fab", "ends too early"),
        ("a reference to a tuple", b")Q", "other than a storage"),
    ];
    for (case, pickle, word) in cases {
        let error = open(saved(pickle, &[])).unwrap_err().to_string();
        assert!(error.contains("t.pth: broken pickle") && error.contains(word), "{case}: {error}");
    }
    for global in
        ["os\nsystem", "builtins\neval", "torch\nload", "torch._utils\n_rebuild_sparse_tensor", "torch\nQInt8Storage"]
    {
        let named = global.replace('\n', ".");
        assert_says(open(saved(format!("c{global}\n").as_bytes(), &[])), &["asks for", &named]);
        // The same global by STACK_GLOBAL of protocol 4.
        let (module, name) = global.split_once('\n').unwrap();
        assert_says(open(saved(&[&text(module)[..], &text(name), b"\x93"].concat(), &[])), &["asks for", &named]);
    }
}

#[test]
fn archives_that_pytorch_does_not_write_are_rejected() {
    let pickle: &[u8] = b"\x80\x02}.";
    assert_says(open(zip(&[("a/x", b"", None)])), &["0 files data.pkl"]);
    assert_says(open(zip(&[("a/data.pkl", pickle, None), ("b/data.pkl", pickle, None)])), &["2 files data.pkl"]);
    let big = [("a/data.pkl", pickle, None), ("a/byteorder", &b"big"[..], None)];
    assert_says(open(zip(&big)), &["another byte order"]);
    let bare = [("data.pkl", &[b"\x80\x02", &dict(&[("w", tensor(1, 0, &[1], &[1]))])[..], b"."].concat()[..], None)];
    assert_says(open(zip(&bare)), &["tensor w lacks data/0"]);
    assert_says(open(zip(&[("a/data.pkl", &vec![b'N'; (1 << 20) + 1], None)])), &["1048577 bytes, at most 1048576"]);
    let whole = saved(&dict(&[("w", tensor(6, 0, &[6], &[1]))]), &floats(6));
    open(whole.clone()).unwrap();
    for length in 4..whole.len() {
        assert_says(open(whole[..length].to_vec()), &["t.pth: ", "truncated"]);
    }
}

#[test]
fn zip_comments_and_name_prefixes_are_accepted() {
    let mut file = saved(
        &dict(&[("decoder_module.w", tensor(2, 0, &[2], &[1])), ("module.b", tensor(2, 1, &[1], &[1]))]),
        &floats(2),
    );
    let length = file.len();
    file[length - 2..].copy_from_slice(&5u16.to_le_bytes());
    file.extend(b"hello");
    let checkpoint = open(file).unwrap();
    assert_eq!(checkpoint.names(), ["b", "decoder.w"]);
    assert_eq!(checkpoint.tensor("b", &[1]).unwrap(), [1.0]);
}
