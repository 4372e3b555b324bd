//! Every kernel against its f64 oracle, one file an operator.
//!
//! Bounds are relative errors over the whole output. Where nothing is summed, 3e-7: five roundings of a float32 (each at
//! most 6e-8). Where `terms` products are summed in one accumulator, [`sum_bound`]; in a convolution, [`conv_bound`].

use std::process::Command;

use super::network::context;
use crate::ConvVariant;

mod attention;
mod combine;
mod conv1d;
mod conv_transpose1d;
mod duration;
mod embed;
mod layer_norm;
mod longest;
mod lstm;
mod math;
mod nan;
mod noise;
mod norm;
mod source;
mod spectrum;
mod winograd;

/// Bits of llvmpipe's registers: a subgroup is a thirty-second of them.
const VECTOR_WIDTH: &str = "LP_NATIVE_VECTOR_WIDTH";

/// The forms of the convolutions that this device runs; every case is for each of them. Where the vectors' width is
/// set, only what depends on it.
fn conv_variants() -> Vec<ConvVariant> {
    let Some(context) = context() else { return Vec::new() };
    let Ok(width) = std::env::var(VECTOR_WIDTH) else { return context.conv_variants() };
    assert_eq!(context.info().subgroup_min_size, width.parse::<u32>().unwrap() / 32, "invocations of a subgroup");
    vec![ConvVariant::Subgroup]
}

#[test]
fn convolutions_by_subgroups_of_four_and_sixteen() {
    let Some(context) = context() else { return };
    if !context.info().name.contains("llvmpipe") {
        return println!("skipped: {} has subgroups of one size", context.info().name);
    }
    // The driver reads it when it is loaded: a process each. What has no subgroups at all is left out.
    for width in ["128", "512"] {
        let this = std::env::current_exe().unwrap();
        let output = Command::new(this)
            .args(["kernels::conv1d::", "--skip", "real_layers"])
            .env(VECTOR_WIDTH, width)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let ran = output.status.success() && !text.contains(" 0 passed");
        assert!(ran, "vectors of {width} bits: {text}");
    }
}

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
