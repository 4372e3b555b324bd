use crate::ConvVariant;
use crate::batch::BatchEntry;
use crate::kernels::{InstanceNorm, ModulationOffset};
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within, uniforms};
use crate::tests::oracle::activations::leaky_relu;
use crate::tests::oracle::adain::adain;
use crate::tests::oracle::{Rng, widen};

const EPS: f32 = 1e-5;

/// `frames` rows with mean `mean` and deviation 1, slightly different in each channel.
fn check(why: &str, frames: u32, channels: u32, mean: f32, slope: f32) {
    let variants = super::one_variant_per_twin();
    variants.into_iter().for_each(|variant| check_variant(variant, why, [frames, channels], mean, slope));
}

fn check_variant(variant: ConvVariant, why: &str, [frames, channels]: [u32; 2], mean: f32, slope: f32) {
    let Some(mut test) = KernelTest::with(variant) else { return };
    let mut rng = Rng::new(14);
    let width = channels as usize;
    let x: Vec<f32> = uniforms(&mut rng, frames as usize * width, 3.0_f32.sqrt()).iter().map(|x| x + mean).collect();
    // Other projections precede these, and each half is padded to a multiple of 4.
    let pitch = width.next_multiple_of(4);
    let (g, b) = (rng.uniforms(width), rng.uniforms(width));
    let mut modulation = rng.uniforms(8);
    modulation.extend(&g);
    modulation.resize(8 + pitch, 0.0);
    modulation.extend(&b);
    modulation.resize(8 + 2 * pitch, 0.0);
    let (weight, bias) = (rng.uniforms(width), rng.uniforms(width));
    let normed = adain(&widen(&x), &widen(&weight), &widen(&bias), &widen(&g), &widen(&b), EPS.into());
    let want = leaky_relu(&normed, slope.into());
    let (x_values, label) = (x.clone(), format!("AdaIN, {variant}, of [{frames}, {channels}] ({why})"));

    let modulation = test.input(&modulation, Dim::fixed(1), 8 + 2 * pitch as u32);
    let (weight, bias) = (test.channels(&weight, 0.0), test.channels(&bias, 0.0));
    let x = test.input(&x, Dim::FRAMES, channels);
    let norm = InstanceNorm {
        weight: &weight,
        bias: &bias,
        modulation: (modulation, ModulationOffset { offset4: 2 }),
        eps: EPS,
    };
    let affine = norm.record_affine(&mut test.graph, x).unwrap();
    let y = norm.record_leaky(&mut test.graph, x, slope).unwrap();
    let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
    // y = a x + b with b = -mean a: the roundings of b and of the mean are 6e-8 of the mean, in units of the deviation.
    let deviation = if frames == 1 { EPS.sqrt() } else { 1.0 };
    let bound = 5e-7 + 1.2e-7 * f64::from(mean.abs() / deviation);
    assert_within(&label, &ran.floats(y), &want, bound);
    let map = widen(&ran.floats(affine));
    let mapped = x_values.iter().enumerate().map(|(i, x)| map[i % width] * f64::from(*x) + map[width + i % width]);
    let mapped = leaky_relu(&mapped.collect::<Vec<_>>(), slope.into());
    let rounded: Vec<f32> = mapped.iter().map(|y| *y as f32).collect();
    assert_within(&format!("{label}, as a map"), &rounded, &want, bound);
}

#[test]
fn statistics_over_exactly_the_rows() {
    for (frames, why) in [
        (2, "the fewest rows with a deviation"),
        (61, "a prime"),
        (127, "a row less than invocations"),
        (128, "a row for each invocation"),
        (129, "one invocation has two"),
        (385, "one has four"),
        (512, "all have four"),
        (513, "one has a fifth"),
        (4801, "a second at the last stage"),
    ] {
        check(why, frames, 8, 0.5, 0.2);
    }
    for (channels, why) in [(4, "one vec4"), (6, "one and a half"), (124, "31 columns"), (128, "32"), (132, "33")] {
        check(why, 130, channels, 0.5, 0.2);
    }
    check("decoder.decode's 1090", 37, 1090, 0.5, 0.2);
}

#[test]
fn one_row_is_its_own_mean() {
    check("its deviation is sqrt(eps)", 1, 6, 0.5, 0.2);
}

#[test]
fn a_large_mean_does_not_cancel_the_variance() {
    // E[x^2] - E[x]^2 in float32 would be off by 1e6 * 6e-8 = 6 %; the bound is 1.2e-4.
    check("a mean of 1000 deviations", 1000, 8, 1000.0, 0.2);
}
