use crate::batch::BatchEntry;
use crate::kernels::duration;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within, uniforms};
use crate::tests::oracle::durations::durations;
use crate::tests::oracle::{Rng, widen};

fn check(why: &str, logits: &[f32], bins: usize, speed: f32) {
    let Some(mut test) = KernelTest::new() else { return };
    let tokens = (logits.len() / bins) as u32;
    let (lengths, frames) = durations(&widen(logits), bins, speed.into());
    let ends: Vec<u32> = (0..frames.len()).map(|t| frames[..=t].iter().sum()).collect();
    let x = test.input(logits, Dim::TOKENS, bins as u32);
    let out = duration(&mut test.graph, x).unwrap();
    let ran = test.run(BatchEntry { tokens, speed, ..BatchEntry::default() });
    let label = format!("durations of {tokens} tokens, {bins} bins at {speed} ({why})");
    assert_within(&label, &ran.floats(out.unrounded), &lengths, super::sum_bound(bins));
    assert_eq!(ran.words(out.frames), frames, "{label}: frames");
    assert_eq!(ran.words(out.ends), ends, "{label}: ends");
}

#[test]
fn sums_of_sigmoids_at_every_speed() {
    let mut rng = Rng::new(13);
    for (tokens, why) in [
        (1, "one token"),
        (63, "a token less than invocations"),
        (64, "a token per invocation"),
        (65, "a token more than invocations"),
        (131, "a prime"),
        (512, "the longest text"),
    ] {
        check(why, &uniforms(&mut rng, tokens * 50, 6.0), 50, 1.0);
    }
    for speed in [0.25, 0.8, 1.3, 2.0, 4.0] {
        check("several speeds", &uniforms(&mut rng, 24 * 50, 6.0), 50, speed);
    }
    check("bins that do not fill a vec4", &uniforms(&mut rng, 13 * 7, 3.0), 7, 1.0);
}

#[test]
fn halves_go_to_even() {
    // Each token has some sigmoids of exactly 1 and one of exactly 1/2: both float32 and float64 round 1 + e^-50 to 1,
    // and 1/2 + e^-50 to 1/2.
    let logits: Vec<f32> = (0..12)
        .flat_map(|ones| {
            (0..13).map(move |bin| {
                if bin < ones {
                    50.0
                } else if bin == ones {
                    0.0
                } else {
                    -50.0
                }
            })
        })
        .collect();
    check("ties", &logits, 13, 1.0);
    check("ties and quarters", &logits, 13, 2.0);
    check("even numbers", &logits, 13, 0.25);
}

#[test]
fn a_nan_gives_no_frames() {
    let Some(mut test) = KernelTest::new() else { return };
    let mut logits = [0.0; 3 * 6];
    logits[7] = f32::NAN;
    let x = test.input(&logits, Dim::TOKENS, 6);
    let out = duration(&mut test.graph, x).unwrap();
    let ran = test.run(BatchEntry { tokens: 3, ..BatchEntry::default() });
    assert_eq!(ran.words(out.frames), [3, 0, 3]);
    assert!(ran.floats(out.unrounded)[1].is_nan());
}

#[test]
fn every_token_lasts_at_least_a_frame() {
    check("almost no duration", &[-50.0; 3 * 50], 50, 1.0);
    check("the longest duration", &[50.0; 3 * 50], 50, 0.25);
    check("logits for which e^x overflows", &[-200.0, 200.0, -1000.0, 1000.0], 4, 1.0);
}
