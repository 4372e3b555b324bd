//! The elementary functions of shaders/lib/math.wgsl against f64.

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI};
use std::f64::consts::TAU;

use bytemuck::{Pod, Zeroable};

use crate::batch::BatchEntry;
use crate::gpu::{Access, Kernel};
use crate::shape::{Dim, Shape};
use crate::tests::harness::KernelTest;
use crate::tests::oracle::Rng;
use crate::tests::oracle::activations::{gelu_new, sigmoid};

static MATH: Kernel = Kernel {
    name: "test_math",
    source: concat!(include_str!("../../../shaders/lib/math.wgsl"), include_str!("math.wgsl")),
    bindings: &[Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    count: u32,
    function: u32,
}

/// The permitted error of a value.
#[derive(Clone, Copy)]
enum Bound {
    Absolute(f64),
    Relative(f64),
}

/// One unit in the last place of 1.
const ULP: f64 = 1.0 / 8_388_608.0;

#[track_caller]
fn check(function: (u32, &str), x: &[[f32; 2]], truth: impl Fn(f64, f64) -> f64, bound: Bound) {
    let got = evaluate(function.0, x);
    let mut worst = 0.0_f64;
    for (i, ([x, y], got)) in x.iter().zip(got).enumerate() {
        let want = truth(f64::from(*x), f64::from(*y));
        let error = (f64::from(got) - want).abs();
        let (measure, limit) = match bound {
            Bound::Absolute(limit) => (error, limit),
            Bound::Relative(limit) => (if error == 0.0 { 0.0 } else { error / want.abs() }, limit),
        };
        assert!(
            measure <= limit,
            "{}, at {i}: {got:e} instead of {want:e} for {x:e}, {y:e}: off by {measure:.1e}, at most {limit:.1e}",
            function.1
        );
        worst = worst.max(measure);
    }
    println!("{}: {worst:.1e}", function.1);
}

fn evaluate(function: u32, x: &[[f32; 2]]) -> Vec<f32> {
    evaluate_first(x.len() as u32, function, x)
}

/// The first `count` values, of however many there are.
fn evaluate_first(count: u32, function: u32, x: &[[f32; 2]]) -> Vec<f32> {
    let Some(mut test) = KernelTest::new() else { return Vec::new() };
    let frames = x.len() as u32;
    let x = test.input(x.as_flattened(), Dim::FRAMES, 2);
    let y = test.graph.tensor(Shape::dense(Dim::FRAMES));
    test.graph
        .step(&MATH, vec![x.into(), y.into()], move |_| (Params { count, function }, [count.div_ceil(64), 1, 1]))
        .unwrap();
    test.run(BatchEntry { frames, ..BatchEntry::default() }).floats(y)
}

/// 20,000 random values in [low, high), both ends, and `more`.
fn sweep(low: f32, high: f32, more: &[f32]) -> Vec<[f32; 2]> {
    let mut rng = Rng::new(15);
    let any = (0..20_000).map(|_| low + (high - low) * (0.5 + 0.5 * rng.uniform()));
    any.chain([low, high]).chain(more.iter().copied()).map(|x| [x, 0.0]).collect()
}

#[test]
fn the_bench_detects_a_value_too_many_and_one_too_few() {
    let x = [[1.0; 2]; 8];
    // The logarithm uses the bits, so it makes a number of the NaN after the input.
    const LOG: u32 = 8;
    if evaluate(LOG, &x).is_empty() {
        return;
    }
    for (count, complaint) in [(9, "wrote past the end"), (7, "unwritten")] {
        let panic = std::panic::catch_unwind(|| evaluate_first(count, LOG, &x)).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(complaint), "{count} of 8: {message}");
    }
}

#[test]
fn exponentials() {
    // math.wgsl claims 2^-22.
    check((0, "exp"), &sweep(-87.0, 88.0, &[0.0, 1.0, -1e-7]), |x, _| x.exp(), Bound::Relative(2.0 * ULP));
    let clamped = evaluate(0, &[[-100.0, 0.0], [-1e30, 0.0]]);
    assert!(clamped.iter().all(|e| (1e-38..2e-38).contains(e)), "below -87 it stays at e^-87: {clamped:?}");
    check((1, "sigmoid"), &sweep(-80.0, 80.0, &[0.0]), |x, _| sigmoid(&[x])[0], Bound::Relative(4.0 * ULP));
    // The error is up to 3 units where the series ends, at tanh 0.4 = 0.38.
    let small = [0.0, 1e-6, -1e-3, 0.399_999, 0.4, 0.400_001, -0.4, 50.0, -50.0];
    for range in [0.5, 10.0] {
        check((2, "tanh"), &sweep(-range, range, &small), |x, _| x.tanh(), Bound::Relative(4.0 * ULP));
    }
    // Where tanh is near -1 the sum cancels: an error of one unit in 1 + tanh is one of x / 2 units in the result.
    check((3, "gelu"), &sweep(-8.0, 8.0, &[0.0]), |x, _| gelu_new(&[x])[0], Bound::Absolute(6.0 * ULP));
    check((3, "gelu"), &sweep(-0.5, 0.5, &[0.0]), |x, _| gelu_new(&[x])[0], Bound::Absolute(0.5 * ULP));
}

#[test]
fn sines() {
    let edges = [0.0, FRAC_PI_2, PI, -PI, 3.0 * FRAC_PI_2, 2.0 * PI, 1e-5];
    for range in [4.0, 1000.0] {
        check((4, "sin"), &sweep(-range, range, &edges), |x, _| x.sin(), Bound::Absolute(1.5 * ULP));
        let squared = Bound::Absolute(2.5 * ULP);
        check((5, "sin squared"), &sweep(-range, range, &edges), |x, _| x.sin().powi(2), squared);
    }
    check((6, "cos"), &sweep(-1.0, 1.0, &[0.0]), |x, _| x.cos(), Bound::Absolute(ULP));
    // The range in which the multiples of pi are exact.
    check((4, "sin"), &sweep(-25_735.0, 25_735.0, &edges), |x, _| x.sin(), Bound::Absolute(1.5 * ULP));
    let quarters = [0.0, 0.25, -0.25, 0.5, -0.5, 0.250_000_03];
    check((7, "sin of turns"), &sweep(-0.5, 0.5, &quarters), |x, _| (TAU * x).sin(), Bound::Absolute(1.5 * ULP));
}

#[test]
fn sines_of_large_arguments_stay_sines() {
    // Beyond, the error is about the last place of the argument, 2^-4 for 10^6.
    check((4, "sin"), &sweep(-1e6, 1e6, &[]), |x, _| x.sin(), Bound::Absolute(0.125));
    let large: Vec<[f32; 2]> = [1e7, 1e8, 1e10, 3e19, 3e38].into_iter().flat_map(|x| [[x, 0.0], [-x, 0.0]]).collect();
    for function in [4, 5] {
        let values = evaluate(function, &large);
        assert!(values.iter().all(|y| y.abs() <= 1.0), "sines, or their squares: {values:?}");
    }
}

#[test]
fn a_nan_stays_a_nan() {
    for (function, name) in
        [(0, "exp"), (1, "sigmoid"), (2, "tanh"), (3, "gelu"), (4, "sin"), (5, "sin squared"), (6, "cos")]
    {
        let values = evaluate(function, &[[f32::NAN, 0.0], [f32::from_bits(0xffa0_0001), 0.0]]);
        assert!(values.iter().all(|y| y.is_nan()), "{name} of NaN is {values:?}");
    }
    // sin of infinity is NaN. exp is clamped to finite values, from which the others follow.
    let infinities = [[f32::INFINITY, 0.0], [f32::NEG_INFINITY, 0.0]];
    for function in [4, 5] {
        assert!(evaluate(function, &infinities).iter().all(|y| y.is_nan()), "sines of infinity");
    }
    let [exp, sigmoid, tanh] = [0, 1, 2].map(|function| evaluate(function, &infinities));
    if !exp.is_empty() {
        assert!((1.6e38..1.7e38).contains(&exp[0]) && exp[1] < 2e-38, "exp stays at its ends: {exp:?}");
        assert!(sigmoid[0] == 1.0 && sigmoid[1] < 1e-38, "{sigmoid:?}");
        assert_eq!(tanh, [1.0, -1.0]);
    }
}

#[test]
fn subnormals_count_as_themselves_or_as_zero() {
    let tiny = [1e-38, 1e-40, 1e-45].into_iter().flat_map(|x: f32| [[x, x], [-x, x]]);
    let tiny: Vec<[f32; 2]> = tiny.collect();
    for (function, name, at_zero) in [(0, "exp", 1.0), (1, "sigmoid", 0.5), (6, "cos", 1.0)] {
        assert!(evaluate(function, &tiny).iter().all(|y| *y == at_zero), "{name}");
    }
    for (function, name) in [(2, "tanh"), (3, "gelu"), (4, "sin"), (5, "sin squared"), (7, "sin of turns")] {
        let values = evaluate(function, &tiny);
        assert!(values.iter().zip(&tiny).all(|(y, [x, _])| y.abs() <= 7.0 * x.abs()), "{name}: {values:?}");
    }
    // Either the correct multiple of an eighth of a turn, or 0 if they are flushed.
    let angles = evaluate(9, &tiny);
    let holds = |angle: f32, [re, _]: &[f32; 2]| {
        angle == 0.0 || (angle - re.signum().mul_add(-FRAC_PI_4, FRAC_PI_2)).abs() < 1e-6
    };
    assert!(angles.iter().zip(&tiny).all(|(angle, x)| holds(*angle, x)), "angles: {angles:?}");
}

#[test]
fn logarithms() {
    // A normal takes the logarithm of 2^24 values: here the smallest, the largest, and log-uniform ones between.
    let unit = 1.0 / 16_777_216.0_f32;
    let mut rng = Rng::new(16);
    let ends = (1..2000).flat_map(|k| [k as f32 * unit, 1.0 - (k - 1) as f32 * unit]);
    let between = (0..20_000).map(|_| (12.0 * (rng.uniform() - 1.0)).exp2());
    let x: Vec<[f32; 2]> = ends.chain(between).map(|x| [x, 0.0]).collect();
    check((8, "log"), &x, |x, _| x.ln(), Bound::Relative(2.0 * ULP));
}

#[test]
fn angles() {
    let mut rng = Rng::new(17);
    // In all directions, and of all ratios.
    let mut x: Vec<[f32; 2]> = (0..20_000).map(|_| [rng.uniform(), rng.uniform()]).collect();
    x.extend((0..20_000).map(|_| [rng.uniform(), rng.uniform() * (20.0 * (rng.uniform() - 1.0)).exp2()]));
    x.extend([[0.0, 1.0], [0.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, 0.0], [1e-30, -1e-30]]);
    check((9, "angle"), &x, |re, im| im.atan2(re), Bound::Absolute(4.0 * ULP));
    let exact = evaluate(9, &[[0.0, 0.0], [3.0, 0.0], [-3.0, 0.0], [-3.0, -0.0], [-0.0, 0.0], [3.0, -0.0]]);
    if !exact.is_empty() {
        assert_eq!(exact, [0.0, 0.0, PI, PI, 0.0, 0.0], "0, or plus pi");
    }
}
