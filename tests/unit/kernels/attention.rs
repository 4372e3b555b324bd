use crate::batch::BatchEntry;
use crate::kernels::attention;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within, uniforms};
use crate::tests::oracle::{self, Rng, widen};

/// The `size` of queries and keys determines how peaked the softmax is.
fn check(why: &str, tokens: u32, [heads, head]: [usize; 2], size: f32) {
    let Some(mut test) = KernelTest::new() else { return };
    let width = heads * head;
    let mut rng = Rng::new(11);
    let [q, k] = [0; 2].map(|_| uniforms(&mut rng, tokens as usize * width, size));
    let v = rng.uniforms(tokens as usize * width);
    let want = oracle::attention::attention(&widen(&q), &widen(&k), &widen(&v), heads, head);
    let rows = q.chunks(width).zip(k.chunks(width)).zip(v.chunks(width));
    let qkv: Vec<f32> = rows.flat_map(|((q, k), v)| [q, k, v].concat()).collect();
    let x = test.input(&qkv, Dim::TOKENS, 3 * width as u32);
    let y = attention(&mut test.graph, x, heads as u32).unwrap();
    let ran = test.run(BatchEntry { tokens, ..BatchEntry::default() });
    let label = format!("attention of {tokens} tokens, {heads} heads of {head} ({why})");
    // The absolute error of a score is the relative error of its weight. Scores are at most about size^2, rounded by
    // 2e-8 of that.
    let bound = super::sum_bound(tokens as usize) + 2e-8 * f64::from(size * size);
    assert_within(&label, &ran.floats(y), &want, bound);
}

#[test]
fn every_token_sees_every_token() {
    for (tokens, why) in [
        (1, "one token"),
        (2, "only the boundary tokens"),
        (63, "a token less than invocations"),
        (64, "a token per invocation"),
        (65, "a token more than invocations"),
        (131, "a prime"),
    ] {
        check(why, tokens, [3, 4], 2.0);
        check(why, tokens, [2, 16], 1.0);
    }
    check("ALBERT's heads", 131, [12, 64], 1.0);
    check("ALBERT's heads, peaked", 65, [12, 64], 4.0);
    check("the longest text", 512, [12, 64], 1.0);
}

#[test]
fn scores_that_would_overflow_an_exponential() {
    // Scores up to 400 * 4 / 2. Without the maximum subtracted, e^800 overflows.
    check("large scores", 65, [1, 4], 20.0);
}

#[test]
fn unsupported_widths_are_refused() {
    let Some(mut test) = KernelTest::new() else { return };
    let x = test.input(&[0.0; 36], Dim::TOKENS, 36);
    assert!(attention(&mut test.graph, x, 1).is_err(), "3 vec4 do not divide 64 invocations");
    assert!(attention(&mut test.graph, x, 5).is_err(), "5 heads do not divide 12");
}
