/// Per head, `softmax(q k^T / sqrt(head_dim)) v`, the softmax over keys; every token sees every token.
/// q, k, v and the result are `[tokens, heads head_dim]`, a head's channels adjacent.
pub fn attention(q: &[f64], k: &[f64], v: &[f64], heads: usize, head_dim: usize) -> Vec<f64> {
    assert!(q.len() == k.len() && k.len() == v.len(), "lengths differ");
    let tokens = super::rows(q, heads * head_dim);
    let mut y = vec![0.0; q.len()];
    let head_of = |token: usize, head: usize| (token * heads + head) * head_dim;
    for head in 0..heads {
        for token in 0..tokens {
            let query = &q[head_of(token, head)..][..head_dim];
            let score = |key: usize| {
                let key = &k[head_of(key, head)..][..head_dim];
                query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>() / (head_dim as f64).sqrt()
            };
            let scores: Vec<f64> = (0..tokens).map(score).collect();
            let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - max).exp()).collect();
            let total: f64 = weights.iter().sum();
            for d in 0..head_dim {
                let sum: f64 = (0..tokens).map(|key| weights[key] * v[head_of(key, head) + d]).sum();
                y[head_of(token, head) + d] = sum / total;
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
    fn two_heads_over_three_tokens() {
        // F.scaled_dot_product_attention(*(p(m, 3, 2, 2).transpose(0, 1) for m in (3, 7, 2))).transpose(0, 1).flatten()
        assert_close(
            &attention(&pattern(3, 12), &pattern(7, 12), &pattern(2, 12), 2, 2),
            &[
                -0.4378566, 0.0621434, -0.3553784, -0.1411432, -0.4146324, 0.0853676, -0.4118615, -0.1077507,
                -0.3916665, 0.1083335, 0.191608, -0.8898567,
            ],
        );
    }
}
