/// `y[t] = x[t / factor]`, nearest. `[rows, channels]` -> `[factor rows, channels]`.
pub fn upsample_nearest(x: &[f64], factor: usize, channels: usize) -> Vec<f64> {
    x.chunks(channels).flat_map(|row| (0..factor).flat_map(move |_| row)).copied().collect()
}

/// x with one more row on the left, the reflection of row 1. `[rows, channels]` -> `[rows + 1, channels]`, rows at
/// least 2.
pub fn reflect_left(x: &[f64], channels: usize) -> Vec<f64> {
    x[channels..2 * channels].iter().chain(x).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_repeated_and_reflected() {
        let x = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(upsample_nearest(&x, 2, 2), [1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]);
        assert_eq!(reflect_left(&x, 2), [3.0, 4.0, 1.0, 2.0, 3.0, 4.0]);
    }
}
