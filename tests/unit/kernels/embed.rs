use crate::batch::BatchEntry;
use crate::kernels::{embed, expand};
use crate::shape::Dim;
use crate::tests::harness::{Bench, assert_within};
use crate::tests::oracle::{self, Rng, widen};

const VOCABULARY: u32 = 178;

fn check_embed(why: &str, tokens: u32, channels: usize, positions: bool) {
    let Some(mut bench) = Bench::new() else { return };
    let mut rng = Rng::new(5);
    // The first and the last row, then any.
    let any = std::iter::repeat_with(|| rng.next_u64() as u32 % VOCABULARY);
    let ids: Vec<u32> = [0, VOCABULARY - 1].into_iter().chain(any).take(tokens as usize).collect();
    let words = rng.uniforms(VOCABULARY as usize * channels);
    let places = rng.uniforms(512 * channels);
    let types = rng.uniforms(2 * channels);
    let want = if positions {
        oracle::embed::embed(&ids, &widen(&words), &widen(&places), &widen(&types[..channels]), channels)
    } else {
        oracle::embed::lookup(&ids, &widen(&words), channels)
    };
    let [words, places, types] = [&words, &places, &types].map(|table| bench.upload(table));
    let ids = bench.dense(bytemuck::cast_slice(&ids), Dim::TOKENS);
    let more = positions.then_some([&places, &types]);
    let y = embed(&mut bench.graph, ids, &words, more, channels as u32).unwrap();
    let ran = bench.run(BatchEntry { tokens, ..BatchEntry::default() });
    // A copy is exact.
    let bound = if positions { 3e-7 } else { 0.0 };
    assert_within(&format!("embed of {tokens} tokens, {channels} channels ({why})"), &ran.floats(y), &want, bound);
}

#[test]
fn rows_of_tables() {
    for positions in [false, true] {
        for (tokens, why) in [(1, "one token"), (15, "60 vec4, under a workgroup"), (17, "68 vec4, past a workgroup")] {
            check_embed(why, tokens, 16, positions);
        }
        check_embed("one vec4", 61, 4, positions);
    }
    check_embed("ALBERT's, the longest", 512, 128, true);
    check_embed("text_encoder's, the longest", 512, 512, false);
}

fn check_expand(why: &str, durations: &[u32], channels: u32) {
    let Some(mut bench) = Bench::new() else { return };
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
    let ends = bench.dense(bytemuck::cast_slice(&ends), Dim::TOKENS);
    let x = bench.input(&x, Dim::TOKENS, channels);
    let y = expand(&mut bench.graph, ends, x).unwrap();
    let ran = bench.run(BatchEntry { tokens, frames: durations.iter().sum(), ..BatchEntry::default() });
    assert_within(&format!("expand of {tokens} tokens ({why})"), &ran.floats(y), &want, 0.0);
}

#[test]
fn rows_as_often_as_their_durations() {
    let mut rng = Rng::new(7);
    let mut any = |tokens: usize| (0..tokens).map(|_| 1 + rng.next_u64() as u32 % 9).collect::<Vec<_>>();
    check_expand("one frame", &[1], 4);
    check_expand("one token, a prime of frames", &[13], 4);
    check_expand("one frame each", &[1; 17], 16);
    check_expand("a long one in the middle", &[1, 300, 1], 8);
    check_expand("channels that do not fill a vec4", &any(11), 6);
    check_expand("two tokens less than the most", &any(510), 4);
    check_expand("the longest text", &any(512), 4);
    check_expand("predictor.text_encoder's width", &any(24), 640);
}
