/// The parts' channels side by side. Parts are `([rows, channels], channels)`; a part of one row (a style vector)
/// stands in every row. `[rows, sum of channels]`.
pub fn concat(parts: &[(&[f64], usize)]) -> Vec<f64> {
    let rows = parts.iter().map(|&(x, channels)| super::rows(x, channels)).max().unwrap_or(0);
    let mut y = Vec::new();
    for t in 0..rows {
        for &(x, channels) in parts {
            let t = if x.len() == channels { 0 } else { t };
            y.extend(&x[t * channels..][..channels]);
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_side_by_side() {
        let parts: [(&[f64], usize); 3] = [(&[1.0, 2.0, 3.0, 4.0], 2), (&[5.0, 6.0], 1), (&[7.0, 8.0], 2)];
        assert_eq!(concat(&parts), [1.0, 2.0, 5.0, 7.0, 8.0, 3.0, 4.0, 6.0, 7.0, 8.0]);
    }
}
