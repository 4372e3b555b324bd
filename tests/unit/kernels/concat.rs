use crate::batch::BatchEntry;
use crate::graph::Tensor;
use crate::kernels::concat;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within};
use crate::tests::oracle::{self, Rng, widen};

fn check_concat(why: &str, frames: u32, inputs: &[(u32, bool)]) {
    let Some(mut test) = KernelTest::new() else { return };
    let mut rng = Rng::new(8);
    let values: Vec<Vec<f32>> = inputs
        .iter()
        .map(|(channels, repeated)| rng.uniforms((if *repeated { 1 } else { frames } * channels) as usize))
        .collect();
    let wide: Vec<Vec<f64>> = values.iter().map(|values| widen(values)).collect();
    let pairs: Vec<(&[f64], usize)> =
        wide.iter().zip(inputs).map(|(values, (channels, _))| (&values[..], *channels as usize)).collect();
    let want = oracle::concat::concat(&pairs);
    let tensors: Vec<Tensor> = values
        .iter()
        .zip(inputs)
        .map(|(values, (channels, repeated))| {
            test.input(values, if *repeated { Dim::fixed(1) } else { Dim::FRAMES }, *channels)
        })
        .collect();
    let y = concat(&mut test.graph, &tensors).unwrap();
    let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
    assert_within(&format!("concat of {frames} frames, {inputs:?} ({why})"), &ran.floats(y), &want, 0.0);
}

#[test]
fn inputs_one_after_another() {
    check_concat("one row of one value", 1, &[(1, false)]);
    for frames in [1, 37] {
        check_concat("a style in every row", frames, &[(512, false), (128, true)]);
        check_concat("decoder.encode's 514", frames, &[(512, false), (1, false), (1, false)]);
        check_concat("decoder.decode's 1090", frames, &[(1024, false), (64, false), (1, false), (1, false)]);
        check_concat("inputs that do not start at a vec4", frames, &[(3, false), (514, false), (5, true), (1, false)]);
    }
    // 20 values per row.
    check_concat("four values less than a workgroup", 3, &[(7, false), (13, true)]);
    check_concat("more than a workgroup", 13, &[(7, false), (13, true)]);
}

#[test]
fn mismatched_inputs_are_refused() {
    let Some(mut test) = KernelTest::new() else { return };
    let x = test.input(&[0.0; 8], Dim::FRAMES, 4);
    let other = test.input(&[0.0; 16], Dim::FRAMES.times(2), 4);
    assert!(concat(&mut test.graph, &[x, other]).is_err(), "another number of rows");
    assert!(concat(&mut test.graph, &[x; 5]).is_err(), "more than the kernel binds");
}
