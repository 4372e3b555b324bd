use crate::batch::BatchEntry;
use crate::kernels::add;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within};
use crate::tests::oracle::activations::mean_of_three;
use crate::tests::oracle::resample::reflect_left;
use crate::tests::oracle::{Rng, widen};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sum {
    Two,
    Three,
    /// The first padded by one row on the left.
    Reflected,
}

fn check_add(why: &str, frames: u32, channels: u32, sum: Sum) {
    let Some(mut test) = KernelTest::new() else { return };
    let mut rng = Rng::new(9);
    let count = (frames * channels) as usize;
    let extra_rows = u32::from(sum == Sum::Reflected);
    let a = rng.uniforms(count);
    let [b, c] = [0; 2].map(|_| rng.uniforms(((frames + extra_rows) * channels) as usize));
    let scale = if sum == Sum::Three { 1.0 / 3.0 } else { 0.5_f32 };
    let want = match sum {
        Sum::Two => widen(&a).iter().zip(&b).map(|(a, b)| (a + f64::from(*b)) * f64::from(scale)).collect(),
        Sum::Three => mean_of_three(&widen(&a), &widen(&b), &widen(&c)),
        Sum::Reflected => {
            let a = reflect_left(&widen(&a), channels as usize);
            a.iter().zip(&b).map(|(a, b)| (a + f64::from(*b)) * f64::from(scale)).collect::<Vec<_>>()
        }
    };
    let a = test.input(&a, Dim::FRAMES, channels);
    let b = test.input(&b, Dim::FRAMES.plus(extra_rows), channels);
    let c = (sum == Sum::Three).then(|| test.input(&c, Dim::FRAMES, channels));
    let y = add(&mut test.graph, a, b, c, scale).unwrap();
    let ran = test.run(BatchEntry { frames, ..BatchEntry::default() });
    assert_within(&format!("add {sum:?} of [{frames}, {channels}] ({why})"), &ran.floats(y), &want, 3e-7);
}

#[test]
fn sums() {
    for sum in [Sum::Two, Sum::Three, Sum::Reflected] {
        check_add("the fewest rows that can be reflected", 2, 4, sum);
        check_add("channels that do not fill a vec4", 13, 6, sum);
        check_add("a workgroup", 16, 16, sum);
        check_add("more than a workgroup", 17, 16, sum);
        check_add("ups.1 of four frames", 480, 128, sum);
    }
    check_add("one row", 1, 4, Sum::Two);
    check_add("one row", 1, 4, Sum::Three);
}

#[test]
fn mismatched_rows_are_refused() {
    let Some(mut test) = KernelTest::new() else { return };
    let x = test.input(&[0.0; 8], Dim::FRAMES, 4);
    let other = test.input(&[0.0; 16], Dim::FRAMES.times(2), 4);
    assert!(add(&mut test.graph, x, other, None, 1.0).is_err());
}
