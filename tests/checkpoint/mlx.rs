//! Files of MLX ports: channels last, other names of LSTMs and layer norms.

use kokoro_wgpu::Checkpoint;

use super::{Raw, assert_says, container};

/// Published names and shapes of a narrow network's tensors. The last three have one channel or one tap, so that their
/// own shapes do not tell the layout.
const CONVOLUTIONS: [(&str, [usize; 3]); 8] = [
    ("text_encoder.cnn.0.0.weight_v", [4, 4, 5]),
    ("decoder.generator.resblocks.0.convs1.0.weight_v", [4, 4, 3]),
    ("decoder.generator.ups.0.weight_v", [8, 4, 20]),
    ("decoder.encode.conv1.weight_v", [8, 6, 3]),
    ("decoder.generator.noise_convs.0.weight", [4, 22, 12]),
    ("decoder.decode.3.pool.weight_v", [10, 1, 3]),
    ("predictor.F0_proj.weight", [1, 4, 1]),
    ("decoder.asr_res.0.weight_v", [2, 4, 1]),
];

fn values(shape: [usize; 3]) -> Vec<f32> {
    (0..shape.iter().product()).map(|i| i as f32).collect()
}

/// `[out, in, taps]` to `[out, taps, in]`.
fn channels_last(shape: [usize; 3]) -> Vec<f32> {
    let [rows, channels, taps] = shape;
    let mut moved = Vec::new();
    for row in 0..rows {
        for tap in 0..taps {
            for channel in 0..channels {
                moved.push(((row * channels + channel) * taps + tap) as f32);
            }
        }
    }
    moved
}

#[test]
fn convolutions_with_channels_last_are_transposed() {
    let last = CONVOLUTIONS.map(|(name, shape)| Raw::f32(name, &[shape[0], shape[2], shape[1]], &channels_last(shape)));
    let first = CONVOLUTIONS.map(|(name, shape)| Raw::f32(name, &shape, &values(shape)));
    // Not weights of convolutions: they keep their shapes.
    let others = || [Raw::f32("a.weight_g", &[4, 1, 1], &[1.0; 4]), Raw::f32("a.alpha1.0", &[1, 4, 1], &[1.0; 4])];
    for (position, convolutions) in [("last", last), ("first", first)] {
        let tensors: Vec<Raw> = convolutions.into_iter().chain(others()).collect();
        let checkpoint = Checkpoint::from_bytes("test", container(&[], &tensors)).unwrap();
        for (name, shape) in CONVOLUTIONS {
            assert_eq!(checkpoint.tensor(name, &shape).unwrap(), values(shape), "{name}, channels {position}");
        }
        checkpoint.tensor("a.weight_g", &[4, 1, 1]).unwrap();
        checkpoint.tensor("a.alpha1.0", &[1, 4, 1]).unwrap();
        checkpoint.finish().unwrap();
    }
}

#[test]
fn folded_convolutions_are_transposed() {
    let shape = [4, 4, 3];
    let tensor = Raw::f32("decoder.generator.resblocks.0.convs2.1.weight", &[4, 3, 4], &channels_last(shape));
    let checkpoint = Checkpoint::from_bytes("test", container(&[], &[tensor])).unwrap();
    let prefix = "decoder.generator.resblocks.0.convs2.1";
    assert_eq!(checkpoint.weight_norm(prefix, &shape).unwrap(), values(shape));
}

#[test]
fn names_become_those_of_pytorch() {
    let names = [
        ("predictor.lstm.Wx_forward", "predictor.lstm.weight_ih_l0"),
        ("predictor.lstm.Wh_forward", "predictor.lstm.weight_hh_l0"),
        ("predictor.shared.bias_ih_forward", "predictor.shared.bias_ih_l0"),
        ("predictor.shared.bias_hh_forward", "predictor.shared.bias_hh_l0"),
        ("text_encoder.lstm.Wx_backward", "text_encoder.lstm.weight_ih_l0_reverse"),
        ("text_encoder.lstm.Wh_backward", "text_encoder.lstm.weight_hh_l0_reverse"),
        ("text_encoder.lstm.bias_ih_backward", "text_encoder.lstm.bias_ih_l0_reverse"),
        ("text_encoder.lstm.bias_hh_backward", "text_encoder.lstm.bias_hh_l0_reverse"),
        ("text_encoder.cnn.2.1.weight", "text_encoder.cnn.2.1.gamma"),
        ("text_encoder.cnn.2.1.bias", "text_encoder.cnn.2.1.beta"),
        ("text_encoder.cnn.1.0.bias", "text_encoder.cnn.1.0.bias"),
        ("bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.weight"),
        ("decoder.decode.1.norm1.norm.weight", "decoder.decode.1.norm1.norm.weight"),
        ("bert_module.pooler.bias", "bert.pooler.bias"),
    ];
    let tensors: Vec<Raw> = names.iter().map(|(name, _)| Raw::f32(name, &[1], &[1.0])).collect();
    let checkpoint = Checkpoint::from_bytes("test", container(&[], &tensors)).unwrap();
    for (name, published) in names {
        assert!(checkpoint.contains(published), "{name}");
    }
}

#[test]
fn indices_are_skipped() {
    let indices = Raw::new("bert.module.embeddings.position_ids", "I64", &[1, 1], vec![0; 8]);
    let checkpoint = Checkpoint::from_bytes("test", container(&[], &[indices])).unwrap();
    checkpoint.finish().unwrap();
}

/// Codes packed like MLX's, starting with the lowest bits of a row's first word.
fn packed(codes: &[u32], bits: usize) -> Vec<u8> {
    let mut bytes = vec![0; (codes.len() * bits).div_ceil(8)];
    for (index, code) in codes.iter().enumerate() {
        for bit in 0..bits {
            let at = index * bits + bit;
            bytes[at / 8] |= ((code >> bit & 1) as u8) << (at % 8);
        }
    }
    bytes
}

#[test]
fn quantised_matrices_are_dequantised() {
    let (rows, columns) = (3, 128);
    for (bits, group) in [(4, 64), (6, 64), (8, 64), (4, 32), (3, 64), (8, 32)] {
        let groups = columns / group;
        let codes: Vec<u32> = (0..rows * columns).map(|at| at as u32 * 7 % (1 << bits)).collect();
        let scale = |at: usize| 0.25 + at as f32 / 64.0;
        let bias = |at: usize| at as f32 / 8.0 - 2.0;
        let numbers = |value: &dyn Fn(usize) -> f32| (0..rows * groups).map(value).collect::<Vec<f32>>();
        let words = packed(&codes, bits);
        let name = "bert.embeddings.word_embeddings";
        let tensors = [
            Raw::new(&format!("{name}.weight"), "U32", &[rows, words.len() / 4 / rows], words),
            Raw::f32(&format!("{name}.scales"), &[rows, groups], &numbers(&scale)),
            Raw::f32(&format!("{name}.biases"), &[rows, groups], &numbers(&bias)),
            // Its length is the embeddings' width, from which the group size follows.
            Raw::f32("bert.embeddings.LayerNorm.weight", &[columns], &[1.0; 128]),
        ];
        let checkpoint = Checkpoint::from_bytes("test", container(&[], &tensors)).unwrap();
        let expected: Vec<f32> = (0..rows * columns)
            .map(|at| {
                let group = at / columns * groups + at % columns / group;
                codes[at] as f32 * scale(group) + bias(group)
            })
            .collect();
        let found = checkpoint.tensor(&format!("{name}.weight"), &[rows, columns]).unwrap();
        assert_eq!(found, expected, "{bits} bits, groups of {group}");
        checkpoint.tensor("bert.embeddings.LayerNorm.weight", &[columns]).unwrap();
        checkpoint.finish().unwrap();
    }
}

#[test]
fn other_quantisations_are_rejected() {
    let words = || Raw::new("bert_encoder.weight", "U32", &[1, 1], vec![0; 4]);
    let scales = || Raw::f32("bert_encoder.scales", &[1, 1], &[1.0]);
    let alone = [words(), scales()];
    assert_says(Checkpoint::from_bytes("test", container(&[], &alone)), &["quantised", "bert_encoder", "no biases"]);
    // A word of 32 bits cannot hold 64 values.
    let short = [words(), scales(), Raw::f32("bert_encoder.biases", &[1, 1], &[1.0])];
    assert_says(Checkpoint::from_bytes("test", container(&[], &short)), &["quantised", "bert_encoder.weight", "bf16"]);
}
