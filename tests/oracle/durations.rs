/// `length[t] = sum over bins of sigmoid(logits[t, bin]) / speed`, and frames[t], the length rounded half to even, at
/// least 1. `[tokens, bins]` -> `[tokens]` twice.
pub fn durations(logits: &[f64], bins: usize, speed: f64) -> (Vec<f64>, Vec<u32>) {
    let frames: Vec<f64> =
        super::activations::sigmoid(logits).chunks(bins).map(|p| p.iter().sum::<f64>() / speed).collect();
    let rounded = frames.iter().map(|frames| frames.round_ties_even().max(1.0) as u32).collect();
    (frames, rounded)
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn sums_of_sigmoids_over_speed() {
        // torch.sigmoid(p(3, 3, 5)).sum(-1) / 0.8
        let (frames, rounded) = durations(&pattern(3, 15), 5, 0.8);
        assert_close(&frames, &[2.7030216, 3.323005, 3.2158182]);
        assert_eq!(rounded, [3, 3, 3]);
    }

    #[test]
    fn halves_go_to_even_and_nothing_vanishes() {
        // sigmoid(0) is a half, exactly.
        for (bins, rounded) in [(1, 1), (3, 2), (5, 2), (7, 4)] {
            assert_eq!(durations(&vec![0.0; bins], bins, 1.0), (vec![bins as f64 / 2.0], vec![rounded]));
        }
        assert_eq!(durations(&[-50.0], 1, 1.0).1, [1]);
    }
}
