use super::rows;

/// `weight x_hat + bias`, x_hat of mean 0 and biased variance 1 over each channel's rows. `[rows, channels]`.
pub fn instance_norm(x: &[f64], weight: &[f64], bias: &[f64], eps: f64) -> Vec<f64> {
    let channels = weight.len();
    let rows = rows(x, channels);
    let mut y = vec![0.0; x.len()];
    for c in 0..channels {
        let channel = || x.iter().skip(c).step_by(channels);
        let mean = channel().sum::<f64>() / rows as f64;
        let variance = channel().map(|x| (x - mean).powi(2)).sum::<f64>() / rows as f64;
        for t in 0..rows {
            y[t * channels + c] = weight[c] * (x[t * channels + c] - mean) / (variance + eps).sqrt() + bias[c];
        }
    }
    y
}

/// `(1 + g) (norm_weight x_hat + norm_bias) + b` with the style's g and b, `[channels]` each. `[rows, channels]`.
pub fn adain(x: &[f64], norm_weight: &[f64], norm_bias: &[f64], g: &[f64], b: &[f64], eps: f64) -> Vec<f64> {
    let mut y = instance_norm(x, norm_weight, norm_bias, eps);
    for (j, y) in y.iter_mut().enumerate() {
        let c = j % g.len();
        *y = (1.0 + g[c]) * *y + b[c];
    }
    y
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn normalised_over_time_then_styled() {
        let (x, weight, bias) = (pattern(3, 8), pattern(7, 2), pattern(2, 2));
        // F.instance_norm(p(3, 4, 2).T[None], None, None, p(7, 2), p(2, 2), eps=1e-2)[0].T.flatten()
        assert_close(
            &instance_norm(&x, &weight, &bias, 1e-2),
            &[0.1762092, -1.3204837, -2.2687209, -0.3425116, -0.2312791, -1.1574884, -2.6762092, -0.1795163],
        );
        // the same, x: ((1 + p(4, 2)) * x.view(4, 2) + p(5, 2)).flatten()
        assert_close(
            &adain(&x, &weight, &bias, &pattern(4, 2), &pattern(5, 2), 1e-2),
            &[-1.2940523, -0.9903628, -0.6828198, -0.2568837, -1.1921802, -0.8681163, -0.5809477, -0.1346372],
        );
    }

    #[test]
    fn a_single_row_is_its_own_mean() {
        assert_eq!(adain(&[7.0], &[2.0], &[3.0], &[1.0], &[10.0], 1e-5), [16.0]);
    }
}
