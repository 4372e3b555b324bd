/// The channels of the inputs one after another. An input is `([rows, channels], channels)`; one of a single row (a
/// style vector) is repeated in every row. `[rows, sum of channels]`.
pub fn concat(inputs: &[(&[f64], usize)]) -> Vec<f64> {
    let rows = inputs.iter().map(|&(x, channels)| super::rows(x, channels)).max().unwrap_or(0);
    let mut y = Vec::new();
    for t in 0..rows {
        for &(x, channels) in inputs {
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
    fn channels_one_after_another() {
        let inputs: [(&[f64], usize); 3] = [(&[1.0, 2.0, 3.0, 4.0], 2), (&[5.0, 6.0], 1), (&[7.0, 8.0], 2)];
        assert_eq!(concat(&inputs), [1.0, 2.0, 5.0, 7.0, 8.0, 3.0, 4.0, 6.0, 7.0, 8.0]);
    }
}
