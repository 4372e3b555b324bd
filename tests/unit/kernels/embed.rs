use crate::batch::BatchEntry;
use crate::kernels::embed;
use crate::shape::Dim;
use crate::tests::harness::{KernelTest, assert_within};
use crate::tests::oracle::{self, Rng, widen};

const VOCABULARY: u32 = 178;

fn check(why: &str, tokens: u32, channels: usize, positions: bool) {
    let Some(mut test) = KernelTest::new() else { return };
    let mut rng = Rng::new(5);
    // The first and the last row, then random ones.
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
    let [words, places, types] = [&words, &places, &types].map(|table| test.upload(table));
    let ids = test.dense(bytemuck::cast_slice(&ids), Dim::TOKENS);
    let positions_and_types = positions.then_some([&places, &types]);
    let y = embed(&mut test.graph, ids, &words, positions_and_types, channels as u32).unwrap();
    let ran = test.run(BatchEntry { tokens, ..BatchEntry::default() });
    // A copy must be exact.
    let bound = if positions { 3e-7 } else { 0.0 };
    assert_within(&format!("embed of {tokens} tokens, {channels} channels ({why})"), &ran.floats(y), &want, bound);
}

#[test]
fn rows_of_tables() {
    for positions in [false, true] {
        for (tokens, why) in
            [(1, "one token"), (15, "60 vec4, less than a workgroup"), (17, "68 vec4, more than a workgroup")]
        {
            check(why, tokens, 16, positions);
        }
        check("one vec4", 61, 4, positions);
    }
    check("ALBERT's width, the longest text", 512, 128, true);
    check("text_encoder's width, the longest text", 512, 512, false);
}
