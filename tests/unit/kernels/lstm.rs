use crate::ConvVariant;
use crate::batch::BatchEntry;
use crate::kernels::Lstm;
use crate::model::upload;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within, halves};
use crate::tests::oracle::conv1d::linear;
use crate::tests::oracle::lstm::{Direction, bilstm};
use crate::tests::oracle::{Rng, widen};
use crate::variant::Precision;
use crate::weights::ready;

const INPUT: usize = 8;

/// Multiples of 1/64 in [-1, 1). Sums of a few of their products are exact in float32, so the kernel, which is given
/// the input's contribution to the gates, and the oracle, which computes it, start from the same numbers.
fn coarse(rng: &mut Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| ((rng.next_u64() >> 57) as f64 - 64.0) / 64.0).collect()
}

struct Weights {
    w_ih: Vec<f64>,
    w_hh: Vec<f32>,
    b_ih: Vec<f64>,
    b_hh: Vec<f64>,
}

/// A layer's gates \[rows, 2, 4 gates, hidden\], its packed weights, and the expected result.
fn layer(rng: &mut Rng, frames: u32, hidden: usize) -> (Vec<f32>, Vec<f32>, Vec<f64>) {
    let gates = 4 * hidden;
    let x = coarse(rng, frames as usize * INPUT);
    let directions = [0; 2].map(|_| Weights {
        w_ih: coarse(rng, gates * INPUT),
        // float16 represents them exactly, so that both precisions store the same weights.
        w_hh: halves(rng, gates * hidden, 2.0 / (hidden as f32).sqrt()),
        b_ih: coarse(rng, gates),
        b_hh: coarse(rng, gates),
    });
    let recurrent = directions.each_ref().map(|d| widen(&d.w_hh));
    let [forward, reverse] = [0, 1].map(|d| {
        let Weights { w_ih, b_ih, b_hh, .. } = &directions[d];
        Direction { w_ih, w_hh: &recurrent[d], b_ih, b_hh }
    });
    let want = bilstm(&x, INPUT, hidden, forward, reverse);

    // [rows, 2, 4 gates, hidden].
    let inputs = directions.each_ref().map(|Weights { w_ih, b_ih, b_hh, .. }| {
        let bias: Vec<f64> = b_ih.iter().zip(b_hh).map(|(a, b)| a + b).collect();
        linear(&x, w_ih, Some(&bias), INPUT, gates)
    });
    let rows = inputs[0].chunks(gates).zip(inputs[1].chunks(gates));
    let joined: Vec<f32> = rows.flat_map(|(f, r)| f.iter().chain(r).map(|gate| *gate as f32)).collect();
    // [2, hidden / 4, 4 gates, hidden] of vec4 along the input.
    let mut packed = Vec::new();
    for Weights { w_hh, .. } in &directions {
        for k4 in 0..hidden / 4 {
            w_hh.chunks(hidden).for_each(|row| packed.extend_from_slice(&row[4 * k4..][..4]));
        }
    }
    (joined, packed, want)
}

// The slope of a sigmoid is at most a quarter, which damps rounding errors, and forgetting keeps them from
// accumulating.
const BOUND: f64 = 4e-7;

/// Both precisions with each of the variants whose LSTMs differ.
fn cases() -> Vec<(ConvVariant, Precision)> {
    let variants = super::one_variant_per_twin();
    variants.into_iter().flat_map(|variant| [Precision::F32, Precision::F16].map(|p| (variant, p))).collect()
}

fn check(why: &str, frames: u32, hidden: usize) {
    for (variant, precision) in cases() {
        let Some(mut test) = KernelTest::with(variant) else { return };
        let (gates, packed, want) = layer(&mut Rng::new(12), frames, hidden);
        let weight = upload::rows(&test.scope(precision), [packed.len() / hidden, hidden], ready(packed)).unwrap();
        let x = test.input(&gates, Dim::FRAMES, 8 * hidden as u32);
        let y = Lstm { weight: &weight, precision, hidden: hidden as u32 }.record(&mut test.graph, x).unwrap();
        let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
        let label = format!("lstm, {variant}, of {frames} rows, {hidden} units, {precision:?} ({why})");
        assert_within(&label, &ran.floats(y), &want, BOUND);
    }
}

#[test]
fn two_layers_in_one_dispatch() {
    let sizes = [(1, 8), (61, 256), (513, 32)];
    for ((variant, precision), (frames, hidden)) in cases().into_iter().flat_map(|case| sizes.map(|size| (case, size)))
    {
        let Some(mut test) = KernelTest::with(variant) else { return };
        let mut rng = Rng::new(13);
        let layers = [0; 2].map(|_| layer(&mut rng, frames, hidden));
        let packed = [&layers[0].1[..], &layers[1].1].concat();
        let weight = upload::rows(&test.scope(precision), [packed.len() / hidden, hidden], ready(packed)).unwrap();
        let width = 8 * hidden;
        let rows = layers[0].0.chunks(width).zip(layers[1].0.chunks(width));
        let gates: Vec<f32> = rows.flat_map(|(first, second)| [first, second].concat()).collect();
        let x = test.input(&gates, Dim::FRAMES, 2 * width as u32);
        let y = Lstm { weight: &weight, precision, hidden: hidden as u32 }.record_pair(&mut test.graph, x).unwrap();
        let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
        for (number, (y, (.., want))) in y.into_iter().zip(&layers).enumerate() {
            let label = format!("layer {number}, {variant}, of {frames} rows, {hidden} units, {precision:?}");
            assert_within(&label, &ran.floats(y), want, BOUND);
        }
    }
}

#[test]
fn both_directions() {
    for hidden in [8, 32, 256] {
        check("one row", 1, hidden);
        check("a few", 7, hidden);
    }
    check("a prime, the predictor's width", 61, 256);
}

#[test]
fn rows_in_several_dispatches() {
    for (rows, why) in [
        (511, "a row less than a dispatch"),
        (512, "a dispatch"),
        (513, "a row more than a dispatch"),
        (1100, "three dispatches, the last partial"),
    ] {
        check(why, rows, 32);
    }
    check("a row more, the predictor's width", 513, 256);
}

#[test]
fn unsupported_widths_are_refused() {
    let Some(mut test) = KernelTest::new() else { return };
    let weight = test.upload(&[0.0; 4]);
    for hidden in [4, 12, 264] {
        let x = test.input(&vec![0.0; 8 * hidden as usize], Dim::FRAMES, 8 * hidden);
        let precision = Precision::F32;
        assert!(Lstm { weight: &weight, precision, hidden }.record(&mut test.graph, x).is_err(), "{hidden} units");
    }
}
