//! What the tests of several languages share.

/// The number of equal words in order: the length of the longest common subsequence. `equal` gets ours and the golden word.
pub fn matched(ours: &[&str], golden: &[&str], equal: impl Fn(&str, &str) -> bool) -> usize {
    let mut row = vec![0; golden.len() + 1];
    for word in ours {
        let mut diagonal = 0;
        for (at, other) in golden.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if equal(word, other) { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[golden.len()]
}
