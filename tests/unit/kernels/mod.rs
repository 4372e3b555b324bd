//! Every kernel against its f64 oracle, one file an operator.
//!
//! Bounds are relative errors over the whole output. Where nothing is summed, 3e-7: five roundings of a float32 (each at
//! most 6e-8). Where `terms` products are summed in one accumulator, [`sum_bound`]; in a convolution, [`conv_bound`].

mod attention;
mod combine;
mod conv1d;
mod conv_transpose1d;
mod duration;
mod embed;
mod layer_norm;
mod lstm;
mod math;
mod noise;
mod norm;
mod source;
mod spectrum;
mod winograd;

/// The rounding of a random sum of `terms` in one float32: each partial sum is rounded once, and they grow as the root
/// of their number, so the relative error does too: 1.7e-8 sqrt(terms) expected. Twice that, and a few roundings beside.
fn sum_bound(terms: usize) -> f64 {
    2e-7 + 3.4e-8 * (terms as f64).sqrt()
}

/// A convolution sums blocks of 64 channels, and then the blocks of all taps.
fn conv_bound(channels: usize, taps: usize) -> f64 {
    let blocks = taps * channels.div_ceil(64);
    sum_bound(channels.min(64)) + 3.4e-8 * (blocks as f64).sqrt()
}
