//! One file an operator: its kernel, its scalars, its shape checks, and how it is recorded.

mod activate;
mod attention;
mod combine;
mod conv1d;
mod conv_transpose1d;
mod conv_variants;
mod duration;
mod embed;
mod layer_norm;
mod loop_turns;
mod lstm;
mod norm;
mod source;
mod spectrum;
mod winograd;

pub(crate) use activate::AffineLeaky;
pub(crate) use attention::attention;
pub(crate) use combine::{add, concat};
pub(crate) use conv_transpose1d::DepthwiseTranspose;
pub(crate) use conv_variants::{MOST_ROWS, form_of};
pub(crate) use conv1d::{Conv1d, Gemm, UpsamplingConv};
pub(crate) use duration::{Durations, duration};
pub(crate) use embed::{embed, expand};
pub(crate) use layer_norm::LayerNorm;
pub(crate) use loop_turns::{loop_turns, turns_of};
pub(crate) use lstm::{Lstm, MAX_HIDDEN};
pub(crate) use norm::{Film, InstanceNorm};
pub(crate) use source::{HARMONICS, Source, source};
pub(crate) use spectrum::{SPECTRUM, istft, stft};
pub(crate) use winograd::{FilteredConv, FilteredGemm};

use crate::gpu::Kernel;
use crate::graph::Groups;

/// Every kernel in every variant. The tests validate and translate each of them without a GPU.
pub(crate) static ALL: &[&Kernel] = &[
    &activate::AFFINE_ACT,
    &attention::ATTENTION,
    &combine::ADD,
    &combine::CONCAT,
    &conv_variants::REGISTERS.kernel,
    &conv_variants::REGISTERS_F16.kernel,
    &conv_variants::SHARED.kernel,
    &conv_variants::SHARED_F16.kernel,
    &conv_variants::SUBGROUP.kernel,
    &conv_variants::SUBGROUP_F16.kernel,
    &conv_variants::MATRIX.kernel,
    &conv_variants::MATRIX_F16.kernel,
    &conv_transpose1d::CONV_TRANSPOSE1D,
    &duration::DURATION,
    &embed::EMBED,
    &embed::EXPAND,
    &layer_norm::LAYER_NORM,
    &loop_turns::LOOP_TURNS,
    &lstm::LSTM,
    &lstm::LSTM_PAIR,
    &norm::INSTANCE_PARTIALS,
    &norm::INSTANCE_AFFINE,
    &source::SOURCE_PHASE,
    &source::SOURCE,
    &spectrum::STFT,
    &spectrum::ISTFT,
    &winograd::WINOGRAD_INPUT,
    &winograd::WINOGRAD_OUTPUT,
];

/// Whether a network has it: the self-check has one of its own.
pub(crate) fn in_network(kernel: &Kernel) -> bool {
    kernel.name != loop_turns::LOOP_TURNS.name
}

/// What this side repeats of a shader's constants: the kernel, the constants whose product it is, the value.
#[cfg(test)]
pub(crate) static CONSTANTS: &[(&Kernel, &[&str], u32)] = &[
    (&embed::EMBED, &["BATCH"], crate::batch::MAX_BATCH as u32), // lib/batch.wgsl, which is in all
    (&attention::ATTENTION, &["WG"], attention::WORKGROUP),
    (&conv_variants::REGISTERS.kernel, &["LANES_Y", "TM"], conv_variants::REGISTERS.rows),
    (&conv_variants::REGISTERS.kernel, &["LANES_X", "TN4"], conv_variants::REGISTERS.columns4),
    (&conv_variants::SHARED.kernel, &["LANES_Y", "TM"], conv_variants::SHARED.rows),
    (&conv_variants::SHARED.kernel, &["LANES_X", "TN4"], conv_variants::SHARED.columns4),
    (&conv_variants::SUBGROUP.kernel, &["TM", "BLOCKS"], conv_variants::SUBGROUP.rows),
    (&conv_variants::SUBGROUP.kernel, &["LANES", "TN4"], conv_variants::SUBGROUP.columns4),
    (&conv_variants::MATRIX.kernel, &["SIDE"], conv_variants::MATRIX.rows),
    (&conv_variants::MATRIX.kernel, &["SIDE"], 4 * conv_variants::MATRIX.columns4),
    (&lstm::LSTM, &["MAX_HIDDEN"], MAX_HIDDEN), // and LSTM_PAIR, the same file
    (&norm::INSTANCE_PARTIALS, &["BLOCK"], norm::BLOCK),
    (&norm::INSTANCE_AFFINE, &["BLOCK"], norm::BLOCK),
    (&source::SOURCE, &["HARMONICS"], HARMONICS),
    (&source::SOURCE, &["SPAN"], source::SPAN),
    (&spectrum::STFT, &["HOP"], spectrum::HOP),
    (&spectrum::STFT, &["BINS"], SPECTRUM / 2),
    (&spectrum::ISTFT, &["HOP"], spectrum::HOP),
    (&spectrum::ISTFT, &["BINS"], SPECTRUM / 2),
];

/// Every shader in every variant: its name, and the WGSL that the device compiles.
pub fn shaders() -> impl Iterator<Item = (&'static str, String)> {
    ALL.iter().map(|kernel| (kernel.name, kernel.wgsl()))
}

/// Workgroups of 64 invocations for `count` invocations, folded into two dimensions: one holds at most 65,535.
fn spread(count: u32) -> Groups {
    let groups = count.div_ceil(64);
    let x = groups.min(32_768);
    [x, groups.div_ceil(x.max(1)), 1]
}

/// A shader with the libraries it calls in front.
macro_rules! shader {
    ($($file:literal),+) => {
        concat!(include_str!("../../shaders/lib/batch.wgsl"), $(include_str!(concat!("../../shaders/", $file))),+)
    };
}
use shader;
