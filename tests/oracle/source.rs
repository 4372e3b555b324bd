use std::f64::consts::TAU;

use super::noise::gaussian;

/// `0.1 sin(2 pi phase)` of harmonics 1 to 9, phase = 300 (C[i] + fraction r[i + 1]) turns at position i + fraction =
/// (n + 0.5) / 300 - 0.5, clamped to the frames' centres; r = turns per sample, wrapped to [0, 1) before the
/// interpolation sees it, C its running sum. f0 `[2 frames]` in Hz -> `[600 frames, 9]` at 24 kHz.
pub fn sines(f0: &[f64]) -> Vec<f64> {
    let samples = 300 * f0.len();
    let mut y = vec![0.0; samples * 9];
    for h in 0..9 {
        let turns: Vec<f64> = f0.iter().map(|f0| fract(f0 * (h + 1) as f64 / 24_000.0)).collect();
        let mut total = 0.0;
        let mut sums = Vec::with_capacity(f0.len());
        for turns in &turns {
            // Whole turns can be dropped at once, since 300 times a whole turn is a whole turn.
            total = fract(total + turns);
            sums.push(total);
        }
        for n in 0..samples {
            let position = ((n as f64 + 0.5) / 300.0 - 0.5).clamp(0.0, (f0.len() - 1) as f64);
            let i = position as usize;
            let next = turns.get(i + 1).copied().unwrap_or(0.0);
            let phase = 300.0 * (sums[i] + (position - i as f64) * next);
            y[n * 9 + h] = 0.1 * (TAU * fract(phase)).sin();
        }
    }
    y
}

/// `tanh(bias + sum over h of weight[h] (voiced sine[h] + amplitude noise[h]))`: voiced is 1 where f0 > 10, else 0;
/// the amplitude is 0.003 there, else 0.1 / 3. f0 `[2 frames]` -> `[600 frames]`.
pub fn source(f0: &[f64], weight: &[f64], bias: f64, noise_seed: u32) -> Vec<f64> {
    assert_eq!(weight.len(), 9, "one weight per harmonic");
    let sample = |(n, sines): (usize, &[f64])| {
        let (voiced, amplitude) = if f0[n / 300] > 10.0 { (1.0, 0.003) } else { (0.0, 0.1 / 3.0) };
        let wave = |h: usize| voiced * sines[h] + amplitude * gaussian(n as u32, h as u32, noise_seed);
        (bias + (0..9).map(|h| weight[h] * wave(h)).sum::<f64>()).tanh()
    };
    sines(f0).chunks(9).enumerate().map(sample).collect()
}

/// `+-round(2^32 |f0| harmonic / 24000)` modulo 2^32, for the float's exact value: turns per sample, 2^32 to a turn.
/// |f0| below 2^60 Hz.
pub fn turns(f0: f32, harmonic: u32) -> u32 {
    let bits = f0.abs().to_bits();
    // f0 = mantissa 2^power; a subnormal has no hidden bit.
    let (mantissa, power) = match bits >> 23 {
        0 => (bits, -149),
        exponent => ((bits & 0x7f_ffff) | 0x80_0000, exponent as i32 - 150),
    };
    // Below 2^-100 Hz the result is zero, and would not fit the fraction below.
    if power < -90 {
        return 0;
    }
    let (up, down) = ((power + 32).max(0), (-power - 32).max(0));
    let (numerator, denominator) = ((u128::from(mantissa) * u128::from(harmonic)) << up, 24_000_u128 << down);
    let turns = ((2 * numerator + denominator) / (2 * denominator)) as u32;
    if f0 < 0.0 { turns.wrapping_neg() } else { turns }
}

/// x - floor(x), in [0, 1) for negative x too.
fn fract(x: f64) -> f64 {
    x - x.floor()
}

#[cfg(test)]
mod tests {
    use super::super::{assert_close, pattern};
    use super::*;

    // Voiced, a jump, silence, a negative F0 (whose rate wraps to just below one turn), voiced.
    const F0: [f64; 5] = [100.0, 220.5, 3.0, -7.25, 441.0];
    // Before the first centre, around it, between frames, across the wrap, after the last centre.
    const SAMPLES: [usize; 8] = [0, 149, 150, 451, 700, 1000, 1201, 1499];

    #[test]
    fn sines_and_source_are_the_published_ones() {
        // f0 = torch.tensor([100, 220.5, 3, -7.25, 441]).double().repeat_interleave(300)
        // r = f0 * torch.arange(1, 10)[:, None] / 24000 % 1
        // c = F.interpolate(r[None], scale_factor=1 / 300, mode="linear").cumsum(-1) * 2 * torch.pi
        // s = F.interpolate(c * 300, scale_factor=300, mode="linear")[0].T.sin() / 10
        // n = [0, 149, 150, 451, 700, 1000, 1201, 1499]
        // s[n][:, 0], s[n][:, 8]
        let waves = sines(&F0);
        assert_eq!(waves.len(), 1500 * 9);
        assert_close(
            &SAMPLES.map(|n| waves[n * 9]),
            &[0.1, 0.1, 0.0999583, 0.0040437, 0.0233827, 0.0199229, -0.0996634, 0.0214309],
        );
        assert_close(
            &SAMPLES.map(|n| waves[n * 9 + 8]),
            &[0.1, 0.1, 0.0966449, 0.0356045, 0.0850788, 0.0972667, -0.0739367, 0.0931215],
        );

        // v = (f0 > 10).double()[:, None]
        // g = torch.tensor(seeded.gaussian(np.arange(1500)[:, None], np.arange(9), 7))
        // wave = v * s + (v * 0.003 + (1 - v) * 0.1 / 3) * g
        // F.linear(wave, p(7, 1, 9), torch.tensor([0.25]).double()).tanh()[n].flatten()
        let got = source(&F0, &pattern(7, 9), 0.25, 7);
        assert_close(
            &SAMPLES.map(|n| got[n]),
            &[-0.0004082, 0.0076845, 0.025758, 0.2386219, 0.4209895, 0.2680551, 0.3857332, 0.1803721],
        );
    }

    #[test]
    fn a_quarter_turn_is_the_amplitude() {
        // 20 Hz is a quarter turn in one frame of 300 samples; before the first centre the phase is that of the centre.
        assert_close(&[sines(&[20.0])[0], sines(&[20.0, 20.0])[599 * 9]], &[0.1, 0.0]);
    }

    #[test]
    fn turns_are_counted_exactly() {
        // [round(fractions.Fraction(float(np.float32(f0))) * h * 2**32 / 24000) % 2**32 for f0, h in cases]
        let cases = [(24_000.0, 1), (-6000.0, 1), (10.0, 3), (220.5, 9), (-7.25, 2), (1e-5, 1), (1e9, 7), (1e-40, 9)];
        let got = cases.map(|(f0, harmonic)| turns(f0, harmonic));
        assert_eq!(got, [0, 3_221_225_472, 5_368_709, 355_140_108, 4_292_372_420, 2, 2_863_311_531, 0]);
    }
}
