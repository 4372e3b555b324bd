/// `y[t] = table[ids[t]]`. `table` is `[vocabulary, channels]`, y `[tokens, channels]`.
pub fn lookup(ids: &[u32], table: &[f64], channels: usize) -> Vec<f64> {
    ids.iter().flat_map(|&id| &table[id as usize * channels..][..channels]).copied().collect()
}

/// `y[t] = word[ids[t]] + position[t] + token_type0`. `word` is `[vocabulary, channels]`, `position`
/// `[positions, channels]`, `token_type0` `[channels]` (the first row of the token types), y `[tokens, channels]`.
pub fn embed(ids: &[u32], word: &[f64], position: &[f64], token_type0: &[f64], channels: usize) -> Vec<f64> {
    let mut y = lookup(ids, word, channels);
    for (j, y) in y.iter_mut().enumerate() {
        *y += position[j] + token_type0[j % channels];
    }
    y
}

/// Row t of `[tokens, channels]`, repeated `durations[t]` times. `[sum of durations, channels]`.
pub fn expand(x: &[f64], durations: &[u32], channels: usize) -> Vec<f64> {
    assert_eq!(x.len(), durations.len() * channels, "one duration per row");
    let mut y = Vec::new();
    for (row, &duration) in x.chunks(channels).zip(durations) {
        for _ in 0..duration {
            y.extend(row);
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

    #[test]
    fn rows_are_looked_up_and_added() {
        assert_eq!(lookup(&[2, 0], &TABLE, 2), [5.0, 6.0, 1.0, 2.0]);
        let position = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0];
        assert_eq!(embed(&[2, 0], &TABLE, &position, &[100.0, 200.0], 2), [115.0, 226.0, 131.0, 242.0]);
    }

    #[test]
    fn rows_are_repeated() {
        assert_eq!(expand(&TABLE, &[1, 0, 2], 2), [1.0, 2.0, 5.0, 6.0, 5.0, 6.0]);
    }
}
