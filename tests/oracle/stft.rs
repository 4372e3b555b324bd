use std::f64::consts::{PI, TAU};

pub const FFT: usize = 20;
pub const HOP: usize = 5;
pub const BINS: usize = FFT / 2 + 1;

/// The periodic Hann window.
pub fn window(j: usize) -> f64 {
    0.5 - 0.5 * (TAU * j as f64 / FFT as f64).cos()
}

/// Row t: magnitudes, then angles of the 11 bins of `window x` about sample 5 t, x reflected at both ends.
/// `[samples]` -> `[samples / 5 + 1, 22]`, samples at least 11. Values that are real by symmetry (bins 0 and
/// 10, frame 0) have the angle 0 or +pi, regardless of rounding.
pub fn stft(x: &[f64]) -> Vec<f64> {
    let mut y = Vec::new();
    for t in 0..=x.len() / HOP {
        let segment: Vec<f64> = (0..FFT).map(|j| window(j) * x[reflect(t * HOP + j, x.len())]).collect();
        let bins: Vec<(f64, f64)> = (0..BINS).map(|k| bin(&segment, k, t == 0 || k % (FFT / 2) == 0)).collect();
        y.extend(bins.iter().map(|(re, im)| re.hypot(*im)));
        y.extend(bins.iter().map(|&(re, im)| match im {
            0.0 if re < 0.0 => PI,
            _ => im.atan2(re),
        }));
    }
    y
}

/// `sum over j of segment[j] e^(-2 pi i j k / 20)` as (re, im); with im = 0 if the sum is known to be real.
fn bin(segment: &[f64], k: usize, real: bool) -> (f64, f64) {
    let (mut re, mut im) = (0.0, 0.0);
    for (j, x) in segment.iter().enumerate() {
        let angle = TAU * (j * k % FFT) as f64 / FFT as f64;
        re += x * angle.cos();
        im -= x * angle.sin();
    }
    (re, if real { 0.0 } else { im })
}

/// The sample at an index of the signal padded by 10 at both ends.
fn reflect(padded: usize, samples: usize) -> usize {
    let place = padded.abs_diff(FFT / 2);
    if place < samples { place } else { 2 * (samples - 1) - place }
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    #[test]
    fn magnitudes_and_angles_are_torchs() {
        // s = torch.stft(p(3, 30), 20, 5, 20, torch.hann_window(20, dtype=torch.double), return_complex=True)
        // s[:, [0, 2, 6]].abs().T.flatten()
        let got = stft(&pattern(3, 30));
        assert_eq!(got.len(), 7 * 22);
        let rows = |offset: usize| {
            [0, 2, 6].into_iter().flat_map(|t| &got[t * 22 + offset..][..11]).copied().collect::<Vec<_>>()
        };
        assert_close(
            &rows(0),
            &[
                1.0269831, 1.5768814, 1.5640983, 1.6889167, 4.0506067, 3.5, 0.4551152, 1.4979337, 0.8140983, 0.9821356,
                2.7820339, 0.0625, 0.8630347, 1.4752384, 1.7979723, 0.8930694, 3.5087653, 4.0160804, 1.7589965,
                1.7540703, 2.3550391, 0.6875, 0.9644831, 1.5714181, 1.5389919, 1.627601, 3.9948865, 3.5668833,
                0.7611654, 1.438468, 0.8158463, 1.088471, 2.7804661,
            ],
        );
        // s[:, [0, 2, 6]].angle().T.flatten(), the real ones' sign dropped
        assert_close(
            &rows(11),
            &[
                PI, 0.0, PI, 0.0, PI, 0.0, 0.0, PI, 0.0, 0.0, PI, PI, -1.0139166, 2.1846725, -0.5452129, 2.1732157,
                -2.9397027, 0.1903441, -2.634093, 1.0650376, -1.9032724, 0.0, 0.0, -2.7190848, 0.5150949, -2.0682123,
                1.3865057, -1.7647555, -0.4777713, 2.0508813, -0.6269305, 0.2221784, PI,
            ],
        );
    }

    #[test]
    fn a_cosine_has_one_line() {
        // Of period 5, amplitude 1: bin 4 holds half the window's sum, 10 / 2; its neighbours half of that, opposite.
        let x: Vec<f64> = (0..40).map(|n| (TAU * n as f64 / 5.0).cos()).collect();
        let frame = &stft(&x)[4 * 22..5 * 22];
        assert_close(&frame[3..6], &[2.5, 5.0, 2.5]);
        // Frames start ten samples, two periods, before their centre.
        assert_close(&[frame[15], frame[14].abs(), frame[16].abs()], &[0.0, PI, PI]);
    }

    #[test]
    fn negative_real_bins_are_plus_pi() {
        let frame = &stft(&[-1.0; 20])[..22];
        assert_close(&frame[..2], &[10.0, 5.0]);
        assert_eq!([frame[11], frame[12]], [PI, 0.0]);
        assert!(stft(&[0.0; 20]).iter().all(|&x| x == 0.0 && x.is_sign_positive()));
    }
}
