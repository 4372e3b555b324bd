//! The forms of the convolution's kernel: conv1d_*.wgsl, each with the tile that a workgroup covers.

use super::conv1d::Params;
use super::shader;
use crate::gpu::{Access, ConvVariant, Kernel};
use crate::weights::Precision;

/// A kernel, and the rows and vec4 of columns that one of its workgroups covers.
pub(crate) struct Tiled {
    pub kernel: Kernel,
    pub rows: u32,
    pub columns4: u32,
}

const BINDINGS: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write];

const fn tiled(name: &'static str, prelude: &'static str, source: &'static str, [rows, columns4]: [u32; 2]) -> Tiled {
    let kernel = Kernel { name, prelude, source, bindings: BINDINGS, params: size_of::<Params>() };
    Tiled { kernel, rows, columns4 }
}

/// The two precisions of one form: a pair of statics.
macro_rules! form {
    ($f32:ident, $f16:ident, $name:literal, $file:literal, $prelude:literal, $tile:expr) => {
        pub(super) static $f32: Tiled =
            tiled($name, $prelude, shader!("lib/math.wgsl", "lib/stored_f32.wgsl", "conv1d.wgsl", $file), $tile);
        pub(super) static $f16: Tiled = tiled(
            concat!($name, ".f16"),
            $prelude,
            shader!("lib/math.wgsl", "lib/stored_f16.wgsl", "conv1d.wgsl", $file),
            $tile,
        );
    };
}

// Measured on llvmpipe over 4 to 16 rows by 1 to 4 vec4: 8 by 2 is the fastest at 24 GFLOP/s, more spills.
form!(
    REGISTERS,
    REGISTERS_F16,
    "conv1d",
    "conv1d_registers.wgsl",
    "const TM = 8u; const TN4 = 2u; const LANES_X = 8u; const LANES_Y = 4u;\n",
    [32, 16]
);

// Sums and blocks together take 64 registers, which leaves room for several workgroups on today's GPUs; 9 KiB of
// workgroup memory.
form!(
    SHARED,
    SHARED_F16,
    "conv1d.shared",
    "conv1d_shared.wgsl",
    "const TM = 8u; const TN4 = 1u; const LANES_X = 16u; const LANES_Y = 8u; const DEPTH4 = 4u;\n",
    [64, 16]
);

// Measured on llvmpipe, subgroups of 8: 16 rows by 1 vec4 as fast as 8 by 2, both a quarter to a half faster than the form
// in registers; 16 by 2 and 8 by 1 are slower than it. 32 invocations fill the subgroups of most GPUs.
form!(
    SUBGROUP,
    SUBGROUP_F16,
    "conv1d.subgroup",
    "conv1d_subgroup.wgsl",
    "const TM = 16u; const TN4 = 1u; const LANES = 32u; const BLOCKS = 2u;\n",
    [32, 32]
);

// The tile is the shader's own: its quarters are what four subgroups of 32 have.
form!(MATRIX, MATRIX_F16, "conv1d.matrix", "conv1d_matrix.wgsl", "enable wgpu_cooperative_matrix;\n", [64, 16]);

/// Rows of the longest convolution: WebGPU dispatches at most 65,535 workgroups a dimension, and a tile has this many
/// rows at least.
pub(crate) const MOST_ROWS: u32 = 65_535 * 32;

/// The form and the weights of a kernel, if it is a convolution.
pub(crate) fn form_of(kernel: &Kernel) -> Option<(ConvVariant, Precision)> {
    let forms = ConvVariant::ALL.into_iter().flat_map(|variant| [Precision::F32, Precision::F16].map(|p| (variant, p)));
    forms.into_iter().find(|(variant, precision)| tiles(*variant, *precision).kernel.name == kernel.name)
}

/// The kernel of a form for weights stored so.
pub(crate) fn tiles(variant: ConvVariant, precision: Precision) -> &'static Tiled {
    match (variant, precision) {
        (ConvVariant::Registers, Precision::F32) => &REGISTERS,
        (ConvVariant::Registers, Precision::F16) => &REGISTERS_F16,
        (ConvVariant::Shared, Precision::F32) => &SHARED,
        (ConvVariant::Shared, Precision::F16) => &SHARED_F16,
        (ConvVariant::Subgroup, Precision::F32) => &SUBGROUP,
        (ConvVariant::Subgroup, Precision::F16) => &SUBGROUP_F16,
        (ConvVariant::Matrix, Precision::F32) => &MATRIX,
        (ConvVariant::Matrix, Precision::F16) => &MATRIX_F16,
    }
}
