use crate::batch::BatchEntry;
use crate::kernels::{HARMONICS, SourceLinear, source};
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, Ran, assert_within};
use crate::tests::oracle::{self, Rng, widen};

/// Samples per half-frame.
const SAMPLES: usize = 300;

/// The samples, and the results of all steps.
fn run(f0: &[f32], weight: &[f32], bias: f32, noise_seed: u32) -> Option<(Vec<f32>, Ran)> {
    let mut test = KernelTest::new()?;
    let (weight, bias) = (test.channels(weight, 0.0), test.channels(&[bias], 0.0));
    let x = test.input(f0, Dim::FRAMES, 1);
    let y = source(&mut test.graph, &SourceLinear { weight: &weight, bias: &bias }, x).unwrap();
    let ran = test.run(BatchEntry { frames: f0.len() as u32, noise_seed, ..BatchEntry::default() });
    Some((ran.floats(y), ran))
}

fn check(why: &str, f0: &[f32]) {
    let mut rng = Rng::new(19);
    let weight = rng.uniforms(HARMONICS as usize);
    let bias = 0.1 * rng.uniform();
    let want = oracle::source::source(&widen(f0), &widen(&weight), bias.into(), 7);
    if let Some((got, _)) = run(f0, &weight, bias, 7) {
        // The phase as a float32 is off by 2e-7 rad, the noise by 2e-6 of its small amplitude. Turns rounded to 2^-32,
        // 300 times per half-frame, accumulate an error of 300 * 0.29 * 2^-32 * 2 pi = 1.3e-7 rad times the root of the
        // number of half-frames. The bound is twice that.
        let bound = 5e-7 + 2.6e-7 * (f0.len() as f64).sqrt();
        assert_within(&format!("source of {} half-frames ({why})", f0.len()), &got, &want, bound);
    }
}

/// F0 as in speech: voiced stretches around 150 Hz, unvoiced ones between.
fn speech(half_frames: usize) -> Vec<f32> {
    let mut rng = Rng::new(20);
    let mut f0 = 150.0;
    (0..half_frames)
        .map(|i| {
            f0 = (f0 + 4.0 * rng.uniform()).clamp(60.0, 400.0);
            if i / 40 % 3 == 2 { 3.0 * rng.uniform() } else { f0 }
        })
        .collect()
}

#[test]
fn edges_of_voicing() {
    check("one half-frame: the phase is held throughout", &[220.0]);
    check("a frame", &[220.0, 231.5]);
    check("around the threshold, which is unvoiced itself", &[9.99, 10.0, 10.01, 0.0, 10.0, 441.0]);
    check("negative F0: the rate wraps to just below a turn", &[-7.25, 100.0, -0.01, 200.0, -300.0, -1e-6, 50.0]);
    check("nothing voiced", &[0.0; 4]);
    check("a ninth harmonic above the sampling rate", &[3000.0, 2950.0, 12_000.0, 3000.0]);
    check("the smallest float32 values", &[1e-38, 120.0, 1e-45, f32::MIN_POSITIVE, 130.0]);
}

#[test]
fn any_length() {
    for (half_frames, why) in [
        (61, "a prime"),
        (255, "a half-frame less than invocations"),
        (256, "a half-frame per invocation"),
        (257, "two per invocation, the last ones idle"),
        (4368, "54.6 seconds, more than any speech"),
    ] {
        check(why, &speech(half_frames));
    }
}

#[test]
fn seeds_differ() {
    let Some((first, _)) = run(&[0.0; 2], &[1.0; 9], 0.0, 1) else { return };
    let (again, _) = run(&[0.0; 2], &[1.0; 9], 0.0, 1).unwrap();
    let (other, _) = run(&[0.0; 2], &[1.0; 9], 0.0, u32::MAX).unwrap();
    assert_eq!(first, again);
    assert!(first.iter().zip(&other).filter(|(a, b)| a == b).count() < SAMPLES / 100, "another seed, other noise");
}

#[test]
fn turns_are_exact_integers() {
    let mut f0 = vec![0.0, -0.0, 1e-45, 1e-38, 10.0, 24_000.0, -24_000.0, 1e9, -1e9, 16_777_215.0, 0.1, -0.1];
    let mut rng = Rng::new(21);
    // From values that round to zero turns to ones that wrap many times, and values as in speech.
    f0.extend((0..500).map(|i| rng.uniform() * ((i % 64) as f32 - 40.0).exp2()));
    f0.extend((0..500).map(|_| 250.0 + 200.0 * rng.uniform()));
    let Some((_, ran)) = run(&f0, &[1.0; 9], 0.0, 0) else { return };
    let [turns, sums] = [0, 1].map(|i| &ran.written()[i]);
    assert_eq!([turns.kernel, sums.kernel], ["source_phase"; 2]);
    let mut totals = [0_u32; HARMONICS as usize];
    let rows = turns.words.chunks(12).zip(sums.words.chunks(12));
    for ((i, f0), (turns, sums)) in f0.iter().enumerate().zip(rows) {
        for (h, total) in totals.iter_mut().enumerate() {
            let want = oracle::source::turns(*f0, h as u32 + 1);
            *total = total.wrapping_add(want);
            assert_eq!([turns[h], sums[h]], [want, *total], "half-frame {i} of {f0} Hz, harmonic {}", h + 1);
        }
    }
}
