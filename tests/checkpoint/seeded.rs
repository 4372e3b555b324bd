//! The seeded checkpoint against digests and values by the Python definition.

use kokoro_wgpu::Checkpoint;
use kokoro_wgpu::checkpoint::seeded;
use sha2::{Digest, Sha256};

fn digest(values: &[f32]) -> String {
    let mut hash = Sha256::new();
    for part in values.chunks(1 << 16) {
        hash.update(part.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn all_688_tensors_equal_those_of_python() {
    let text = std::fs::read_to_string(super::repository_file("checkpoint.json")).unwrap();
    let expected: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let checkpoint = Checkpoint::seeded(0);
    for (name, tensor) in &expected {
        let shape: Vec<usize> = serde_json::from_value(tensor["shape"].clone()).unwrap();
        let values = checkpoint.tensor(name, &shape).unwrap();
        assert_eq!(digest(&values), tensor["sha256"].as_str().unwrap(), "{name}");
    }
    assert_eq!(checkpoint.read_count(), (688, 81_810_022));
    checkpoint.finish().unwrap();
}

#[test]
fn the_seed_wraps_modulo_2_to_the_64() {
    let bits = |seed| {
        let values = seeded::tensor("decoder.generator.conv_post.weight_g", &[22, 1, 1], seed);
        [0, 1, 2].map(|i| values[i].to_bits())
    };
    assert_eq!(bits(1), [0x3e99_ca38, 0x3ea5_66b8, 0x3efd_a229]);
    assert_eq!(bits(u64::MAX), [0x3ed6_62b4, 0x3ec7_1675, 0x3ed5_20dd]);
}

/// Several threads compute the same values as one.
#[test]
fn threads_do_not_change_values() {
    let (rows, columns) = (1021, 1031); // primes, more than two threads' worth
    let values = seeded::tensor("text_encoder.embedding.weight", &[rows, columns], 5); // offset 0, bound 1
    assert_eq!(values, seeded::symmetric("text_encoder.embedding.weight", rows * columns, 5));
}

#[test]
fn tokens_equal_those_of_the_golden_files() {
    assert_eq!(seeded::tokens(1, 3), [0, 106, 70, 116, 0]);
    assert_eq!(seeded::tokens(7, 24)[..9], [0, 73, 67, 17, 52, 32, 132, 147, 24]);
    assert_eq!(seeded::tokens(0, 0), [0, 0]);
}

#[test]
fn a_seeded_checkpoint_has_every_tensor() {
    let checkpoint = Checkpoint::seeded(3);
    assert!(checkpoint.is_seeded() && checkpoint.contains("bert.pooler.weight"));
    assert_eq!(checkpoint.origin(), "seeded:3");
    assert_eq!(checkpoint.optional("bert.pooler.bias", &[768]).unwrap().unwrap().len(), 768);
    assert_eq!(format!("{checkpoint:?}"), r#"Checkpoint { origin: "seeded:3", read: (1, 768), .. }"#);
}
