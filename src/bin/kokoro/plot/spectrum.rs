//! The spectrogram.

use std::f32::consts::{PI, TAU};

use super::Time;
use super::canvas::{Canvas, Colour};
use super::sound::Sound;

/// Seconds of a window: harmonics of a low voice stand apart, sounds of speech do too.
const WINDOW: f64 = 0.025;
/// From the loudest to black.
const DECIBELS: f32 = 80.0;
/// Windows that a column is the mean of, at most.
const MOST_WINDOWS: usize = 8;
/// Matplotlib's "magma" (public domain): equal steps look equal, in grey too.
const MAGMA: [Colour; 10] = [
    [0, 0, 4],
    [24, 15, 61],
    [68, 15, 118],
    [114, 31, 129],
    [158, 47, 127],
    [205, 64, 113],
    [241, 96, 93],
    [253, 150, 104],
    [254, 202, 141],
    [252, 253, 191],
];

/// Draws it at `[top, height]`, from 0 at the bottom to half the sample rate.
pub fn draw(canvas: &mut Canvas, sound: &Sound, time: Time, [top, height]: [i32; 2]) {
    let window = (WINDOW * f64::from(sound.rate)).round().max(2.0) as usize;
    // Twice as many points as needed: rows between two bins are interpolated.
    let fft = Fft::new((2 * window).next_power_of_two());
    let columns: Vec<Vec<f32>> =
        (time.left..time.right).map(|x| column(&fft, sound, time.seconds(x), window)).collect();
    let loudest = columns.iter().flatten().copied().fold(f32::MIN_POSITIVE, f32::max);
    for (x, powers) in (time.left..).zip(&columns) {
        for row in 0..height {
            let place = row as f32 / (height - 1) as f32 * (powers.len() - 1) as f32;
            let (below, share) = (place as usize, place.fract());
            let above = (below + 1).min(powers.len() - 1);
            let power = powers[below] * (1.0 - share) + powers[above] * share;
            let decibels = 10.0 * (power / loudest).max(1e-20).log10();
            canvas.set([x, top + height - 1 - row], colour(1.0 + decibels / DECIBELS));
        }
    }
}

/// Powers from 0 to half the sample rate, the mean of windows over a column's stretch.
fn column(fft: &Fft, sound: &Sound, [from, to]: [f64; 2], window: usize) -> Vec<f32> {
    let rate = f64::from(sound.rate);
    let count = (((to - from) / WINDOW * 2.0).ceil() as usize).clamp(1, MOST_WINDOWS);
    let mut powers = vec![0.0; fft.points / 2 + 1];
    for at in 0..count {
        let middle = from + (to - from) * (at as f64 + 0.5) / count as f64;
        let start = (middle * rate) as i64 - window as i64 / 2;
        let hann = |at: usize| 0.5 - 0.5 * (TAU * at as f32 / window as f32).cos();
        let samples: Vec<f32> = (0..window).map(|at| sound.at(start + at as i64) * hann(at)).collect();
        for (sum, power) in powers.iter_mut().zip(fft.powers(&samples)) {
            *sum += power / count as f32;
        }
    }
    powers
}

/// From black at 0 to yellow at 1.
fn colour(share: f32) -> Colour {
    let place = share.clamp(0.0, 1.0) * (MAGMA.len() - 1) as f32;
    let below = (place as usize).min(MAGMA.len() - 2);
    let share = place - below as f32;
    std::array::from_fn(|at| {
        let [from, to] = [MAGMA[below][at], MAGMA[below + 1][at]].map(f32::from);
        (from + (to - from) * share).round() as u8
    })
}

/// A discrete Fourier transform of a power of two.
struct Fft {
    points: usize,
    /// exp(-2 pi i k / points) for k below half of them.
    turns: Vec<[f32; 2]>,
}

impl Fft {
    fn new(points: usize) -> Self {
        let angle = |k: usize| -2.0 * PI * k as f32 / points as f32;
        Self { points, turns: (0..points / 2).map(|k| [angle(k).cos(), angle(k).sin()]).collect() }
    }

    /// |X|^2 of the lower half, of samples followed by zeros.
    fn powers(&self, samples: &[f32]) -> Vec<f32> {
        let bits = self.points.trailing_zeros();
        let reversed = |at: usize| at.reverse_bits() >> (usize::BITS - bits);
        let sample = |at: usize| [samples.get(reversed(at)).copied().unwrap_or_default(), 0.0];
        let mut values: Vec<[f32; 2]> = (0..self.points).map(sample).collect();
        let mut half = 1;
        while half < self.points {
            for block in values.chunks_exact_mut(2 * half) {
                let (first, second) = block.split_at_mut(half);
                for (at, (a, b)) in first.iter_mut().zip(second).enumerate() {
                    let [cos, sin] = self.turns[at * self.points / (2 * half)];
                    let turned = [b[0] * cos - b[1] * sin, b[0] * sin + b[1] * cos];
                    *b = [a[0] - turned[0], a[1] - turned[1]];
                    *a = [a[0] + turned[0], a[1] + turned[1]];
                }
            }
            half *= 2;
        }
        values[..=self.points / 2].iter().map(|[re, im]| re * re + im * im).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_the_sum_that_defines_it() {
        let samples: Vec<f32> = (0..50).map(|at| ((at * at) as f32 * 0.37).sin()).collect();
        let powers = Fft::new(64).powers(&samples);
        assert_eq!(powers.len(), 33);
        for (k, power) in powers.iter().enumerate() {
            let angle = |at: usize| -2.0 * std::f64::consts::PI * (k * at) as f64 / 64.0;
            let sum = |part: fn(f64) -> f64| -> f64 {
                samples.iter().enumerate().map(|(at, x)| f64::from(*x) * part(angle(at))).sum()
            };
            let expected = sum(f64::cos).powi(2) + sum(f64::sin).powi(2);
            assert!(
                (f64::from(*power) - expected).abs() < 1e-3 * (1.0 + expected),
                "{k}: {power}, expected {expected}"
            );
        }
    }

    #[test]
    fn colours_go_from_black_to_yellow() {
        assert_eq!([colour(-1.0), colour(0.0), colour(1.0), colour(2.0)], [MAGMA[0], MAGMA[0], MAGMA[9], MAGMA[9]]);
        let brightness = |share: f32| colour(share).iter().map(|part| u32::from(*part)).sum::<u32>();
        assert!((0..100).all(|at| brightness(at as f32 / 100.0) <= brightness((at + 1) as f32 / 100.0)));
    }
}
