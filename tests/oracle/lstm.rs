use super::rows;

/// One direction's weights, gates in the order i, f, g, o: `w_ih` is `[4 hidden, input]`, `w_hh` `[4 hidden, hidden]`,
/// `b_ih` and `b_hh` `[4 hidden]` (both are added).
#[derive(Clone, Copy)]
pub struct Direction<'a> {
    pub w_ih: &'a [f64],
    pub w_hh: &'a [f64],
    pub b_ih: &'a [f64],
    pub b_hh: &'a [f64],
}

/// `c = sigmoid(f) c + sigmoid(i) tanh(g)`, `h = sigmoid(o) tanh(c)`, starting at zero, over the rows forwards and
/// backwards. `[rows, input]` -> `[rows, 2 hidden]`: forward, then reverse.
pub fn bilstm(x: &[f64], input: usize, hidden: usize, forward: Direction<'_>, reverse: Direction<'_>) -> Vec<f64> {
    let rows = rows(x, input);
    let mut y = vec![0.0; rows * 2 * hidden];
    for (direction, offset) in [(forward, 0), (reverse, hidden)] {
        let (mut h, mut c) = (vec![0.0; hidden], vec![0.0; hidden]);
        for step in 0..rows {
            let t = if offset == 0 { step } else { rows - 1 - step };
            let gates = gates(&x[t * input..][..input], &h, direction);
            for j in 0..hidden {
                let [i, f, g, o] = [0, 1, 2, 3].map(|gate| gates[gate * hidden + j]);
                c[j] = sigmoid(f) * c[j] + sigmoid(i) * g.tanh();
                h[j] = sigmoid(o) * c[j].tanh();
            }
            y[t * 2 * hidden + offset..][..hidden].copy_from_slice(&h);
        }
    }
    y
}

/// `w_ih x + b_ih + w_hh h + b_hh`, `[4 hidden]`.
fn gates(x: &[f64], h: &[f64], Direction { w_ih, w_hh, b_ih, b_hh }: Direction<'_>) -> Vec<f64> {
    assert_eq!(w_ih.len(), 4 * h.len() * x.len(), "w_ih [4 hidden, input]");
    assert_eq!(w_hh.len(), 4 * h.len() * h.len(), "w_hh [4 hidden, hidden]");
    let dot = |w: &[f64], x: &[f64]| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
    (0..4 * h.len()).map(|r| dot(&w_ih[r * x.len()..], x) + b_ih[r] + dot(&w_hh[r * h.len()..], h) + b_hh[r]).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn three_rows_both_ways() {
        // z = torch.zeros(2, 1, 2).double(); w = lambda *m: [p(m[0], 8, 3), p(m[1], 8, 2), p(m[2], 8), p(m[3], 8)]
        // both = w(7, 2, 4, 5) + w(5, 6, 8, 9)
        // torch.lstm(p(3, 3, 1, 3), (z, z), both, True, 1, 0.0, False, True, False)[0].flatten()
        let weights =
            |m: [usize; 4]| [(m[0], 24), (m[1], 16), (m[2], 8), (m[3], 8)].map(|(m, count)| pattern(m, count));
        let (forward, reverse) = (weights([7, 2, 4, 5]), weights([5, 6, 8, 9]));
        assert_close(
            &bilstm(&pattern(3, 9), 3, 2, borrowed(&forward), borrowed(&reverse)),
            &[
                0.1027582, 0.0455247, 0.1068432, -0.2372591, 0.1089896, 0.3472753, 0.003129, 0.2696496, 0.0179638,
                -0.039668, 0.0146978, -0.103557,
            ],
        );
    }

    fn borrowed([w_ih, w_hh, b_ih, b_hh]: &[Vec<f64>; 4]) -> Direction<'_> {
        Direction { w_ih, w_hh, b_ih, b_hh }
    }
}
