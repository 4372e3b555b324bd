use crate::ConvVariant;
use crate::batch::BatchEntry;
use crate::kernels::Conv1d;
use crate::model::upload;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within, halves, uniforms};
use crate::tests::oracle::activations::{gelu_new, leaky_relu};
use crate::tests::oracle::conv1d::{Conv, conv1d};
use crate::tests::oracle::resample::upsample_nearest;
use crate::tests::oracle::{Rng, widen};
use crate::variant::Precision;
use crate::weights::ready;

/// Input rows: `factor` frames + `more`.
#[derive(Clone, Copy)]
struct Case {
    why: &'static str,
    frames: u32,
    factor: u32,
    more: u32,
    conv: Conv,
    bias: bool,
    in_slope: f32,
    gelu: bool,
    /// How many rows each row of the residual is added to.
    residual: Option<usize>,
    scale: f32,
    precision: Precision,
}

impl Case {
    fn new(why: &'static str, frames: u32, conv: Conv) -> Self {
        let (factor, more) = (conv.stride as u32, 0);
        let (bias, in_slope, gelu, residual, scale) = (true, 1.0, false, None, 1.0);
        Self { why, frames, factor, more, conv, bias, in_slope, gelu, residual, scale, precision: Precision::F32 }
    }

    fn check(self) {
        super::conv_variants_of(self.precision).for_each(|variant| self.check_variant(variant));
    }

    fn check_variant(self, variant: ConvVariant) {
        let Some(mut test) = KernelTest::with(variant) else { return };
        let Self { why, frames, factor, more, conv, in_slope, gelu, scale, .. } = self;
        let Conv { cin, cout, kernel, stride, padding, dilation, .. } = conv;
        let label = format!("conv1d, {variant}, of {frames} frames, {conv:?} ({why})");
        let mut rng = Rng::new(1);
        let rows = (factor * frames + more) as usize;
        // The variants of half precision round the inputs to float16 as well.
        let values = if self.precision == Precision::F16 { halves } else { uniforms };
        let x = values(&mut rng, rows * cin, 1.0);
        // Scaled so that outputs are about 1.
        let weight = values(&mut rng, cout * cin * kernel, 3.0 / ((cin * kernel) as f32).sqrt());
        let bias = self.bias.then(|| rng.uniforms(cout));
        let leaky = leaky_relu(&widen(&x), in_slope.into());
        let mut want = conv1d(&leaky, &widen(&weight), bias.as_deref().map(widen).as_deref(), conv);
        let residual = self.residual.map(|repeats| (rng.uniforms(want.len() / repeats), repeats));
        if let Some((residual, repeats)) = &residual {
            let residual = upsample_nearest(&widen(residual), *repeats, cout);
            want.iter_mut().zip(residual).for_each(|(y, r)| *y += r);
        }
        want.iter_mut().for_each(|y| *y *= f64::from(scale));
        if gelu {
            want = gelu_new(&want);
        }

        let size = [cout, cin, kernel].map(|c| c as u32);
        let bias = bias.unwrap_or_else(|| vec![0.0; cout]);
        let weight = upload::conv(&test.scope(self.precision), size, ready(weight), ready(bias)).unwrap();
        let x = test.input(&x, Dim::FRAMES.times(factor).plus(more), cin as u32);
        let residual = residual.map(|(values, repeats)| {
            let rows = Dim::FRAMES.times(factor / stride as u32 / repeats as u32);
            (test.input(&values, rows, cout as u32), repeats as u32 - 1)
        });
        let [stride, padding, dilation] = [stride, padding, dilation].map(|c| c as u32);
        let op = Conv1d { stride, padding, dilation, in_slope, gelu, residual, scale, ..Conv1d::new(&weight) };
        let y = op.record(&mut test.graph, x).unwrap();
        let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
        let bound = match (variant, self.precision) {
            (ConvVariant::Half, Precision::F16) => super::HALF_SUM_BOUND,
            // One sum.
            (ConvVariant::Matrix8 | ConvVariant::Matrix16, Precision::F16) => super::sum_bound(cin * kernel),
            _ => super::conv_bound(cin, kernel),
        };
        assert_within(&label, &ran.floats(y), &want, bound);
    }
}

#[test]
fn every_kernel_and_dilation_of_the_network() {
    for kernel in [1, 3, 5, 7, 11] {
        for dilation in [1, 3, 5] {
            let conv = Conv { dilation, padding: (kernel - 1) / 2 * dilation, ..Conv::new(12, 20, kernel) };
            Case::new("a prime number of rows", 61, conv).check();
        }
        let conv = Conv { padding: (kernel - 1) / 2, ..Conv::new(4, 4, kernel) };
        Case::new("one row, mostly padding", 1, conv).check();
    }
    Case { more: 4, ..Case::new("no padding: fewer rows out", 37, Conv::new(8, 8, 5)) }.check();
}

#[test]
fn sizes_around_a_workgroups_tile() {
    for (frames, why) in
        [(1, "one row"), (31, "a row less than a tile"), (32, "a tile"), (33, "a row more than a tile")]
    {
        for cout in [60, 64, 68] {
            Case::new(why, frames, Conv::new(8, cout, 1)).check();
        }
    }
    for (frames, why) in [(127, "a row less than the largest tile"), (128, "the largest"), (129, "a row more")] {
        Case::new(why, frames, Conv { padding: 1, ..Conv::new(20, 68, 3) }).check();
    }
    for (frames, cout) in [(1, 4), (15, 28), (16, 32), (17, 36)] {
        Case::new("long sums have a tile of their own", frames, Conv::new(260, cout, 1)).check();
    }
    Case::new("long sums, strided", 21, Conv { stride: 2, padding: 1, ..Conv::new(260, 36, 3) }).check();
    let case = Case::new("long sums on a residual of half the rows", 17, Conv::new(260, 36, 1));
    Case { factor: 2, residual: Some(2), ..case }.check();
}

#[test]
fn channels_that_do_not_fill_a_vec4() {
    let same = |cin, cout, kernel| Conv { padding: kernel / 2, ..Conv::new(cin, cout, kernel) };
    for (why, conv) in [
        ("one channel", Conv::new(1, 1, 1)),
        ("5 to 7", same(5, 7, 3)),
        ("the F0 curve", same(64, 1, 1)),
        ("decoder.encode's 514", same(514, 36, 3)),
        ("decoder.decode's 1090", same(1090, 36, 3)),
        ("conv_post's 22", same(32, 22, 7)),
    ] {
        Case::new(why, 37, conv).check();
    }
}

#[test]
fn strides() {
    let halve = Conv { stride: 2, padding: 1, ..Conv::new(1, 1, 3) };
    let noise = Conv { stride: 6, padding: 3, ..Conv::new(22, 64, 12) };
    for frames in [1, 16, 37] {
        Case::new("F0_conv", frames, halve).check();
        Case { more: 1, ..Case::new("noise_convs.0, with one more row", frames, noise) }.check();
    }
}

#[test]
fn prologue_and_epilogues() {
    let conv = Conv { padding: 1, ..Conv::new(12, 20, 3) };
    let case = Case::new("no bias", 37, conv);
    Case { bias: false, ..case }.check();
    for slope in [0.1, 0.01] {
        Case { why: "LeakyReLU before", in_slope: slope, ..case }.check();
    }
    Case { why: "GELU after", gelu: true, ..case }.check();
    Case { why: "GELU after a residual and a scale", gelu: true, residual: Some(1), scale: 0.5, ..case }.check();
    Case { why: "a residual", residual: Some(1), ..case }.check();
    Case { why: "a residual and a scale", residual: Some(1), scale: 0.5_f32.sqrt(), ..case }.check();
    for frames in [1, 37] {
        let case = Case { frames, factor: 2, residual: Some(2), ..case };
        Case { why: "a residual of half the rows", scale: 0.5_f32.sqrt(), ..case }.check();
    }
}

#[test]
fn weights_stored_as_float16() {
    for (why, conv) in [
        ("a prime number of rows", Conv { padding: 3, dilation: 3, ..Conv::new(12, 20, 3) }),
        ("channels that do not fill a vec4", Conv { padding: 1, ..Conv::new(5, 7, 3) }),
        ("decoder.decode's 1090", Conv { padding: 1, ..Conv::new(1090, 36, 3) }),
    ] {
        Case { precision: Precision::F16, ..Case::new(why, 61, conv) }.check();
    }
    let case = Case { precision: Precision::F16, ..Case::new("past a tile, GELU", 129, Conv::new(68, 132, 1)) };
    Case { residual: Some(1), gelu: true, ..case }.check();
}

#[test]
fn real_layers() {
    let wide = Conv { padding: 1, ..Conv::new(514, 1024, 3) };
    Case::new("decoder.encode.conv1, a tile and a row", 33, wide).check();
    Case { gelu: true, ..Case::new("ALBERT's FFN", 24, Conv::new(768, 2048, 1)) }.check();
    Case { residual: Some(1), ..Case::new("ALBERT's FFN, out", 24, Conv::new(2048, 768, 1)) }.check();
    let last = Conv { padding: 3, ..Conv::new(128, 22, 7) };
    Case { in_slope: 0.01, more: 1, factor: 120, ..Case::new("conv_post of 16 frames", 16, last) }.check();
}
