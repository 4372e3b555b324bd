use super::rows;

/// The shape of a convolution, transposed or not. `new` gives stride 1, no padding, no dilation, one group.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    pub cin: usize,
    pub cout: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    /// Only for [`conv1d`].
    pub dilation: usize,
    /// Only for the transposed convolution.
    pub output_padding: usize,
    pub groups: usize,
}

impl Conv {
    pub const fn new(cin: usize, cout: usize, kernel: usize) -> Self {
        Self { cin, cout, kernel, stride: 1, padding: 0, dilation: 1, output_padding: 0, groups: 1 }
    }
}

/// `y[t, o] = bias[o] + sum over i, k of w[o, i, k] x[t stride + k dilation - padding, i]`, x zero outside its rows.
/// `[rows, cin]` -> `[(rows + 2 padding - dilation (kernel - 1) - 1) / stride + 1, cout]`.
pub fn conv1d(x: &[f64], w: &[f64], bias: Option<&[f64]>, conv: Conv) -> Vec<f64> {
    let Conv { cin, cout, kernel, stride, padding, dilation, output_padding, groups } = conv;
    assert_eq!(output_padding, 0, "a plain convolution has no output padding");
    let (per_in, per_out) = (cin / groups, cout / groups);
    assert_eq!(w.len(), cout * per_in * kernel, "weight [{cout}, {per_in}, {kernel}]");
    let rows = rows(x, cin);
    let out_rows = (rows + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
    let mut y = vec![0.0; out_rows * cout];
    for t in 0..out_rows {
        for o in 0..cout {
            let mut sum = bias.map_or(0.0, |bias| bias[o]);
            for k in 0..kernel {
                let Some(row) = (t * stride + k * dilation).checked_sub(padding).filter(|&row| row < rows) else {
                    continue;
                };
                for i in 0..per_in {
                    sum += w[(o * per_in + i) * kernel + k] * x[row * cin + o / per_out * per_in + i];
                }
            }
            y[t * cout + o] = sum;
        }
    }
    y
}

/// `y[t, o] = bias[o] + sum over i of w[o, i] x[t, i]`. `[rows, cin]` -> `[rows, cout]`.
pub fn linear(x: &[f64], w: &[f64], bias: Option<&[f64]>, cin: usize, cout: usize) -> Vec<f64> {
    conv1d(x, w, bias, Conv::new(cin, cout, 1))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn dilated_and_padded() {
        // F.conv1d(p(3, 5, 2).T[None], p(7, 3, 2, 3), p(2, 3), padding=2, dilation=2)[0].T.flatten()
        let conv = Conv { padding: 2, dilation: 2, ..Conv::new(2, 3, 3) };
        assert_close(
            &conv1d(&pattern(3, 10), &pattern(7, 18), Some(&pattern(2, 3)), conv),
            &[
                -1.3125, 0.6875, -0.75, -2.0625, -3.0625, 0.75, -0.5, -1.5625, -1.25, 0.25, -0.0625, -1.0625, -0.6875,
                -1.9375, -0.4375,
            ],
        );
    }

    #[test]
    fn strided_in_groups() {
        // F.conv1d(p(3, 6, 4).T[None], p(7, 2, 2, 3), None, stride=2, padding=1, groups=2)[0].T.flatten()
        let conv = Conv { stride: 2, padding: 1, groups: 2, ..Conv::new(4, 2, 3) };
        assert_close(
            &conv1d(&pattern(3, 24), &pattern(7, 12), None, conv),
            &[-0.0625, -2.3125, 0.625, 2.0, 0.375, 2.3125],
        );
    }

    #[test]
    fn linear_is_a_matrix_product() {
        // F.linear(p(3, 2, 3), p(7, 2, 3), p(2, 2)).flatten()
        assert_close(
            &linear(&pattern(3, 6), &pattern(7, 6), Some(&pattern(2, 2)), 3, 2),
            &[-0.0625, -2.625, -2.875, 0.4375],
        );
    }
}
