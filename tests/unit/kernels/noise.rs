//! The noise of shaders/lib/noise.wgsl: its integers exactly, its normals to 2e-6 each.

use bytemuck::{Pod, Zeroable};

use crate::batch::BatchEntry;
use crate::gpu::{Access, Kernel};
use crate::shape::{Dim, Shape};
use crate::tests::harness::KernelTest;
use crate::tests::oracle::Rng;
use crate::tests::oracle::noise::{gaussian, noise_words, pcg4d};

static NOISE: Kernel = Kernel {
    name: "test_noise",
    source: concat!(
        include_str!("../../../shaders/lib/math.wgsl"),
        include_str!("../../../shaders/lib/noise.wgsl"),
        include_str!("noise.wgsl")
    ),
    bindings: &[Access::Read, Access::Write, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    count: u32,
}

/// Samples of 54 seconds, more than any speech.
const SAMPLES: u32 = 1_310_400;

fn check(why: &str, keys: &[[u32; 4]]) {
    let Some(mut test) = KernelTest::new() else { return };
    let count = keys.len() as u32;
    let input = test.input(bytemuck::cast_slice(keys), Dim::FRAMES, 4);
    let words = test.graph.tensor(Shape::new(Dim::FRAMES, 4));
    let normals = test.graph.tensor(Shape::dense(Dim::FRAMES));
    test.graph
        .step(&NOISE, vec![input.into(), words.into(), normals.into()], move |_| {
            (Params { count }, [count.div_ceil(64), 1, 1])
        })
        .unwrap();
    let ran = test.run(BatchEntry { frames: count, ..BatchEntry::default() });
    let mut worst = 0.0_f64;
    let (words, _) = ran.words(words).as_chunks::<4>();
    for ((key, words), normal) in keys.iter().zip(words).zip(ran.floats(normals)) {
        assert_eq!(*words, pcg4d(*key), "words of {key:?} ({why})");
        let [sample, harmonic, seed, _] = *key;
        let want = gaussian(sample, harmonic, seed);
        let error = (f64::from(normal) - want).abs();
        assert!(error <= 2e-6, "normal of {key:?} ({why}): {normal} instead of {want}, off by {error:.1e}");
        worst = worst.max(error);
    }
    println!("noise of {count} keys ({why}): {worst:.1e}");
}

#[test]
fn words_are_equal_and_normals_close() {
    let mut rng = Rng::new(18);
    let mut any = |samples: u32| -> Vec<[u32; 4]> {
        let mut below = |limit: u64| (rng.next_u64() % limit) as u32;
        (0..50_000).map(|_| [below(samples.into()), below(9), below(1 << 32), 0]).collect()
    };
    check("the first samples", &any(600));
    check("54 seconds", &any(SAMPLES));
    check("every bit", &any(u32::MAX));
}

#[test]
fn normals_where_the_logarithm_is_delicate() {
    // Near u1 = 1 the normal is the root of a number near zero; near u1 = 0 it is largest.
    let keys = (0..SAMPLES).flat_map(|sample| (0..9).map(move |harmonic| [sample, harmonic, 7, 0]));
    let (mut near_one, mut near_zero) = (Vec::new(), Vec::new());
    for key in keys {
        match noise_words(key[0], key[1], key[2])[0] >> 8 {
            0..256 => near_zero.push(key),
            0xff_ff00.. => near_one.push(key),
            _ => {}
        }
    }
    assert!(near_one.len() > 100 && near_zero.len() > 100, "12 million keys have 180 of each");
    check("u1 near 1", &near_one);
    check("u1 near 0", &near_zero);
}
