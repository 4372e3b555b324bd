use super::conv1d::Conv;
use super::rows;

/// Every x[t, i] adds `w[i, o, k] x[t, i]` to y[t stride + k - padding, o], which starts as the bias.
/// `[rows, cin]` -> `[(rows - 1) stride - 2 padding + kernel + output_padding, cout]`.
pub fn conv_transpose1d(x: &[f64], w: &[f64], bias: Option<&[f64]>, conv: Conv) -> Vec<f64> {
    let Conv { cin, cout, kernel, stride, padding, dilation, output_padding, groups } = conv;
    assert_eq!(dilation, 1, "the network has no dilated transposed convolution");
    let (per_in, per_out) = (cin / groups, cout / groups);
    assert_eq!(w.len(), cin * per_out * kernel, "weight [{cin}, {per_out}, {kernel}]");
    let rows = rows(x, cin);
    let out_rows = (rows - 1) * stride + kernel + output_padding - 2 * padding;
    let mut y: Vec<f64> = (0..out_rows * cout).map(|j| bias.map_or(0.0, |bias| bias[j % cout])).collect();
    for t in 0..rows {
        for k in 0..kernel {
            let Some(row) = (t * stride + k).checked_sub(padding).filter(|&row| row < out_rows) else {
                continue;
            };
            for i in 0..cin {
                for o in 0..per_out {
                    y[row * cout + i / per_in * per_out + o] += w[(i * per_out + o) * kernel + k] * x[t * cin + i];
                }
            }
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn strided_and_padded() {
        // F.conv_transpose1d(p(3, 3, 2).T[None], p(7, 2, 2, 5), p(2, 2), stride=3, padding=1)[0].T.flatten()
        let conv = Conv { stride: 3, padding: 1, ..Conv::new(2, 2, 5) };
        assert_close(
            &conv_transpose1d(&pattern(3, 6), &pattern(7, 20), Some(&pattern(2, 2)), conv),
            &[
                -1.25, -1.625, -0.875, -1.25, -3.125, 0.5625, -3.3125, -1.6875, -0.875, 0.25, -0.125, -0.3125, -0.125,
                -2.375, -0.875, -1.0, -2.375, 0.25,
            ],
        );
    }

    #[test]
    fn depthwise_with_output_padding() {
        // F.conv_transpose1d(p(3, 3, 2).T[None], p(7, 2, 1, 3), p(2, 2), 2, 1, 1, 2)[0].T.flatten()
        let conv = Conv { stride: 2, padding: 1, output_padding: 1, groups: 2, ..Conv::new(2, 2, 3) };
        assert_close(
            &conv_transpose1d(&pattern(3, 6), &pattern(7, 6), Some(&pattern(2, 2)), conv),
            &[-1.875, -0.875, -0.9375, 0.875, -1.125, -0.5, -0.125, -1.8125, -1.75, -0.8125, -0.75, -0.5625],
        );
    }

    #[test]
    fn groups_of_several_channels() {
        // F.conv_transpose1d(p(3, 2, 4).T[None], p(7, 4, 2, 2), None, 2, 0, 0, 2)[0].T.flatten()
        let conv = Conv { stride: 2, groups: 2, ..Conv::new(4, 4, 2) };
        assert_close(
            &conv_transpose1d(&pattern(3, 8), &pattern(7, 16), None, conv),
            &[
                1.4375, 0.125, 0.25, 1.1875, -0.25, -1.5625, -0.3125, -0.0625, 1.1875, 0.25, 0.125, 1.4375, -0.3125,
                -1.25, -0.25, -0.3125,
            ],
        );
    }
}
