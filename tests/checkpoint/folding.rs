//! Weight norm: three spellings of one weight, and malformed ones.

use kokoro_wgpu::{Checkpoint, Error};

use super::{Raw, assert_says, container};

const SHAPE: [usize; 3] = [3, 2, 5];

/// g * v / ||v|| in plain f64 loops.
fn fold(gains: &[f32], direction: &[f32]) -> Vec<f32> {
    let row = direction.len() / gains.len();
    let mut folded = Vec::new();
    for i in 0..direction.len() {
        let mut square = 0.0;
        for j in 0..row {
            square += (direction[i / row * row + j] as f64).powi(2);
        }
        folded.push((gains[i / row] as f64 * direction[i] as f64 / square.sqrt()) as f32);
    }
    folded
}

fn parts() -> (Vec<f32>, Vec<f32>) {
    let seeded = Checkpoint::seeded(0);
    (seeded.tensor("p.weight_g", &[3, 1, 1]).unwrap(), seeded.tensor("p.weight_v", &SHAPE).unwrap())
}

fn open(tensors: &[Raw]) -> Checkpoint {
    Checkpoint::from_bytes("test", container(&[], tensors)).unwrap()
}

#[test]
fn three_spellings_give_the_same_weight() {
    let (gains, direction) = parts();
    let expected = fold(&gains, &direction);
    // By numpy in float64: the first value, the last of a row, the last of all.
    assert_eq!([0, 9, 29].map(|i| expected[i].to_bits()), [0xbeb6_b4cd, 0xbed7_6e9e, 0xbe8b_a0d7]);

    let published = [Raw::f32("p.weight_g", &[3, 1, 1], &gains), Raw::f32("p.weight_v", &SHAPE, &direction)];
    let parametrized = [
        Raw::f32("p.parametrizations.weight.original0", &[3, 1, 1], &gains),
        Raw::f32("p.parametrizations.weight.original1", &SHAPE, &direction),
    ];
    let folded = [Raw::f32("p.weight", &SHAPE, &expected)];
    for (tensors, count) in [(&published[..], (2, 33)), (&parametrized, (2, 33)), (&folded, (1, 30))] {
        let checkpoint = open(tensors);
        assert_eq!(checkpoint.weight_norm("p", &SHAPE).unwrap(), expected, "{}", tensors[0].name);
        assert_eq!(checkpoint.read_count(), count, "{}", tensors[0].name);
        checkpoint.finish().unwrap();
    }
    assert_eq!(Checkpoint::seeded(0).weight_norm("p", &SHAPE).unwrap(), expected);
}

#[test]
fn the_smallest_f32_still_has_a_direction() {
    let tiny = f32::from_bits(1);
    let checkpoint = open(&[Raw::f32("p.weight_g", &[1, 1], &[2.0]), Raw::f32("p.weight_v", &[1, 1], &[-tiny])]);
    assert_eq!(checkpoint.weight_norm("p", &[1, 1]).unwrap(), [-2.0]);
}

#[test]
fn malformed_weight_norms_are_named() {
    let (gains, mut direction) = parts();
    let g = || Raw::f32("p.weight_g", &[3, 1, 1], &gains);
    let fold = |tensors: &[Raw]| open(tensors).weight_norm("p", &SHAPE);
    assert_says(fold(&[]), &["p.weight_g", "missing"]);
    assert_says(fold(&[g()]), &["p.weight_v", "missing"]);
    assert_says(fold(&[Raw::f32("p.weight_v", &SHAPE, &direction)]), &["p.weight_g", "missing"]);
    let flat = [Raw::f32("p.weight_g", &[3], &gains), Raw::f32("p.weight_v", &SHAPE, &direction)];
    assert_says(fold(&flat), &["p.weight_g", "[3]", "[3, 1, 1]"]);
    direction[10..20].fill(0.0);
    assert_says(fold(&[g(), Raw::f32("p.weight_v", &SHAPE, &direction)]), &["p.weight_v", "row 1 is zero"]);
}

#[test]
fn a_folded_weight_beside_its_parts_is_unknown() {
    let (gains, direction) = parts();
    let checkpoint = open(&[
        Raw::f32("p.weight", &SHAPE, &direction),
        Raw::f32("p.weight_g", &[3, 1, 1], &gains),
        Raw::f32("p.weight_v", &SHAPE, &direction),
    ]);
    checkpoint.weight_norm("p", &SHAPE).unwrap();
    let Err(Error::UnknownTensors { names, .. }) = checkpoint.finish() else { panic!("no unknown tensors") };
    assert_eq!(names, ["p.weight"]);
}
