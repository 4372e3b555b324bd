//! Every kernel against its f64 oracle, one file per operator.
//!
//! Bounds are relative errors over the whole output. For elementwise operators 3e-7: five roundings of a float32, each
//! at most 6e-8. For sums of products in one accumulator [`sum_bound`], for convolutions [`conv_bound`].

use std::process::Command;

use super::network::context;
use crate::{ConvVariant, Precision};

mod add;
mod attention;
mod concat;
mod conv1d;
mod conv_transpose1d;
mod duration;
mod embed;
mod expand;
mod instance_norm;
mod istft;
mod layer_norm;
mod longest;
mod lstm;
mod math;
mod nan;
mod noise;
mod source;
mod stft;
mod winograd;
mod workgroup_memory;

/// The environment variable for the width of llvmpipe's vectors in bits. A subgroup has a 32nd of that.
const VECTOR_WIDTH: &str = "LP_NATIVE_VECTOR_WIDTH";

/// The variants of the convolution that this device runs, with each of which every case is tested. If the width of the
/// vectors is set, only those that depend on it.
fn conv_variants() -> Vec<ConvVariant> {
    let Some(context) = context() else { return Vec::new() };
    let Ok(width) = std::env::var(VECTOR_WIDTH) else { return context.conv_variants() };
    assert_eq!(context.info().subgroup_min_size, width.parse::<u32>().unwrap() / 32, "invocations of a subgroup");
    vec![ConvVariant::Subgroup, ConvVariant::Texture]
}

/// The variants that this device runs with weights in this precision, without those that compute as another one then.
fn conv_variants_of(precision: Precision) -> impl Iterator<Item = ConvVariant> {
    conv_variants().into_iter().filter(move |variant| precision == Precision::F16 || !variant.is_half_precision())
}

/// Those of the variants that this device runs whose other kernels differ: one that reads buffers alone, and the one that reads
/// textures.
fn one_variant_per_twin() -> Vec<ConvVariant> {
    let all = conv_variants().into_iter();
    all.filter(|variant| [ConvVariant::Registers, ConvVariant::Texture].contains(variant)).collect()
}

#[test]
fn broadcasts_in_subgroups_of_four_and_sixteen() {
    let Some(context) = context() else { return };
    if !context.info().name.contains("llvmpipe") {
        return println!("skipped: the subgroup size of {} cannot be changed", context.info().name);
    }
    // The driver reads the variable when it is loaded, so each width needs its own process.
    for width in ["128", "512"] {
        let this = std::env::current_exe().unwrap();
        let output = Command::new(this)
            .args(["kernels::conv1d::", "kernels::lstm::", "--skip", "real_layers"])
            .env(VECTOR_WIDTH, width)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let ran = output.status.success() && !text.contains(" 0 passed");
        assert!(ran, "vectors of {width} bits: {text}");
    }
}

/// The relative error of a random sum of `terms` in one float32. Each partial sum is rounded once, and they grow with
/// the root of their number, so about 1.7e-8 sqrt(terms) is expected. The bound is twice that, plus a few more
/// roundings.
fn sum_bound(terms: usize) -> f64 {
    2e-7 + 3.4e-8 * (terms as f64).sqrt()
}

/// The relative error of a value that is rounded to float16: 2^-11 / sqrt(3) of the power of two below it, of which it is 1.4 times as
/// large on average, so 2e-4. The bound is half as much again.
const HALF_INPUT_BOUND: f64 = 3e-4;
/// The relative error of sums of 16 products in float16, added in float32: the partial sums have 8.5 times that variance.
const HALF_SUM_BOUND: f64 = 9e-4;

/// The relative error of a convolution, which sums blocks of 64 channels, then the blocks of all taps.
fn conv_bound(channels: usize, taps: usize) -> f64 {
    let blocks = taps * channels.div_ceil(64);
    sum_bound(channels.min(64)) + 3.4e-8 * (blocks as f64).sqrt()
}
