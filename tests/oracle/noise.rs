//! The seeded noise: Box-Muller on two words of the pcg4d hash (Jarzynski and Olano 2020) of (sample, harmonic, seed).

use std::f64::consts::TAU;

/// The hash's four words; all sums and products wrap.
pub fn pcg4d(words: [u32; 4]) -> [u32; 4] {
    let scrambled = words.map(|v| v.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    mix(mix(scrambled).map(|v| v ^ (v >> 16)))
}

fn mix([mut x, mut y, mut z, mut w]: [u32; 4]) -> [u32; 4] {
    x = x.wrapping_add(y.wrapping_mul(w));
    y = y.wrapping_add(z.wrapping_mul(x));
    z = z.wrapping_add(x.wrapping_mul(y));
    w = w.wrapping_add(y.wrapping_mul(z));
    [x, y, z, w]
}

/// The words behind [`gaussian`]: the first two of `pcg4d(sample, harmonic, seed, stream 0)`.
pub fn noise_words(sample: u32, harmonic: u32, seed: u32) -> [u32; 2] {
    let [x, y, _, _] = pcg4d([sample, harmonic, seed, 0]);
    [x, y]
}

/// Standard normal: `sqrt(-2 ln u1) cos(2 pi u2)`, u1 in (0, 1], u2 in [0, 1) the words' upper 24 bits. Harmonic 0 is
/// the fundamental.
pub fn gaussian(sample: u32, harmonic: u32, seed: u32) -> f64 {
    let [x, y] = noise_words(sample, harmonic, seed).map(|word| f64::from(word >> 8));
    let (u1, u2) = ((x + 1.0) / 16_777_216.0, y / 16_777_216.0);
    (-2.0 * u1.ln()).sqrt() * (TAU * u2).cos()
}

#[cfg(test)]
mod tests {
    use super::super::assert_close;
    use super::*;

    const CASES: [[u32; 3]; 4] = [[0, 0, 0], [1, 2, 3], [287_999, 8, 7], [u32::MAX, 4, 0x8000_0001]];

    #[test]
    fn the_words_and_normals_are_the_references() {
        // cases = (0, 0, 0), (1, 2, 3), (287999, 8, 7), (2**32 - 1, 4, 2**31 + 1)
        // [[int(v) for v in seeded.pcg4d(*case, 0)] for case in cases]
        let words = [
            [251852841, 760645481, 850445371, 3542436074],
            [2485213663, 503050965, 3835551870, 3120682894],
            [1721347742, 3097213533, 1562526138, 2573141836],
            [2321715598, 302479883, 860516933, 905123233],
        ];
        assert_eq!(CASES.map(|[sample, harmonic, seed]| pcg4d([sample, harmonic, seed, 0])), words);
        for ([sample, harmonic, seed], [x, y, _, _]) in CASES.into_iter().zip(words) {
            assert_eq!(noise_words(sample, harmonic, seed), [x, y]);
        }
        // [float(seeded.gaussian(*case)) for case in cases]
        assert_close(
            &CASES.map(|[sample, harmonic, seed]| gaussian(sample, harmonic, seed)),
            &[1.0531741, 0.7753272, -0.2439871, 1.0023445],
        );
    }
}
