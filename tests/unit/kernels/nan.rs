//! A NaN in the input makes every output NaN that depends on it, although WGSL lets a maximum drop it, so that it shows
//! in the final result. Outputs that don't depend on it stay numbers.

use crate::batch::BatchEntry;
use crate::kernels::{Conv1d, InstanceNorm, LayerNorm, ModulationOffset, WinogradConv, attention, istft, stft};
use crate::model::upload;
use crate::shape::Dim;
use crate::tests::harness::KernelTest;
use crate::tests::oracle::Rng;
use crate::variant::Precision;
use crate::weights::ready;

/// Random values, one of which is NaN.
fn poisoned(count: usize, at: usize) -> Vec<f32> {
    let mut values = Rng::new(24).uniforms(count);
    values[at] = f32::NAN;
    values
}

/// Fails unless exactly the expected values are NaN.
#[track_caller]
fn assert_nan(label: &str, got: &[f32], expected: impl Fn(usize) -> bool) {
    let wrong = got.iter().enumerate().find(|(i, value)| value.is_nan() != expected(*i));
    assert!(wrong.is_none(), "{label}: {wrong:?} of {}", got.len());
}

#[test]
fn attention_keeps_a_nan() {
    // Two heads of 4. A NaN in a query affects its row and head, one in a key all rows of its head.
    for (part, everywhere) in [(0, false), (1, true)] {
        let Some(mut test) = KernelTest::new() else { return };
        let x = test.input(&poisoned(70 * 24, 66 * 24 + part * 8 + 5), Dim::TOKENS, 24);
        let y = attention(&mut test.graph, x, 2).unwrap();
        let got = test.run(BatchEntry { tokens: 70, ..BatchEntry::default() }).floats(y);
        assert_nan("attention", &got, |i| i % 8 >= 4 && (everywhere || i / 8 == 66));
    }
}

#[test]
fn norms_keep_a_nan() {
    let Some(mut test) = KernelTest::new() else { return };
    let (gamma, beta) = (test.upload(&[1.0; 8]), test.upload(&[0.0; 8]));
    let x = test.input(&poisoned(5 * 8, 3 * 8 + 1), Dim::FRAMES, 8);
    let op =
        LayerNorm { gamma: ((&gamma).into(), 0), beta: ((&beta).into(), 0), gamma_plus: 0.0, eps: 1e-5, slope: 0.2 };
    let y = op.record(&mut test.graph, x).unwrap();
    assert_nan("layer_norm", &test.run(BatchEntry { frames: 5, ..BatchEntry::default() }).floats(y), |i| i / 8 == 3);

    let Some(mut test) = KernelTest::new() else { return };
    let (weight, bias) = (test.upload(&[1.0; 8]), test.upload(&[0.0; 8]));
    let modulation = (test.input(&[0.0; 16], Dim::fixed(1), 16), ModulationOffset { offset4: 0 });
    // In the second row of an invocation, which is not its pivot.
    let x = test.input(&poisoned(600 * 8, 300 * 8 + 1), Dim::FRAMES, 8);
    let norm = InstanceNorm { weight: &weight, bias: &bias, modulation, eps: 1e-5 };
    let y = norm.record_leaky(&mut test.graph, x, 0.2).unwrap();
    assert_nan("AdaIN", &test.run(BatchEntry { frames: 600, ..BatchEntry::default() }).floats(y), |i| i % 8 == 1);
}

#[test]
fn convolutions_keep_a_nan() {
    for variant in super::conv_variants() {
        let Some(mut test) = KernelTest::with(variant) else { return };
        let weight =
            upload::conv(&test.scope(Precision::F32), [4, 4, 3], ready([0.5; 4 * 4 * 3]), ready([0.0; 4])).unwrap();
        let x = test.input(&poisoned(40 * 4, 20 * 4 + 1), Dim::FRAMES, 4);
        let op = Conv1d { padding: 1, in_slope: 0.2, gelu: true, ..Conv1d::new(&weight) };
        let y = op.record(&mut test.graph, x).unwrap();
        let got = test.run(BatchEntry { frames: 40, ..BatchEntry::default() }).floats(y);
        assert_nan(&format!("conv1d, {variant}"), &got, |i| (19..=21).contains(&(i / 4)));

        let Some(mut test) = KernelTest::with(variant) else { return };
        let weight =
            upload::winograd(&test.scope(Precision::F32), [4, 3], ready([0.5; 4 * 4 * 3]), ready([0.0; 4])).unwrap();
        let alpha = test.upload(&[1.0; 4]);
        let affine = test.input(&[[1.0; 4], [0.0; 4]].concat(), Dim::fixed(2), 4);
        let x = test.input(&poisoned(40 * 4, 20 * 4 + 1), Dim::FRAMES, 4);
        let (residual, sum, in_place, scale) = (None, None, false, 1.0);
        let op = WinogradConv { weight: &weight, dilation: 1, affine, alpha: &alpha, residual, in_place, sum, scale };
        let y = op.record(&mut test.graph, x).unwrap();
        let got = test.run(BatchEntry { frames: 40, ..BatchEntry::default() }).floats(y);
        // The four rows of a tile share seven products, so more rows than those that depend on it may be NaN.
        for row in 19..=21 {
            assert!(got[4 * row..][..4].iter().all(|y| y.is_nan()), "winograd, {variant}: row {row}");
        }
        assert_nan(&format!("winograd, {variant}, other rows"), &got[..16 * 4], |_| false);
    }
}

#[test]
fn transforms_keep_a_nan() {
    let Some(mut test) = KernelTest::new() else { return };
    let x = test.dense(&poisoned(100, 52), Dim::FRAMES.times(5));
    let y = stft(&mut test.graph, x, Dim::FRAMES.plus(1)).unwrap();
    let got = test.run(BatchEntry { frames: 20, ..BatchEntry::default() }).floats(y);
    let magnitudes: Vec<f32> = got.chunks(22).flat_map(|row| row[..11].to_vec()).collect();
    // Frame j reads samples 5 j - 10 .. 5 j + 10.
    assert_nan("stft", &magnitudes, |i| (9..=12).contains(&(i / 11)));

    for column in [3, 14] {
        let Some(mut test) = KernelTest::new() else { return };
        let x = test.input(&poisoned(21 * 22, 10 * 22 + column), Dim::FRAMES.plus(1), 22);
        let y = istft(&mut test.graph, x, Dim::FRAMES.times(5)).unwrap();
        let got = test.run(BatchEntry { frames: 20, ..BatchEntry::default() }).floats(y);
        assert_nan("istft", &got, |i| (40..60).contains(&i));
    }
}
