use std::f64::consts::TAU;

use super::rows;
use super::stft::{BINS, FFT, HOP, window};

/// The waveform of spectra given as log magnitudes and phases: bin = e^x[k] e^(i sin x[11 + k]), inverse transform
/// (without the imaginary parts of bins 0 and 10), window, overlap-add, division by the sum of the squared windows; 10
/// samples are trimmed at both ends. `[frames, 22]` -> `[5 (frames - 1)]`.
pub fn istft(x: &[f64]) -> Vec<f64> {
    let frames = rows(x, 2 * BINS);
    let padded = FFT + HOP * (frames - 1);
    let (mut sum, mut envelope) = (vec![0.0; padded], vec![0.0; padded]);
    for (t, row) in x.chunks(2 * BINS).enumerate() {
        for j in 0..FFT {
            sum[t * HOP + j] += window(j) * inverse(row, j);
            envelope[t * HOP + j] += window(j).powi(2);
        }
    }
    (FFT / 2..padded - FFT / 2).map(|n| sum[n] / envelope[n]).collect()
}

/// Sample j of the inverse transform of one row.
fn inverse(row: &[f64], j: usize) -> f64 {
    let term = |k: usize| {
        let (magnitude, phase) = (row[k].exp(), row[BINS + k].sin());
        let angle = TAU * (j * k % FFT) as f64 / FFT as f64;
        match k % (FFT / 2) {
            0 => magnitude * phase.cos() * angle.cos(),
            _ => 2.0 * magnitude * (phase + angle).cos(),
        }
    };
    (0..BINS).map(term).sum::<f64>() / FFT as f64
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn the_waveform_is_torchs() {
        // x = p(3, 4, 22).T
        // torch.istft(torch.polar(x[:11].exp(), x[11:].sin()), 20, 5, 20, torch.hann_window(20, dtype=torch.double))
        assert_close(
            &istft(&pattern(3, 88)),
            &[
                -0.0530097, 0.3766998, -0.1025066, 0.1755233, -0.2344358, -0.3164643, 0.3421969, -0.0843197, 0.1640274,
                -0.2291932, -0.3164643, 0.3506639, -0.0866551, 0.1869492, -0.1663119,
            ],
        );
    }

    #[test]
    fn the_windows_are_divided_out_as_squares() {
        // Bin 0 alone, at 20: every frame is 1 before its window. Four windows sum to 2, their squares to 3 / 2.
        let mut x = vec![f64::NEG_INFINITY; 11];
        x[0] = 20.0_f64.ln();
        x.extend([0.0; 11]);
        assert_close(&istft(&x.repeat(8))[10..25], &[4.0 / 3.0; 15]);
    }
}
