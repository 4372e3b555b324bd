use crate::batch::BatchEntry;
use crate::kernels::istft;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within};
use crate::tests::oracle::stft::{BINS, HOP};
use crate::tests::oracle::{self, Rng, widen};

fn check(why: &str, x: &[f32]) {
    let Some(mut test) = KernelTest::new() else { return };
    let frames = x.len() / (2 * BINS);
    let spectrum = test.input(x, Dim::FRAMES.plus(1), 2 * BINS as u32);
    let y = istft(&mut test.graph, spectrum, Dim::FRAMES.times(HOP as u32)).unwrap();
    let ran = test.run(BatchEntry { frames: frames as u32 - 1, ..BatchEntry::default() });
    let want = oracle::istft::istft(&widen(x));
    // Each sample sums eleven bins of four frames; the relative error of an exponential is at most 2.4e-7.
    assert_within(&format!("istft of {frames} frames ({why})"), &ran.floats(y), &want, 5e-7);
}

/// Log magnitudes within `size` of `centre`, phases within 10.
fn spectra(frames: usize, centre: f32, size: f32) -> Vec<f32> {
    let mut rng = Rng::new(23);
    (0..frames * 2 * BINS)
        .map(|i| if i % (2 * BINS) < BINS { centre + size * rng.uniform() } else { 10.0 * rng.uniform() })
        .collect()
}

#[test]
fn waveforms() {
    for (frames, why) in [
        (2, "one hop"),
        (3, "two hops"),
        (5, "the first hop with four frames"),
        (61, "a prime"),
        (64, "63 hops, less than a workgroup"),
        (65, "64 hops"),
        (66, "65 hops"),
        (121, "a frame of the network"),
        (2041, "17 of them"),
    ] {
        check(why, &spectra(frames, -2.0, 2.0));
    }
    check("loud", &spectra(121, 4.0, 1.0));
    check("quiet", &spectra(121, -19.0, 1.0));
    check("loud and quiet bins", &spectra(121, -7.5, 12.5));
}

#[test]
fn mismatched_lengths_are_refused() {
    let Some(mut test) = KernelTest::new() else { return };
    let spectrum = test.input(&[0.0; 44], Dim::FRAMES.plus(1), 22);
    assert!(istft(&mut test.graph, spectrum, Dim::FRAMES.times(10)).is_err(), "twice the samples");
}
