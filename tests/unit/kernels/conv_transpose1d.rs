use crate::ConvVariant;
use crate::batch::BatchEntry;
use crate::kernels::DepthwiseTranspose;
use crate::model::upload;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within, halves};
use crate::tests::oracle::activations::leaky_relu;
use crate::tests::oracle::conv_transpose1d::conv_transpose1d;
use crate::tests::oracle::conv1d::Conv;
use crate::tests::oracle::{Rng, widen};
use crate::variant::Precision;
use crate::weights::ready;

fn check_upsampling(why: &str, frames: u32, sizes: [usize; 3]) {
    for precision in [Precision::F32, Precision::F16] {
        for variant in super::conv_variants_of(precision) {
            check_upsampling_with(variant, precision, why, frames, sizes);
        }
    }
}

fn check_upsampling_with(
    variant: ConvVariant,
    precision: Precision,
    why: &str,
    frames: u32,
    [cin, cout, stride]: [usize; 3],
) {
    let Some(mut test) = KernelTest::with(variant) else { return };
    let conv = Conv { stride, padding: stride / 2, ..Conv::new(cin, cout, 2 * stride) };
    let mut rng = Rng::new(3);
    let x = rng.uniforms(frames as usize * cin);
    // Each output row uses two of the taps.
    let weight = halves(&mut rng, cin * cout * 2 * stride, 3.0 / (2.0 * cin as f32).sqrt());
    let bias = rng.uniforms(cout);
    let leaky = leaky_relu(&widen(&x), 0.1_f32.into());
    let want = conv_transpose1d(&leaky, &widen(&weight), Some(&widen(&bias)), conv);

    let sizes = [cin, cout, stride].map(|c| c as u32);
    let up = upload::upsampling(&test.scope(precision), sizes, ready(weight), ready(bias)).unwrap();
    let x = test.input(&x, Dim::FRAMES, cin as u32);
    let y = up.record(&mut test.graph, x, 0.1).unwrap();
    let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
    let label = format!("upsampling, {variant}, of {frames} frames, {precision:?}, {conv:?} ({why})");
    let bound = match variant {
        ConvVariant::Half => super::HALF_SUM_BOUND,
        ConvVariant::Matrix8 | ConvVariant::Matrix16 => super::HALF_INPUT_BOUND,
        _ => super::conv_bound(cin, 2),
    };
    assert_within(&label, &ran.floats(y), &want, bound);
}

#[test]
fn upsampling_by_ten_and_six() {
    for stride in [10, 6] {
        for (frames, why) in [
            (1, "one row"),
            (30, "with the row before the first, a row less than a tile"),
            (31, "a tile"),
            (32, "a row more than a tile"),
            (61, "a prime"),
        ] {
            check_upsampling(why, frames, [8, 12, stride]);
        }
        check_upsampling("channels that do not fill a vec4", 13, [6, 5, stride]);
    }
    check_upsampling("ups.0", 16, [512, 256, 10]);
    check_upsampling("ups.1", 40, [256, 128, 6]);
}

fn check_depthwise(why: &str, frames: u32, conv: Conv) {
    let Some(mut test) = KernelTest::new() else { return };
    let Conv { cin: channels, kernel, stride, padding, output_padding, .. } = conv;
    let mut rng = Rng::new(4);
    let x = rng.uniforms(frames as usize * channels);
    let (weight, bias) = (rng.uniforms(channels * kernel), rng.uniforms(channels));
    let want = conv_transpose1d(&widen(&x), &widen(&weight), Some(&widen(&bias)), conv);

    // torch's [channels, 1, taps] -> [taps, channels], padded.
    let pitch = channels.next_multiple_of(4);
    let at = |k: usize, c: usize| if c < channels { weight[c * kernel + k] } else { 0.0 };
    let packed: Vec<f32> = (0..kernel * pitch).map(|i| at(i / pitch, i % pitch)).collect();
    let (weight, bias) = (test.upload(&packed), test.channels(&bias, 0.0));
    let [taps, stride, padding, output_padding] = [kernel, stride, padding, output_padding].map(|c| c as u32);
    let op = DepthwiseTranspose { weight: &weight, bias: &bias, taps, stride, padding, output_padding };
    let x = test.input(&x, Dim::FRAMES, channels as u32);
    let y = op.record(&mut test.graph, x).unwrap();
    let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
    assert_within(&format!("depthwise of {frames} frames, {conv:?} ({why})"), &ran.floats(y), &want, 3e-7);
}

#[test]
fn depthwise() {
    let depthwise = |channels, kernel| Conv { groups: channels, ..Conv::new(channels, channels, kernel) };
    let pool = |channels| Conv { stride: 2, padding: 1, output_padding: 1, ..depthwise(channels, 3) };
    for (frames, why) in [(1, "one row"), (7, "63 / 8, less than a workgroup"), (8, "64 / 8"), (61, "a prime")] {
        check_depthwise(why, frames, pool(16));
    }
    check_depthwise("channels that do not fill a vec4", 9, pool(6));
    check_depthwise("decoder.decode.3.pool", 20, pool(1090));
    check_depthwise("longer than twice its stride", 11, Conv { stride: 3, padding: 2, ..depthwise(8, 10) });
    check_depthwise("stride 1", 11, Conv { padding: 1, ..depthwise(8, 4) });
    check_depthwise("a stride longer than the kernel", 5, Conv { stride: 4, output_padding: 3, ..depthwise(8, 4) });
}

#[test]
fn a_kernel_too_short_for_its_stride_and_padding_is_refused() {
    let Some(mut test) = KernelTest::new() else { return };
    let (weight, bias) = (test.upload(&[0.0; 8]), test.upload(&[0.0; 4]));
    let x = test.input(&[0.0; 8], Dim::FRAMES, 4);
    let op = DepthwiseTranspose { weight: &weight, bias: &bias, taps: 2, stride: 2, padding: 1, output_padding: 0 };
    assert!(op.record(&mut test.graph, x).is_err());
}
