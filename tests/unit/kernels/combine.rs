use crate::batch::BatchEntry;
use crate::graph::Tensor;
use crate::kernels::{add, concat};
use crate::shape::Dim;
use crate::tests::harness::{Bench, assert_within};
use crate::tests::oracle::activations::mean_of_three;
use crate::tests::oracle::resample::reflect_left;
use crate::tests::oracle::{self, Rng, widen};

fn check_concat(why: &str, frames: u32, parts: &[(u32, bool)]) {
    let Some(mut bench) = Bench::new() else { return };
    let mut rng = Rng::new(8);
    let values: Vec<Vec<f32>> = parts
        .iter()
        .map(|(channels, repeated)| rng.uniforms((if *repeated { 1 } else { frames } * channels) as usize))
        .collect();
    let wide: Vec<Vec<f64>> = values.iter().map(|values| widen(values)).collect();
    let sides: Vec<(&[f64], usize)> =
        wide.iter().zip(parts).map(|(values, (channels, _))| (&values[..], *channels as usize)).collect();
    let want = oracle::columns::concat(&sides);
    let tensors: Vec<Tensor> = values
        .iter()
        .zip(parts)
        .map(|(values, (channels, repeated))| {
            bench.input(values, if *repeated { Dim::fixed(1) } else { Dim::FRAMES }, *channels)
        })
        .collect();
    let y = concat(&mut bench.graph, &tensors).unwrap();
    let ran = bench.run(BatchEntry { frames, ..BatchEntry::default() });
    assert_within(&format!("concat of {frames} frames, {parts:?} ({why})"), &ran.floats(y), &want, 0.0);
}

#[test]
fn columns_side_by_side() {
    check_concat("one row of one value", 1, &[(1, false)]);
    for frames in [1, 37] {
        check_concat("a style in every row", frames, &[(512, false), (128, true)]);
        check_concat("decoder.encode's 514", frames, &[(512, false), (1, false), (1, false)]);
        check_concat("decoder.decode's 1090", frames, &[(1024, false), (64, false), (1, false), (1, false)]);
        check_concat("starts off a vec4", frames, &[(3, false), (514, false), (5, true), (1, false)]);
    }
    // 20 values a row.
    check_concat("a workgroup less four", 3, &[(7, false), (13, true)]);
    check_concat("past a workgroup", 13, &[(7, false), (13, true)]);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let Some(mut bench) = Bench::new() else { return };
    let x = bench.input(&[0.0; 8], Dim::FRAMES, 4);
    let other = bench.input(&[0.0; 16], Dim::FRAMES.times(2), 4);
    assert!(concat(&mut bench.graph, &[x, other]).is_err(), "of other lengths");
    assert!(concat(&mut bench.graph, &[x; 5]).is_err(), "more than the kernel binds");
    assert!(add(&mut bench.graph, x, other, None, 1.0).is_err(), "of other lengths");
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sum {
    Two,
    Three,
    /// With one row more on the left.
    Reflected,
}

fn check_add(why: &str, frames: u32, channels: u32, sum: Sum) {
    let Some(mut bench) = Bench::new() else { return };
    let mut rng = Rng::new(9);
    let count = (frames * channels) as usize;
    let more = u32::from(sum == Sum::Reflected);
    let a = rng.uniforms(count);
    let [b, c] = [0; 2].map(|_| rng.uniforms(((frames + more) * channels) as usize));
    let scale = if sum == Sum::Three { 1.0 / 3.0 } else { 0.5_f32 };
    let want = match sum {
        Sum::Two => widen(&a).iter().zip(&b).map(|(a, b)| (a + f64::from(*b)) * f64::from(scale)).collect(),
        Sum::Three => mean_of_three(&widen(&a), &widen(&b), &widen(&c)),
        Sum::Reflected => {
            let a = reflect_left(&widen(&a), channels as usize);
            a.iter().zip(&b).map(|(a, b)| (a + f64::from(*b)) * f64::from(scale)).collect::<Vec<_>>()
        }
    };
    let a = bench.input(&a, Dim::FRAMES, channels);
    let b = bench.input(&b, Dim::FRAMES.plus(more), channels);
    let c = (sum == Sum::Three).then(|| bench.input(&c, Dim::FRAMES, channels));
    let y = add(&mut bench.graph, a, b, c, scale).unwrap();
    let ran = bench.run(BatchEntry { frames, ..BatchEntry::default() });
    assert_within(&format!("add {sum:?} of [{frames}, {channels}] ({why})"), &ran.floats(y), &want, 3e-7);
}

#[test]
fn sums() {
    for sum in [Sum::Two, Sum::Three, Sum::Reflected] {
        check_add("the fewest that reflect", 2, 4, sum);
        check_add("channels that do not fill a vec4", 13, 6, sum);
        check_add("a workgroup", 16, 16, sum);
        check_add("past a workgroup", 17, 16, sum);
        check_add("ups.1 of four frames", 480, 128, sum);
    }
    check_add("one row", 1, 4, Sum::Two);
    check_add("one row", 1, 4, Sum::Three);
}
