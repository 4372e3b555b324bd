use crate::ConvVariant;
use crate::batch::{BatchEntry, Extents};
use crate::kernels::{WinogradConv, add};
use crate::model::upload;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within, uniforms};
use crate::tests::oracle::activations::snake;
use crate::tests::oracle::conv1d::{Conv, conv1d};
use crate::tests::oracle::{Rng, widen};
use crate::variant::Precision;
use crate::weights::ready;

#[derive(Clone, Copy)]
struct Case {
    why: &'static str,
    frames: u32,
    channels: u32,
    taps: u32,
    dilation: u32,
    /// Whether there are a residual, a running sum and a scale.
    sums: bool,
    /// Whether the result overwrites the residual.
    in_place: bool,
    /// Size of Snake's alphas.
    alphas: f32,
}

fn check(case: Case) {
    // The transformed values are several times larger than the result and cancel: twice the error of a plain sum.
    check_with(Precision::F32, case, 2.0 * super::conv_bound(case.channels as usize, case.taps as usize));
}

fn check_with(precision: Precision, case: Case, bound: f64) {
    for variant in super::conv_variants_of(precision) {
        // Sums in float16 round 3.24 times as much as stored weights do (HALF_BOUND in stages.rs).
        let times = if variant == ConvVariant::Half { 3.24 } else { 1.0 };
        check_variant(variant, precision, case, times * bound);
    }
}

fn check_variant(variant: ConvVariant, precision: Precision, case: Case, bound: f64) {
    let Case { why, frames, channels, taps, dilation, sums, in_place, alphas } = case;
    let Some(mut test) = KernelTest::with(variant) else { return };
    let label =
        format!("winograd, {variant}, of {frames} frames, {channels} channels, {taps} taps {dilation} apart ({why})");
    let mut rng = Rng::new(2);
    let (width, kernel) = (channels as usize, taps as usize);
    let x = rng.uniforms(frames as usize * width);
    let weight = uniforms(&mut rng, width * width * kernel, 3.0 / ((width * kernel) as f32).sqrt());
    let [a, b, bias] = [0; 3].map(|_| rng.uniforms(width));
    let alpha: Vec<f32> = rng.uniforms(width).iter().map(|u| alphas * (1.5 + u)).collect();
    let residual = rng.uniforms(x.len());
    let sum = rng.uniforms(x.len());

    let normed: Vec<f64> =
        x.iter().enumerate().map(|(i, x)| f64::from(*x) * f64::from(a[i % width]) + f64::from(b[i % width])).collect();
    let padding = (kernel - 1) / 2 * dilation as usize;
    let conv = Conv { padding, dilation: dilation as usize, ..Conv::new(width, width, kernel) };
    let mut want = conv1d(&snake(&normed, &widen(&alpha)), &widen(&weight), Some(&widen(&bias)), conv);
    let scale = if sums { 0.25 } else { 1.0 };
    if sums {
        want.iter_mut().zip(residual.iter().zip(&sum)).for_each(|(y, (r, s))| {
            *y = (*y + f64::from(*r) + f64::from(*s)) * f64::from(scale);
        });
    }

    let weight = upload::winograd(&test.scope(precision), [channels, taps], ready(weight), ready(bias)).unwrap();
    let alpha = test.channels(&alpha, 1.0);
    let affine = test.input(&[a, b].concat(), Dim::fixed(2), channels);
    let [x, residual, sum] = [&x, &residual, &sum].map(|values| test.input(values, Dim::FRAMES, channels));
    // A bound input cannot be overwritten, so this is a copy.
    let copy = in_place.then(|| {
        let zeros = test.input(&vec![0.0; frames as usize * width], Dim::FRAMES, channels);
        add(&mut test.graph, residual, zeros, None, 1.0).unwrap()
    });
    let [residual, sum] = [copy.unwrap_or(residual), sum].map(|values| sums.then_some(values));
    let op = WinogradConv { weight: &weight, dilation, affine, alpha: &alpha, residual, in_place, sum, scale };
    let y = op.record(&mut test.graph, x).unwrap();
    let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
    assert_within(&label, &ran.floats(y), &want, bound);
}

#[test]
fn every_kernel_and_dilation_of_the_network() {
    for taps in [3, 7, 11] {
        for dilation in [1, 3, 5] {
            // A tile has four rows of each phase.
            let tile = 4 * dilation;
            for (frames, why) in [
                (1, "one row"),
                (tile - 1, "a row less than a tile"),
                (tile, "a tile"),
                (tile + 1, "a row more than a tile"),
            ] {
                check(Case { why, frames, channels: 8, taps, dilation, sums: false, in_place: false, alphas: 1.0 });
            }
            check(Case {
                why: "a prime",
                frames: 241,
                channels: 8,
                taps,
                dilation,
                sums: true,
                in_place: false,
                alphas: 1.0,
            });
        }
    }
}

#[test]
fn rows_in_several_windows() {
    // With so few channels a window has 4,096 tiles of four rows, less those that overlap with the next window.
    for (taps, dilation, edge) in [(3, 1, 16_384), (7, 1, 16_380), (11, 1, 16_376), (11, 5, 16_340)] {
        for (frames, why) in
            [(edge, "a window"), (edge + 1, "a row more than a window"), (2 * edge + 7, "three windows")]
        {
            check(Case { why, frames, channels: 4, taps, dilation, sums: true, in_place: false, alphas: 1.0 });
        }
    }
}

#[test]
fn real_layers() {
    let case =
        Case { why: "", frames: 481, channels: 128, taps: 11, dilation: 5, sums: true, in_place: false, alphas: 1.0 };
    check(Case { why: "resblocks.5.convs1.2", ..case });
    check(Case { why: "resblocks.3.convs2.0", taps: 3, dilation: 1, ..case });
    let channels = 256;
    check(Case { why: "resblocks.1.convs1.1", frames: 80, channels, taps: 7, dilation: 3, sums: false, ..case });
}

#[test]
fn filters_stored_as_float16() {
    for (taps, dilation) in [(7, 1), (11, 5)] {
        let case = Case {
            why: "float16",
            frames: 241,
            channels: 8,
            taps,
            dilation,
            sums: false,
            in_place: false,
            alphas: 1.0,
        };
        // The relative rounding of the transformed filters is at most 2^-11; the transforms enlarge it as above. The matrix
        // variants round the transformed inputs as well.
        check_with(Precision::F16, case, 2.0 / 2048.0);
    }
}

#[test]
fn snake_of_small_and_large_arguments() {
    let case =
        Case { why: "", frames: 240, channels: 6, taps: 7, dilation: 1, sums: false, in_place: false, alphas: 1.0 };
    check(Case { why: "channels that do not fill a vec4", ..case });
    check(Case { why: "small alphas", channels: 8, alphas: 0.01, ..case });
    // Arguments of a hundred radians: WGSL guarantees sin only up to pi.
    check(Case { why: "large alphas", channels: 8, alphas: 100.0, ..case });
}

#[test]
fn in_place_of_the_residual() {
    for (why, frames, channels) in [("in place", 241, 16), ("in place, three windows", 32_767, 4)] {
        check(Case { why, frames, channels, taps: 7, dilation: 1, sums: true, in_place: true, alphas: 1.0 });
    }
}

/// The output for utterances of so many frames at once, whose rows follow one another in x: bit patterns, row by row.
fn output_of(variant: ConvVariant, frames: &[u32], x: &[f32], in_place: bool) -> Option<Vec<u32>> {
    const CHANNELS: u32 = 4;
    let mut test = KernelTest::with(variant)?;
    let mut rng = Rng::new(3);
    let weight = uniforms(&mut rng, (CHANNELS * CHANNELS * 7) as usize, 0.5);
    let bias = rng.uniforms(CHANNELS as usize);
    let weight = upload::winograd(&test.scope(Precision::F32), [CHANNELS, 7], ready(weight), ready(bias)).unwrap();
    let alpha = test.channels(&[1.0; CHANNELS as usize], 1.0);
    let affine = test.input(&[1.5, 0.5].repeat(CHANNELS as usize * frames.len()), Dim::fixed(2), CHANNELS);
    let x = test.input(x, Dim::FRAMES, CHANNELS);
    let residual = in_place.then(|| add(&mut test.graph, x, x, None, 0.25).unwrap());
    let op =
        WinogradConv { weight: &weight, dilation: 3, affine, alpha: &alpha, residual, in_place, sum: None, scale: 1.0 };
    let y = op.record(&mut test.graph, x).unwrap();
    let mut before = Extents::default();
    let batch_size = frames.len() as u32;
    let entries = (0..).zip(frames).map(|(batch_index, frames)| {
        let entry = BatchEntry { frames: *frames, before, batch_index, batch_size, ..BatchEntry::single() };
        before = entry.end();
        entry
    });
    let entries: Vec<_> = entries.collect();
    Some(test.run_batch(&entries).words(y).to_vec())
}

#[test]
fn utterances_of_a_batch_are_those_alone() {
    // More rows before the last than the products have: where there is no residual, nothing must be copied as if there were.
    let frames = [30_000, 50, 700];
    let x = Rng::new(4).uniforms(4 * frames.iter().sum::<u32>() as usize);
    for (variant, in_place) in super::conv_variants().into_iter().flat_map(|v| [(v, false), (v, true)]) {
        let Some(together) = output_of(variant, &frames, &x, in_place) else { return };
        let (mut x, mut together) = (&x[..], &together[..]);
        for frames in frames {
            let (own, rest) = x.split_at(4 * frames as usize);
            let alone = output_of(variant, &[frames], own, in_place).unwrap();
            assert!(alone == together[..alone.len()], "{variant}, {frames} rows, in place: {in_place}");
            (x, together) = (rest, &together[alone.len()..]);
        }
        assert!(together.is_empty());
    }
}
