//! The operators, one file each: kernel, uniform parameters, shape checks, and recording into a graph.

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
mod loop_iterations;
mod lstm;
mod source;
mod stft;
mod twins;

pub(crate) use add::add;
pub(crate) use attention::attention;
pub(crate) use concat::concat;
pub(crate) use conv_transpose1d::DepthwiseTranspose;
pub(crate) use conv1d::{
    Conv1d, ConvLayout, ConvWeight, MAX_ROWS, UpsamplingConv, UpsamplingLayout, WinogradConv, WinogradLayout,
    WinogradWeight,
};
pub(crate) use duration::{Durations, duration};
pub(crate) use embed::embed;
pub(crate) use expand::expand;
pub(crate) use instance_norm::{InstanceNorm, ModulationOffset};
pub(crate) use istft::istft;
pub(crate) use layer_norm::LayerNorm;
pub(crate) use loop_iterations::{iterations_of, loop_iterations};
pub(crate) use lstm::{Lstm, MAX_HIDDEN};
pub(crate) use source::{HARMONICS, SourceLinear, source};
pub(crate) use stft::{SPECTRUM, stft};

use self::twins::Twins;
use crate::gpu::Kernel;
use crate::graph::Groups;
use crate::variant::{ConvVariant, Precision};

/// Every kernel in every variant. Tests validate and translate each of them without a GPU.
pub(crate) static ALL: &[&Kernel] = &[
    &add::ADD,
    &attention::ATTENTION,
    &concat::CONCAT,
    &conv1d::variants::REGISTERS.kernel,
    &conv1d::variants::REGISTERS_F16.kernel,
    &conv1d::variants::SHARED.kernel,
    &conv1d::variants::SHARED_F16.kernel,
    &conv1d::variants::WIDE.kernel,
    &conv1d::variants::WIDE_F16.kernel,
    &conv1d::variants::SMALL.kernel,
    &conv1d::variants::SMALL_F16.kernel,
    &conv1d::variants::SUBGROUP.kernel,
    &conv1d::variants::SUBGROUP_F16.kernel,
    &conv1d::variants::TEXTURE.kernel,
    &conv1d::variants::TEXTURE_F16.kernel,
    &conv1d::variants::HALF.kernel,
    &conv1d::variants::HALF_SMALL.kernel,
    &conv1d::variants::MATRIX8.kernel,
    &conv1d::variants::MATRIX16.kernel,
    &conv1d::winograd::WINOGRAD_INPUT.buffers,
    &conv1d::winograd::WINOGRAD_INPUT.textures,
    &conv1d::winograd::WINOGRAD_OUTPUT.buffers,
    &conv1d::winograd::WINOGRAD_OUTPUT.textures,
    &conv_transpose1d::CONV_TRANSPOSE1D,
    &duration::DURATION,
    &embed::EMBED,
    &expand::EXPAND,
    &instance_norm::INSTANCE_NORM.buffers,
    &instance_norm::INSTANCE_NORM.textures,
    &instance_norm::INSTANCE_NORM_LEAKY,
    &istft::ISTFT,
    &layer_norm::LAYER_NORM,
    &loop_iterations::LOOP_ITERATIONS,
    &lstm::LSTM.buffers,
    &lstm::LSTM.textures,
    &lstm::LSTM_F16.buffers,
    &lstm::LSTM_F16.textures,
    &lstm::LSTM_PAIR.buffers,
    &lstm::LSTM_PAIR.textures,
    &lstm::LSTM_PAIR_F16.buffers,
    &lstm::LSTM_PAIR_F16.textures,
    &source::SOURCE_PHASE,
    &source::SOURCE,
    &stft::STFT,
];

/// The kernels that have a twin.
static TWINS: [&Twins; 7] = [
    &conv1d::winograd::WINOGRAD_INPUT,
    &conv1d::winograd::WINOGRAD_OUTPUT,
    &instance_norm::INSTANCE_NORM,
    &lstm::LSTM,
    &lstm::LSTM_F16,
    &lstm::LSTM_PAIR,
    &lstm::LSTM_PAIR_F16,
];

/// The variants of the convolution, and precisions of the weights, with which the network runs a kernel.
pub(crate) fn variants_of(kernel: &Kernel) -> Vec<(ConvVariant, Precision)> {
    let all = ConvVariant::ALL.into_iter().flat_map(|variant| [Precision::F32, Precision::F16].map(|p| (variant, p)));
    let multiplies = |(variant, precision): &(ConvVariant, Precision)| conv1d::multiplies(kernel, *variant, *precision);
    let products: Vec<_> = all.clone().filter(multiplies).collect();
    if !products.is_empty() {
        return products;
    }
    let twins = TWINS.iter().find(|twins| twins.contains(kernel));
    let is_used = |(variant, precision): &(ConvVariant, Precision)| {
        twins.is_none_or(|twins| twins.of(*variant).name == kernel.name)
            && lstm::stored_precision(kernel).is_none_or(|stored| stored == *precision)
    };
    all.filter(is_used).collect()
}

/// Whether the network runs the kernel; one probe belongs to the self-check alone.
pub(crate) fn in_network(kernel: &Kernel) -> bool {
    kernel.name != loop_iterations::LOOP_ITERATIONS.name
}

/// Values that Rust repeats from the shaders: the kernel, the constants whose product it is, the value.
#[cfg(test)]
pub(crate) static CONSTANTS: &[(&Kernel, &[&str], u32)] = &[
    (&embed::EMBED, &["BATCH"], crate::batch::MAX_BATCH as u32), // lib/batch.wgsl, which every kernel includes
    (&attention::ATTENTION, &["WG"], attention::WORKGROUP),
    (&conv1d::variants::REGISTERS.kernel, &["STRIP4"], conv1d::weight::STRIP / 4), // conv1d.wgsl, which all variants include
    (&conv1d::variants::REGISTERS.kernel, &["LANES_Y", "TM"], conv1d::variants::REGISTERS.rows),
    (&conv1d::variants::REGISTERS.kernel, &["LANES_X", "TN4"], conv1d::variants::REGISTERS.columns4),
    (&conv1d::variants::SHARED.kernel, &["LANES_Y", "TM"], conv1d::variants::SHARED.rows),
    (&conv1d::variants::SHARED.kernel, &["LANES_X", "TN4"], conv1d::variants::SHARED.columns4),
    (&conv1d::variants::SHARED.kernel, &["DEPTH4", "SPLIT"], conv1d::variants::SHARED.staged4),
    (&conv1d::variants::WIDE.kernel, &["DEPTH4", "SPLIT"], conv1d::variants::WIDE.staged4),
    (&conv1d::variants::SMALL.kernel, &["DEPTH4", "SPLIT"], conv1d::variants::SMALL.staged4),
    (&conv1d::variants::HALF.kernel, &["DEPTH4", "SPLIT"], conv1d::variants::HALF.staged4),
    (&conv1d::variants::HALF_SMALL.kernel, &["DEPTH4", "SPLIT"], conv1d::variants::HALF_SMALL.staged4),
    (&conv1d::variants::MATRIX8.kernel, &["STAGED4"], conv1d::variants::MATRIX8.staged4),
    (&conv1d::variants::WIDE.kernel, &["LANES_Y", "TM"], conv1d::variants::WIDE.rows),
    (&conv1d::variants::WIDE.kernel, &["LANES_X", "TN4"], conv1d::variants::WIDE.columns4),
    (&conv1d::variants::SMALL.kernel, &["LANES_Y", "TM"], conv1d::variants::SMALL.rows),
    (&conv1d::variants::SMALL.kernel, &["LANES_X", "TN4"], conv1d::variants::SMALL.columns4),
    (&conv1d::variants::HALF.kernel, &["LANES_Y", "TM"], conv1d::variants::HALF.rows),
    (&conv1d::variants::HALF.kernel, &["LANES_X", "TN4"], conv1d::variants::HALF.columns4),
    (&conv1d::variants::HALF_SMALL.kernel, &["LANES_Y", "TM"], conv1d::variants::HALF_SMALL.rows),
    (&conv1d::variants::HALF_SMALL.kernel, &["LANES_X", "TN4"], conv1d::variants::HALF_SMALL.columns4),
    (&conv1d::variants::SUBGROUP.kernel, &["TM", "BLOCKS"], conv1d::variants::SUBGROUP.rows),
    (&conv1d::variants::SUBGROUP.kernel, &["LANES", "TN4"], conv1d::variants::SUBGROUP.columns4),
    (&conv1d::variants::TEXTURE.kernel, &["TM", "BLOCKS"], conv1d::variants::TEXTURE.rows),
    (&conv1d::variants::TEXTURE.kernel, &["LANES", "TN4"], conv1d::variants::TEXTURE.columns4),
    (&conv1d::variants::TEXTURE.kernel, &["ROW"], crate::graph::TEXTURE_ROW),
    (&conv1d::variants::MATRIX8.kernel, &["ROWS"], conv1d::variants::MATRIX8.rows),
    (&conv1d::variants::MATRIX8.kernel, &["COLUMNS4"], conv1d::variants::MATRIX8.columns4), // MATRIX16 has the same file
    (&lstm::LSTM.buffers, &["MAX_HIDDEN"], MAX_HIDDEN), // the others have it from the same file
    (&instance_norm::INSTANCE_NORM.buffers, &["COLUMNS"], instance_norm::COLUMNS),
    (&instance_norm::INSTANCE_NORM.buffers, &["WG"], instance_norm::COLUMNS * instance_norm::LANES),
    (&source::SOURCE, &["HARMONICS"], HARMONICS),
    (&source::SOURCE, &["SPAN"], source::SPAN),
    (&stft::STFT, &["HOP"], stft::HOP),
    (&stft::STFT, &["BINS"], SPECTRUM / 2),
    (&istft::ISTFT, &["HOP"], stft::HOP),
    (&istft::ISTFT, &["BINS"], SPECTRUM / 2),
];

/// Every shader in every variant: its name, and the WGSL that a device compiles whose subgroups have at least so many
/// invocations.
pub fn shaders(subgroup_min_size: u32) -> impl Iterator<Item = (&'static str, String)> {
    ALL.iter().map(move |kernel| (kernel.name, kernel.wgsl(subgroup_min_size)))
}

/// Workgroups of 64 for `count` invocations, folded into two dimensions, since one holds at most 65,535 workgroups. The
/// shaders unfold them with `flat_index` (lib/index.wgsl).
fn dispatch_1d(count: u32) -> Groups {
    let groups = count.div_ceil(64);
    let x = groups.min(32_768);
    [x, groups.div_ceil(x.max(1)), 1]
}

/// The text of a shader and of the files in shaders/lib that it uses.
macro_rules! shader {
    ($($file:literal),+) => {
        shader!(@absolute $($file,)+ "lib/batch.wgsl")
    };
    (@absolute $($file:literal),+) => {
        concat!($(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $file))),+)
    };
}
use shader;
