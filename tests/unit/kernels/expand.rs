use crate::batch::BatchEntry;
use crate::kernels::expand;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within};
use crate::tests::oracle::{self, Rng, widen};

fn check(why: &str, durations: &[u32], channels: u32) {
    let Some(mut test) = KernelTest::new() else { return };
    let tokens = durations.len() as u32;
    let x = Rng::new(6).uniforms(durations.len() * channels as usize);
    let want = oracle::embed::expand(&widen(&x), durations, channels as usize);
    let ends: Vec<u32> = durations
        .iter()
        .scan(0, |end, duration| {
            *end += duration;
            Some(*end)
        })
        .collect();
    let ends = test.dense(bytemuck::cast_slice(&ends), Dim::TOKENS);
    let x = test.input(&x, Dim::TOKENS, channels);
    let y = expand(&mut test.graph, ends, x).unwrap();
    let ran = test.run(BatchEntry { tokens, frames: durations.iter().sum(), ..BatchEntry::default() });
    assert_within(&format!("expand of {tokens} tokens ({why})"), &ran.floats(y), &want, 0.0);
}

#[test]
fn rows_repeated_for_their_durations() {
    let mut rng = Rng::new(7);
    let mut random = |tokens: usize| (0..tokens).map(|_| 1 + rng.next_u64() as u32 % 9).collect::<Vec<_>>();
    check("one frame", &[1], 4);
    check("one token, a prime number of frames", &[13], 4);
    check("one frame each", &[1; 17], 16);
    check("a long one in the middle", &[1, 300, 1], 8);
    check("channels that do not fill a vec4", &random(11), 6);
    check("two tokens less than the longest text", &random(510), 4);
    check("the longest text", &random(512), 4);
    check("predictor.text_encoder's width", &random(24), 640);
}
