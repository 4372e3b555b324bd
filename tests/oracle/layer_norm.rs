/// `gamma x_hat + beta`, x_hat of mean 0 and biased variance 1 over each row's channels. `[rows, channels]`.
pub fn layer_norm(x: &[f64], gamma: &[f64], beta: &[f64], eps: f64) -> Vec<f64> {
    let channels = gamma.len();
    assert_eq!(x.len() % channels, 0, "{} values are not rows of {channels}", x.len());
    let mut y = Vec::with_capacity(x.len());
    for row in x.chunks(channels) {
        let mean = row.iter().sum::<f64>() / channels as f64;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / channels as f64;
        y.extend((0..channels).map(|c| gamma[c] * (row[c] - mean) / (variance + eps).sqrt() + beta[c]));
    }
    y
}

/// `(1 + g) x_hat + b` with the style's g and b, `[channels]` each. `[rows, channels]`.
pub fn ada_layer_norm(x: &[f64], g: &[f64], b: &[f64], eps: f64) -> Vec<f64> {
    let gamma: Vec<f64> = g.iter().map(|g| 1.0 + g).collect();
    layer_norm(x, &gamma, b, eps)
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn affine_and_styled() {
        // F.layer_norm(p(3, 2, 4), [4], p(7, 4), p(2, 4), 1e-2).flatten()
        assert_close(
            &layer_norm(&pattern(3, 8), &pattern(7, 4), &pattern(2, 4), 1e-2),
            &[0.415251, -0.9720335, -0.4720335, 1.915251, 0.415251, -0.9720335, -0.4720335, 1.915251],
        );
        // F.layer_norm(p(3, 2, 4), [4], 1 + p(7, 4), p(2, 4), 1e-2).flatten()
        assert_close(
            &ada_layer_norm(&pattern(3, 8), &pattern(7, 4), &pattern(2, 4), 1e-2),
            &[-0.9169498, -1.4161004, -0.0279665, 3.2474518, -0.9169498, -1.4161004, -0.0279665, 3.2474518],
        );
    }
}
