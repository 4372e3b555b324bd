//! Tensors, styles and token ids as pure functions of a seed and a name, so that everything runs and is tested without
//! the trained weights.
//!
//! Defined by `seeded.py` of the reference: exact integer arithmetic and at most two roundings to float32, so that
//! every language computes the same bits.

use std::num::NonZero;

use crate::util::hash::fnv1a64;

/// Weyl step of SplitMix64.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
/// Fewer values are not worth a thread: 2^18 take about half a millisecond.
const VALUES_PER_THREAD: usize = 1 << 18;

fn splitmix64(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A pseudo-random stream of values in [-1, 1), multiples of 2^-23.
#[derive(Clone, Copy)]
struct Stream(u64);

impl Stream {
    fn new(name: &str, seed: u64) -> Self {
        Self(fnv1a64(name.as_bytes()) ^ seed.wrapping_mul(STEP))
    }

    fn value(self, index: usize) -> f32 {
        let top24 = splitmix64((index as u64 + 1).wrapping_mul(STEP).wrapping_add(self.0)) >> 40;
        // 24 bits and a power of two: exact.
        (top24 as i32 - (1 << 23)) as f32 * (1.0 / (1 << 23) as f32)
    }
}

/// `count` values in [-1, 1), multiples of 2^-23, determined by the name and the seed.
pub fn symmetric(name: &str, count: usize, seed: u64) -> Vec<f32> {
    let stream = Stream::new(name, seed);
    (0..count).map(|i| stream.value(i)).collect()
}

/// Offset and bound of a tensor's values, `offset + bound * symmetric`.
///
/// Chosen so that the untrained network behaves like a trained one in tests: activations of order one, durations of a
/// few frames, a voice's F0 with unvoiced stretches, audio that neither vanishes nor clips. The order of the
/// conditions is part of the definition.
fn rule(name: &str, shape: &[usize]) -> (f64, f64) {
    let leaf = name.rsplit('.').next().unwrap_or(name);
    let fan_in: usize = shape.iter().skip(1).product();
    let unit = (3.0 / fan_in as f64).sqrt();
    match name {
        "predictor.duration_proj.linear_layer.bias" => return (-3.6, 1.0),
        "predictor.duration_proj.linear_layer.weight" => return (0.0, 4.0 * unit),
        "predictor.F0_proj.bias" => return (0.0, 0.0),
        "predictor.F0_proj.weight" => return (0.0, 150.0 * unit),
        "predictor.N_proj.weight" => return (0.0, 2.0 * unit),
        "decoder.generator.conv_post.bias" => return (-1.0, 0.5),
        "decoder.generator.conv_post.weight_g" => return (0.4, 0.1),
        "text_encoder.embedding.weight" => return (0.0, 1.0),
        _ => {}
    }
    let is_layer_norm = name.contains("LayerNorm");
    if name.contains(".embeddings.") && leaf == "weight" && !is_layer_norm {
        (0.0, 0.05)
    } else if name.contains("LayerNorm.weight") || leaf == "gamma" || name.ends_with("layer_layer_norm.weight") {
        (1.0, 0.2)
    } else if name.contains("LayerNorm.bias") || leaf == "beta" || name.ends_with("layer_layer_norm.bias") {
        (0.0, 0.1)
    } else if name.contains(".norm.weight") {
        (1.0, 0.0)
    } else if name.ends_with(".norm.bias") {
        (0.0, 0.0)
    } else if leaf == "weight_g" || leaf == "original0" {
        (1.0, 0.25)
    } else if name.contains(".alpha1.") || name.contains(".alpha2.") {
        (1.0, 0.5)
    } else if name.contains("lstm") || name.contains(".shared.") {
        (0.0, 0.1)
    } else if name.contains(".fc.") && leaf == "weight" {
        (0.0, 2.0 * unit)
    } else if leaf == "bias" || leaf.starts_with("bias_") {
        (0.0, 0.1)
    } else {
        (0.0, unit)
    }
}

/// Values of a tensor by its published name and shape, row-major.
pub fn tensor(name: &str, shape: &[usize], seed: u64) -> Vec<f32> {
    let (offset, bound) = rule(name, shape);
    let (offset, bound, stream) = (offset as f32, bound as f32, Stream::new(name, seed));
    let mut values = vec![0.0; shape.iter().product()];
    let fill = |start: usize, part: &mut [f32]| {
        for (i, value) in part.iter_mut().enumerate() {
            *value = stream.value(start + i) * bound + offset;
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let piece = values.len().div_ceil(threads).max(VALUES_PER_THREAD);
    if values.len() <= piece {
        fill(0, &mut values);
    } else {
        std::thread::scope(|scope| {
            for (i, part) in values.chunks_mut(piece).enumerate() {
                scope.spawn(move || fill(i * piece, part));
            }
        });
    }
    values
}

/// Token ids of a test case: `count` ids in 1..=177 between two boundary zeros.
pub fn tokens(case: u64, count: usize) -> Vec<u32> {
    let ids = symmetric(&format!("case.{case}.tokens"), count, 0);
    let ids = ids.iter().map(|&u| 1 + ((f64::from(u) + 1.0) / 2.0 * 177.0) as u32);
    std::iter::once(0).chain(ids).chain(std::iter::once(0)).collect()
}

/// Style row of a test case: `width` values in [-0.25, 0.25).
pub fn style(case: u64, width: usize) -> Vec<f32> {
    let mut row = symmetric(&format!("case.{case}.style"), width, 0);
    row.iter_mut().for_each(|value| *value *= 0.25);
    row
}
