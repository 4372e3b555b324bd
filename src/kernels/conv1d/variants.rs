//! The variants of the convolution's kernel, and the tile that a workgroup of each computes.

use super::super::shader;
use super::params::Params;
use crate::gpu::{Access, Kernel};
use crate::graph::{Executed, Groups};
use crate::variant::{ConvVariant, Precision};

/// A kernel, and the tile of y that one workgroup computes.
pub(crate) struct TiledKernel {
    pub kernel: Kernel,
    pub rows: u32,
    /// Columns in vec4.
    pub columns4: u32,
    /// vec4 of input channels that it loads at a time.
    pub staged4: u32,
    weight_bytes: u64,
}

impl TiledKernel {
    const fn new(
        name: &'static str,
        source: &'static str,
        [rows, columns4, staged4]: [u32; 3],
        weight_bytes: u64,
        clamped: bool,
    ) -> Self {
        const BINDINGS: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Write];
        let kernel = Kernel { name, source, bindings: BINDINGS, params_bytes: size_of::<Params>(), clamped };
        Self { kernel, rows, columns4, staged4, weight_bytes }
    }

    /// Workgroups that cover all of y: tiles of columns, tiles of rows, planes.
    pub(super) const fn groups(&self, params: &Params) -> Groups {
        [params.columns4.div_ceil(self.columns4), params.rows.div_ceil(self.rows), params.planes]
    }

    /// What a dispatch executes. A workgroup computes its whole tile, even where y ends within it, and loads a row and a
    /// column of it for each input value.
    pub(super) fn executed(&self, params: &Params, groups: Groups, executed: &mut Executed) {
        let workgroups: u64 = groups.iter().map(|groups| u64::from(*groups)).product();
        let (rows, columns) = (u64::from(self.rows), 4 * u64::from(self.columns4));
        let inputs = 4 * u64::from(params.taps * params.in_pitch4);
        executed.flops = workgroups * 2 * rows * columns * inputs;
        executed.moved_bytes = workgroups * (4 * rows + self.weight_bytes * columns) * inputs;
        executed.rounds = u64::from(params.taps * params.in_pitch4.div_ceil(self.staged4));
    }
}

/// A variant for float32 weights and one for float16 weights, as two statics. The shader has the tile's constants.
macro_rules! variant {
    ($f32:ident, $f16:ident, $name:literal, $tile:expr, clamped: $clamped:literal, $($file:literal),+) => {
        pub(crate) static $f32: TiledKernel =
            TiledKernel::new($name, shader!($($file,)+ "conv1d.wgsl", "lib/x_buffer.wgsl", "lib/w_buffer.wgsl", "lib/math.wgsl", "lib/stored_f32.wgsl"), $tile, 4, $clamped);
        pub(crate) static $f16: TiledKernel = TiledKernel::new(
            concat!($name, ".f16"),
            shader!($($file,)+ "conv1d.wgsl", "lib/x_buffer.wgsl", "lib/w_buffer.wgsl", "lib/math.wgsl", "lib/stored_f16.wgsl"),
            $tile,
            2,
            $clamped,
        );
    };
}

variant!(REGISTERS, REGISTERS_F16, "conv1d", [32, 16, 1], clamped: true, "conv1d_registers.wgsl", "lib/conv1d_tile.wgsl", "lib/operand_f32.wgsl", "lib/conv1d_block.wgsl");
variant!(
    SHARED,
    SHARED_F16,
    "conv1d.shared",
    [64, 16, 4],
    clamped: false,
    "conv1d_shared_tall.wgsl",
    "conv1d_shared.wgsl",
    "lib/conv1d_fetch.wgsl",
    "lib/conv1d_tile.wgsl",
    "lib/operand_f32.wgsl",
    "lib/staged_f32.wgsl",
    "lib/conv1d_block.wgsl"
);
variant!(
    WIDE,
    WIDE_F16,
    "conv1d.wide",
    [128, 16, 4],
    clamped: false,
    "conv1d_shared_wide.wgsl",
    "conv1d_shared.wgsl",
    "lib/conv1d_fetch.wgsl",
    "lib/conv1d_tile.wgsl",
    "lib/operand_f32.wgsl",
    "lib/staged_f32.wgsl",
    "lib/conv1d_block.wgsl"
);
variant!(
    SMALL,
    SMALL_F16,
    "conv1d.small",
    [16, 8, 16],
    clamped: false,
    "conv1d_shared_small.wgsl",
    "conv1d_shared.wgsl",
    "lib/conv1d_fetch.wgsl",
    "lib/conv1d_tile.wgsl",
    "lib/operand_f32.wgsl",
    "lib/staged_f32.wgsl",
    "lib/conv1d_block.wgsl"
);
variant!(SUBGROUP, SUBGROUP_F16, "conv1d.subgroup", [32, 32, 1], clamped: true, "conv1d_subgroup.wgsl", "lib/conv1d_tile.wgsl", "lib/operand_f32.wgsl", "lib/conv1d_block.wgsl");

/// [`SUBGROUP`] with x and the weight, in this precision, in textures.
const fn textured(name: &'static str, source: &'static str, precision: Precision) -> TiledKernel {
    use Access::{Read, Write};
    let tile = [SUBGROUP.rows, SUBGROUP.columns4, SUBGROUP.staged4];
    let mut tiled = TiledKernel::new(name, source, tile, precision.bytes(), SUBGROUP.kernel.clamped);
    tiled.kernel.bindings = match precision {
        Precision::F32 => &[Access::TEXTURE_F32, Access::TEXTURE_F32, Read, Read, Write],
        Precision::F16 => &[Access::TEXTURE_F32, Access::TEXTURE_F16, Read, Read, Write],
    };
    tiled
}

pub(crate) static TEXTURE: TiledKernel = textured(
    "conv1d.subgroup.texture",
    shader!(
        "conv1d_subgroup.wgsl",
        "lib/conv1d_tile.wgsl",
        "lib/operand_f32.wgsl",
        "lib/conv1d_block.wgsl",
        "conv1d.wgsl",
        "lib/texel.wgsl",
        "lib/x_texture.wgsl",
        "lib/w_texture_f32.wgsl",
        "lib/math.wgsl"
    ),
    Precision::F32,
);
pub(crate) static TEXTURE_F16: TiledKernel = textured(
    "conv1d.subgroup.texture.f16",
    shader!(
        "conv1d_subgroup.wgsl",
        "lib/conv1d_tile.wgsl",
        "lib/operand_f32.wgsl",
        "lib/conv1d_block.wgsl",
        "conv1d.wgsl",
        "lib/texel.wgsl",
        "lib/x_texture.wgsl",
        "lib/w_texture_f16.wgsl",
        "lib/math.wgsl",
        "lib/stored_f16.wgsl"
    ),
    Precision::F16,
);

/// A variant that multiplies float16, and so has no kernel for float32 weights.
macro_rules! half_precision_variant {
    ($name:ident, $text:literal, $tile:expr, $($file:literal),+) => {
        pub(crate) static $name: TiledKernel = TiledKernel::new(
            $text,
            shader!(
                $($file,)+
                "lib/conv1d_fetch.wgsl",
                "lib/conv1d_tile.wgsl",
                "conv1d.wgsl",
                "lib/x_buffer.wgsl",
                "lib/w_buffer.wgsl",
                "lib/math.wgsl",
                "lib/stored_half.wgsl"
            ),
            $tile,
            2,
            false,
        );
    };
}

half_precision_variant!(
    HALF,
    "conv1d.half",
    [64, 16, 4],
    "conv1d_half.wgsl",
    "conv1d_shared_tall.wgsl",
    "conv1d_shared.wgsl",
    "lib/staged_f16.wgsl",
    "lib/conv1d_block.wgsl"
);
half_precision_variant!(
    HALF_SMALL,
    "conv1d.half.small",
    [16, 8, 16],
    "conv1d_half.wgsl",
    "conv1d_shared_small.wgsl",
    "conv1d_shared.wgsl",
    "lib/staged_f16.wgsl",
    "lib/conv1d_block.wgsl"
);
half_precision_variant!(MATRIX8, "conv1d.matrix8", [64, 16, 8], "conv1d_matrix8.wgsl", "conv1d_matrix.wgsl");
half_precision_variant!(MATRIX16, "conv1d.matrix16", [64, 16, 8], "conv1d_matrix16.wgsl", "conv1d_matrix.wgsl");

/// Workgroups along a dimension that WebGPU dispatches.
pub(super) const MAX_WORKGROUPS: u32 = 65_535;
/// Rows of the longest convolution.
pub(crate) const MAX_ROWS: u32 = MAX_WORKGROUPS * 32;

/// More input channels are multiplied by [`SMALL`] or [`HALF_SMALL`] in the variants with workgroup memory: those of the text side and the
/// decoder, which have tens to hundreds of rows and long sums. The generator has at most 256 channels, and thousands of
/// rows.
const MAX_LARGE_INPUTS: u32 = 256;
/// As many output channels or fewer are multiplied by them too, since they fill half of a larger tile at most:
/// `conv_post` has 22.
const MAX_SMALL_OUTPUTS: u32 = 32;

/// Whether a variant multiplies weights of this precision by a kernel.
pub(in super::super) fn multiplies(kernel: &Kernel, variant: ConvVariant, precision: Precision) -> bool {
    tiles(variant, precision).iter().any(|tiled| tiled.kernel.name == kernel.name)
}

/// The kernel of a variant for so many input and output channels, and for weights stored in this precision.
pub(super) fn tiled_kernel(
    variant: ConvVariant,
    precision: Precision,
    [inputs, outputs]: [u32; 2],
) -> &'static TiledKernel {
    let [large, small] = tiles(variant, precision);
    if inputs > MAX_LARGE_INPUTS || outputs <= MAX_SMALL_OUTPUTS { small } else { large }
}

/// The kernels with large and with small tiles.
fn tiles(variant: ConvVariant, precision: Precision) -> [&'static TiledKernel; 2] {
    match (variant, precision) {
        (ConvVariant::Registers, Precision::F32) => [&REGISTERS; 2],
        (ConvVariant::Registers, Precision::F16) => [&REGISTERS_F16; 2],
        (ConvVariant::Shared, Precision::F32) => [&SHARED, &SMALL],
        (ConvVariant::Shared, Precision::F16) => [&SHARED_F16, &SMALL_F16],
        (ConvVariant::Wide, Precision::F32) => [&WIDE, &SMALL],
        (ConvVariant::Wide, Precision::F16) => [&WIDE_F16, &SMALL_F16],
        (ConvVariant::Subgroup, Precision::F32) => [&SUBGROUP; 2],
        (ConvVariant::Subgroup, Precision::F16) => [&SUBGROUP_F16; 2],
        (ConvVariant::Texture, Precision::F32) => [&TEXTURE; 2],
        (ConvVariant::Texture, Precision::F16) => [&TEXTURE_F16; 2],
        (ConvVariant::Half | ConvVariant::Matrix8 | ConvVariant::Matrix16, Precision::F32) => {
            tiles(ConvVariant::Shared, Precision::F32)
        }
        (ConvVariant::Half, Precision::F16) => [&HALF, &HALF_SMALL],
        (ConvVariant::Matrix8, Precision::F16) => [&MATRIX8; 2],
        (ConvVariant::Matrix16, Precision::F16) => [&MATRIX16; 2],
    }
}
