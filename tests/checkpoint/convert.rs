//! Conversion to safetensors: same values, published names.

use kokoro_wgpu::Checkpoint;
use kokoro_wgpu::checkpoint::convert;

use super::torch::tiny;
use super::{Raw, assert_says, container, fixture};

/// Name, type, shape and bytes of each converted tensor, read by the safetensors crate.
fn converted(input: &Checkpoint, half: bool) -> Vec<(String, String, Vec<usize>, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.safetensors");
    convert(input, &output, half).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
    let bytes = std::fs::read(output).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<_> = file
        .iter()
        .map(|(name, view)| (name.to_owned(), view.dtype().to_string(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    tensors.sort();
    tensors
}

fn f32s(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect()
}

#[test]
fn a_torch_checkpoint_keeps_its_types_and_values() {
    let tensors = converted(&Checkpoint::open(fixture("tiny.pth")).unwrap(), false);
    let mut expected = tiny();
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(tensors.len(), expected.len());
    for ((name, dtype, shape, bytes), (wanted, wanted_shape, values)) in tensors.iter().zip(&expected) {
        assert_eq!((name, shape), (wanted, wanted_shape));
        let pairs = || bytes.as_chunks().0.iter().map(|&pair| u16::from_le_bytes(pair));
        let found: Vec<f32> = match (name.as_str(), dtype.as_str()) {
            ("text_encoder.steps", "I64") => vec![i64::from_le_bytes(bytes[..].try_into().unwrap()) as f32],
            ("bert_encoder.bias", "F16") => pairs().map(|bits| half::f16::from_bits(bits).to_f32()).collect(),
            ("text_encoder.bf16", "BF16") => pairs().map(|bits| half::bf16::from_bits(bits).to_f32()).collect(),
            (_, "F32") => f32s(bytes),
            other => panic!("{other:?}"),
        };
        assert_eq!(&found, values, "{name}");
    }
}

#[test]
fn half_precision_rounds_to_nearest_ties_to_even() {
    // At and above the midpoint after an even f16, the midpoint after an odd one, subnormals, and the largest value.
    let step = 2f32.powi(-10);
    let values =
        [1.0 + step / 2.0, 1.0 + step * 0.501, 1.0 + step * 1.5, -1.0, 2f32.powi(-24), 2f32.powi(-25), 65519.0, 0.1];
    let expected = [1.0, 1.0 + step, 1.0 + step * 2.0, -1.0, 2f32.powi(-24), 0.0, 65504.0, 0.099975586];
    let tensors = [
        Raw::f32("b", &[8], &values),
        Raw::new("a", "BF16", &[1], vec![0xc0, 0x3f]),
        Raw::new("c", "I64", &[1], vec![1; 8]),
    ];
    let input = Checkpoint::from_bytes("test", container(&[], &tensors)).unwrap();
    let found = converted(&input, true);
    let types: Vec<&str> = found.iter().map(|(_, dtype, ..)| dtype.as_str()).collect();
    assert_eq!(types, ["F16", "F16", "I64"]);
    let read = |bytes: &[u8]| -> Vec<f32> {
        bytes.as_chunks().0.iter().map(|&pair| half::f16::from_le_bytes(pair).to_f32()).collect()
    };
    assert_eq!((read(&found[0].3), read(&found[1].3)), (vec![1.5], expected.to_vec()));
}

#[test]
fn failed_conversions_leave_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.safetensors");
    std::fs::write(&output, "before").unwrap();
    let input = |value: f32| {
        Checkpoint::from_bytes(
            "test",
            container(&[], &[Raw::f32("a", &[1], &[1.0]), Raw::f32("b", &[2], &[0.0, value])]),
        )
        .unwrap()
    };
    assert_says(convert(&input(65520.0), &output, true), &["test as f16", "b[1] is inf"]);
    assert_says(convert(&input(f32::NAN), &output, false), &["test: b[1] is NaN"]);
    assert_says(convert(&Checkpoint::seeded(0), &output, false), &["seeded:0", "no list of tensors"]);
    assert_says(convert(&input(1.0), folder.path(), false), &["not a regular file"]);
    assert_says(convert(&input(1.0), folder.path().join("absent/out"), false), &["absent", "cannot create"]);
    assert_eq!(std::fs::read(&output).unwrap(), b"before");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    convert(&input(65520.0), &output, false).unwrap();
    assert_eq!(Checkpoint::open(&output).unwrap().tensor("b", &[2]).unwrap(), [0.0, 65520.0], "replaced");
}

#[test]
fn weight_norms_stay_unfolded_and_unusual_shapes_are_kept() {
    let tensors = [
        Raw::f32("p.parametrizations.weight.original0", &[2, 1, 1], &[1.0, 2.0]),
        Raw::f32("p.parametrizations.weight.original1", &[2, 1, 1], &[3.0, 4.0]),
        Raw::f32("bert.module.empty", &[0, 3], &[]),
        Raw::f32("scalar", &[], &[5.0]),
    ];
    let found = converted(&Checkpoint::from_bytes("test", container(&[], &tensors)).unwrap(), false);
    let found: Vec<(&str, &[usize])> = found.iter().map(|(name, _, shape, _)| (name.as_str(), &shape[..])).collect();
    assert_eq!(
        found,
        [("bert.empty", &[0, 3][..]), ("p.weight_g", &[2, 1, 1]), ("p.weight_v", &[2, 1, 1]), ("scalar", &[])]
    );
}
