//! Elementwise functions; inputs and outputs are `[rows, channels]`.

use std::f64::consts::PI;

/// `x` where x > 0, else `slope x`.
pub fn leaky_relu(x: &[f64], slope: f64) -> Vec<f64> {
    x.iter().map(|&x| if x > 0.0 { x } else { slope * x }).collect()
}

/// `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`: ALBERT's `gelu_new`, not the erf form.
pub fn gelu_new(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 0.5 * x * (1.0 + ((2.0 / PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())).collect()
}

/// `x + sin^2(alpha x) / alpha` with one alpha per channel.
pub fn snake(x: &[f64], alpha: &[f64]) -> Vec<f64> {
    x.iter().zip(alpha.iter().cycle()).map(|(x, alpha)| x + (alpha * x).sin().powi(2) / alpha).collect()
}

/// `1 / (1 + e^-x)`.
pub fn sigmoid(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect()
}

/// `(a + b + c) / 3`.
pub fn mean_of_three(a: &[f64], b: &[f64], c: &[f64]) -> Vec<f64> {
    assert!(a.len() == b.len() && b.len() == c.len(), "lengths differ");
    (0..a.len()).map(|i| (a[i] + b[i] + c[i]) / 3.0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn each_is_torchs() {
        let x = pattern(3, 6);
        // F.leaky_relu(p(3, 6), 0.2)
        assert_close(&leaky_relu(&x, 0.2), &[-0.25, -0.1, 0.25, 1.0, -0.2, -0.05]);
        // F.gelu(p(3, 6), approximate="tanh")
        assert_close(&gelu_new(&x), &[-0.1322858, -0.154286, 0.1496754, 0.841192, -0.158808, -0.1003246]);
        // torch.sigmoid(p(3, 6))
        assert_close(&sigmoid(&x), &[0.2227001, 0.3775407, 0.5621765, 0.7310586, 0.2689414, 0.4378235]);
        // (x := p(3, 3, 2), a := torch.tensor([0.5, 2]).double(), x + (a * x).sin() ** 2 / a)[2].flatten()
        assert_close(&snake(&x, &[0.5, 2.0]), &[-0.5653224, -0.1459633, 0.2810876, 1.4134109, -0.5403023, -0.1350756]);
        assert_eq!(mean_of_three(&[1.0, 2.0], &[3.0, 4.0], &[5.0, 9.0]), [3.0, 5.0]);
    }
}
