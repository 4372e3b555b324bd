use crate::batch::BatchEntry;
use crate::kernels::LayerNorm;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within};
use crate::tests::oracle::activations::leaky_relu;
use crate::tests::oracle::layer_norm::{ada_layer_norm, layer_norm};
use crate::tests::oracle::{Rng, widen};

struct Case {
    why: &'static str,
    frames: u32,
    channels: u32,
    mean: f32,
    eps: f32,
    slope: f32,
    styled: bool,
}

fn check(Case { why, frames, channels, mean, eps, slope, styled }: Case) {
    let Some(mut test) = KernelTest::new() else { return };
    let mut rng = Rng::new(10);
    let width = channels as usize;
    let x: Vec<f32> = rng.uniforms(frames as usize * width).iter().map(|x| x + mean).collect();
    // Other projections precede these.
    let modulation = rng.uniforms(8 + 2 * width);
    let (gamma, beta) = modulation[8..].split_at(width);
    let norm = if styled { ada_layer_norm } else { layer_norm };
    let want = leaky_relu(&norm(&widen(&x), &widen(gamma), &widen(beta), eps.into()), slope.into());
    let (gamma, beta) = if styled {
        let modulation = test.input(&modulation, Dim::fixed(1), 8 + 2 * channels);
        ((modulation.into(), 2), (modulation.into(), 2 + channels / 4))
    } else {
        (((&test.upload(gamma)).into(), 0), ((&test.upload(beta)).into(), 0))
    };
    let x = test.input(&x, Dim::FRAMES, channels);
    let op = LayerNorm { gamma, beta, gamma_plus: if styled { 1.0 } else { 0.0 }, eps, slope };
    let y = op.record(&mut test.graph, x).unwrap();
    let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
    // The mean is rounded to half a unit in its last place, and every x - mean inherits that error. The deviation is
    // 0.58.
    let bound = 3e-7 + f64::from(mean.abs()) * 6e-8 / 0.58;
    assert_within(&format!("layer_norm of [{frames}, {channels}] ({why})"), &ran.floats(y), &want, bound);
}

#[test]
fn rows_of_every_width() {
    for styled in [false, true] {
        for (channels, why) in [
            (4, "one vec4"),
            (128, "ALBERT's embeddings"),
            (252, "a vec4 less than invocations"),
            (256, "a vec4 per invocation"),
            (260, "a vec4 more than invocations"),
            (512, "text_encoder"),
            (768, "ALBERT"),
        ] {
            check(Case { why, frames: 13, channels, mean: 0.3, eps: 1e-5, slope: 1.0, styled });
        }
    }
    let case = Case { why: "", frames: 1, channels: 64, mean: 0.3, eps: 1e-5, slope: 1.0, styled: false };
    check(Case { why: "ALBERT's eps, one row", eps: 1e-12, ..case });
    check(Case { why: "text_encoder's LeakyReLU", slope: 0.2, frames: 37, ..case });
    check(Case {
        why: "a mean of 1000 deviations, whose square would drown the variance",
        mean: 577.0,
        frames: 5,
        ..case
    });
    check(Case { why: "the longest text", frames: 512, ..case });
}

#[test]
fn a_constant_row_has_no_deviation() {
    let Some(mut test) = KernelTest::new() else { return };
    let (gamma, beta) = (test.upload(&[1.0; 8]), test.upload(&[0.25; 8]));
    let x = test.input(&[7.0; 8], Dim::FRAMES, 8);
    let op =
        LayerNorm { gamma: ((&gamma).into(), 0), beta: ((&beta).into(), 0), gamma_plus: 0.0, eps: 1e-5, slope: 1.0 };
    let y = op.record(&mut test.graph, x).unwrap();
    assert_eq!(test.run(BatchEntry { frames: 1, ..BatchEntry::default() }).floats(y), [0.25; 8]);
}
