//! Reference implementations of every kernel: plain f64 loops that share no code with the crate.
//!
//! Activations are `[rows, channels]`, row-major and without padding: time is the row, channels come last.
//! Weights have PyTorch's layout: Linear `[out, in]`, Conv1d `[out, in / groups, k]`, ConvTranspose1d
//! `[in, out / groups, k]`. The number of rows follows from the length of the slice.
//!
//! The expected values of the self-tests come from PyTorch in f64, each from the line in the comment above it, after
//! `import numpy as np, torch, torch.nn.functional as F, seeded` (the reference's definition of the noise) and
//! `p = lambda m, *shape: (torch.arange(torch.Size(shape).numel()).double() * m % 11 - 5).view(shape) / 4`
//! (here: `pattern`). PyTorch has channels before time, hence the `.T`s.

pub mod activations;
pub mod adain;
pub mod attention;
pub mod concat;
pub mod conv1d;
pub mod conv_transpose1d;
pub mod durations;
pub mod embed;
pub mod istft;
pub mod layer_norm;
pub mod lstm;
pub mod noise;
pub mod resample;
pub mod source;
pub mod stft;

/// `||got - want|| / ||want||`. A NaN anywhere gives NaN, which fails every comparison with a bound.
pub fn relative_error(got: &[f32], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len(), "lengths differ");
    let (mut difference, mut norm) = (0.0, 0.0);
    for (&got, &want) in got.iter().zip(want) {
        difference += (f64::from(got) - want).powi(2);
        norm += want * want;
    }
    // An all-zero reference has no scale, so the error is absolute then.
    if norm == 0.0 { difference.sqrt() } else { (difference / norm).sqrt() }
}

/// A kernel's f32 input as the f64 input of an oracle.
pub fn widen(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// SplitMix64: the same numbers from the same seed, everywhere.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// Uniform in [-1, 1), a multiple of 2^-23.
    pub fn uniform(&mut self) -> f32 {
        ((self.next_u64() >> 40) as i32 - (1 << 23)) as f32 / (1 << 23) as f32
    }

    /// `count` of [`Rng::uniform`].
    pub fn uniforms(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.uniform()).collect()
    }
}

/// The number of rows of `channels` values in `x`.
fn rows(x: &[f64], channels: usize) -> usize {
    assert_eq!(x.len() % channels, 0, "{} values are not rows of {channels}", x.len());
    x.len() / channels
}

/// Inputs that are one line in both languages: element i is `((i m) mod 11 - 5) / 4`.
#[cfg(test)]
fn pattern(m: usize, count: usize) -> Vec<f64> {
    (0..count).map(|i| ((i * m % 11) as f64 - 5.0) / 4.0).collect()
}

#[cfg(test)]
#[track_caller]
fn assert_close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "lengths differ: {got:?}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        // The expected values have seven decimals.
        assert!((got - want).abs() <= 1e-7, "at {i}: {got} instead of {want}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_error_is_scale_free_and_never_hides_a_nan() {
        assert_eq!(relative_error(&[3.0, 5.0], &[3.0, 4.0]), 0.2);
        assert_eq!(relative_error(&[300.0, 500.0], &[300.0, 400.0]), 0.2);
        assert_eq!(relative_error(&[0.0, 2.0], &[0.0, 0.0]), 2.0);
        assert!(relative_error(&[f32::NAN, 4.0], &[3.0, 4.0]).is_nan());
    }

    #[test]
    fn the_generator_is_splitmix64() {
        // The first two outputs for the seed 1234567 that implementations of SplitMix64 commonly test.
        let mut rng = Rng::new(1_234_567);
        assert_eq!([rng.next_u64(), rng.next_u64()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
        let x = widen(&Rng::new(1).uniforms(10_000));
        assert!(x.iter().all(|x| (-1.0..1.0).contains(x)));
        // Five standard errors of the mean.
        assert!((x.iter().sum::<f64>() / 1e4).abs() < 0.03);
    }
}
