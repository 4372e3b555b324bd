use std::f64::consts::PI;

use crate::batch::BatchEntry;
use crate::kernels::stft;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within, uniforms};
use crate::tests::oracle::stft::{BINS, HOP};
use crate::tests::oracle::{self, Rng, widen};

/// `[samples / 5 + 1, 22]`.
fn run(x: &[f32]) -> Option<Vec<f32>> {
    let mut test = KernelTest::new()?;
    let samples = test.dense(x, Dim::FRAMES.times(HOP as u32));
    let y = stft(&mut test.graph, samples, Dim::FRAMES.plus(1)).unwrap();
    Some(test.run(BatchEntry { frames: (x.len() / HOP) as u32, ..BatchEntry::default() }).floats(y))
}

fn columns<T: Copy>(spectrum: &[T], first: usize) -> Vec<T> {
    spectrum.chunks(2 * BINS).flat_map(|row| row[first..first + BINS].iter().copied()).collect()
}

fn check(why: &str, x: &[f32]) {
    let Some(got) = run(x) else { return };
    let want = oracle::stft::stft(&widen(x));
    let label = format!("stft of {} samples ({why})", x.len());
    let magnitudes = columns(&want, 0);
    // Twenty products a bin.
    assert_within(&format!("{label}, magnitudes"), &columns(&got, 0), &magnitudes, super::sum_bound(20));
    let (mut off, mut norm) = (0.0, 0.0);
    for (i, (got, want)) in columns(&got, BINS).iter().zip(columns(&want, BINS)).enumerate() {
        let (magnitude, got) = (magnitudes[i], f64::from(*got));
        if i < BINS || i % BINS == 0 || i % BINS == BINS - 1 {
            let real = got == 0.0 || got == f64::from(std::f32::consts::PI);
            assert!(real, "{label}: angle {i} of a real number is {got}");
            assert!(magnitude <= 1e-4 || (got - want).abs() < 1.0, "{label}: angle {i} is {got} instead of {want}");
        }
        let difference = (got - want + PI).rem_euclid(2.0 * PI) - PI;
        off += (magnitude * difference).powi(2);
        norm += magnitude.powi(2);
    }
    let error = if norm == 0.0 { off } else { (off / norm).sqrt() / PI };
    println!("{label}, angles: {error:.1e}");
    assert!(error <= 1e-7, "{label}: the angles' error, weighted by the magnitudes, is {error:.1e} of pi");
}

#[test]
fn magnitudes_and_angles() {
    let mut rng = Rng::new(22);
    for (samples, why) in [
        (15, "about the fewest that can be reflected"),
        (300, "61 frames, less than a workgroup"),
        (315, "64 frames"),
        (320, "65 frames"),
        (600, "a frame of the network"),
        (10_200, "17 of them"),
    ] {
        check(why, &uniforms(&mut rng, samples, 0.3));
    }
    check("a constant below zero: real parts of both signs", &[-0.7; 600]);
    let tone: Vec<f32> = (0..600).map(|n| (0.05 * n as f32).sin()).collect();
    check("a tone", &tone);
}

#[test]
fn impulses() {
    for at in [0, 1, 10, 299, 589, 599] {
        let mut x = [0.0; 600];
        x[at] = 1.0;
        check(&format!("an impulse at {at}"), &x);
    }
}

#[test]
fn silence_is_all_zeros() {
    if let Some(got) = run(&[0.0; 600]) {
        assert!(got.iter().all(|value| value.to_bits() == 0), "magnitudes and angles of silence are zero");
    }
}

#[test]
fn mismatched_lengths_are_refused() {
    let Some(mut test) = KernelTest::new() else { return };
    let samples = test.dense(&[0.0; 20], Dim::FRAMES.times(5));
    assert!(stft(&mut test.graph, samples, Dim::FRAMES).is_err(), "a frame too few");
}
