// conv1d, the part that all variants share: parameters, bindings, prologue and epilogue. conv1d_*.wgsl compute the sum.
//   y[t, o] = act((sum over k, i of w[k, i, o] leaky(x[t * stride + k * dilation - padding, i]) + bias[o]
//             + residual[t >> residual_shift, o]) * scale)
// x: [in_rows, 4 * in_pitch4], w: [taps, strips, 4 * in_pitch4, 4 * STRIP4], y: [rows, 4 * columns4]; rows outside x count as zero.
// leaky is a LeakyReLU with in_slope in (0, 1], of which 1 is the identity; act is the tanh GELU or the identity.
//
// Linear layer: one tap.
//
// Transposed convolution with stride s and a kernel of 2 * s taps: two taps, and columns (phase, o). Row j, phase p is row
// j * s + p - padding of the result: the s phases of row j are s successive rows. All are stored one after another from out_skip4
// vec4 before y on; what lies before y or past its out_size4 vec4 is dropped. (`out` wraps around before y, so that one comparison
// does both.)
//
// Planes: workgroups along z are `planes` independent convolutions per utterance. Their x, w and y follow one another.
// Winograd's form uses them.
//
// Rows of y and of the residual are out_pitch4 vec4 apart, which is more than columns4 if y has other columns as well.
// A convolution may be split into several dispatches, of which each starts at the tile of rows `first_tile`.
// w is stored as f32, or as pairs of f16, whose subnormals (below 6e-5) a GPU may flush. Sums are f32, but for those of 16 input
// channels or fewer in conv1d_half.
//
// Each workgroup computes a tile of rows by columns. Tiles at the edge also compute values that they don't store. For
// a row outside x they read row 0. For a column past the last they read zeros or the weights that follow, and past the end of w
// whatever wgpu's bounds check returns. Shaders without that check read the first weight instead (lib/conv1d_fetch.wgsl). There are at most
// 65,535 workgroups along y (MAX_ROWS in variants.rs).
//
// x and w are storage buffers (lib/*_buffer.wgsl) or textures (lib/*_texture*.wgsl).
struct Params {
    @align(16) rows: u32, in_rows: u32, in_pitch4: u32, columns4: u32,
    taps: u32, stride: u32, dilation: u32, padding: u32,
    in_slope: f32, gelu: u32, scale: f32, has_residual: u32,
    residual_shift: u32, out_skip4: u32, out_size4: u32, planes: u32,
    x_offset4: u32, residual_offset4: u32, y_offset4: u32, out_pitch4: u32,
    has_bias: u32, first_tile: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

// vec4 of columns in a strip of w. The strips cover all columns.
const STRIP4 = 8u;

// The row of x for row `row` of y and tap k.
fn source_row(params: Params, row: u32, k: u32) -> i32 {
    return i32(row * params.stride + k * params.dilation) - i32(params.padding);
}

fn is_inside(params: Params, t: i32) -> bool {
    return t >= 0 && t < i32(params.in_rows);
}

// LeakyReLU as a maximum, which keeps a NaN.
fn prologue(params: Params, value: vec4<f32>, inside: bool) -> vec4<f32> {
    return select(vec4(0.0), max(value, value * params.in_slope), inside);
}

// Start of a plane of x.
fn plane_offset4(params: Params, plane: u32) -> u32 {
    return params.x_offset4 + plane * params.in_rows * params.in_pitch4;
}

// Index in w of a plane, a tap and a column, for the first input channel. Those of the next channels are STRIP4 apart.
fn w_offset4(params: Params, plane: u32, k: u32, column: u32) -> u32 {
    let strips = (params.columns4 + STRIP4 - 1u) / STRIP4;
    let strip = (plane * params.taps + k) * strips + column / STRIP4;
    return strip * 4u * params.in_pitch4 * STRIP4 + column % STRIP4;
}

fn store_output(params: Params, plane: u32, row: u32, column: u32, sum: vec4<f32>) {
    let out = row * params.out_pitch4 + column - params.out_skip4;
    if row < params.rows && column < params.columns4 && out < params.out_size4 {
        var value = sum;
        if params.has_bias != 0u { value += bias[column]; }
        if params.has_residual != 0u {
            value += residual[params.residual_offset4 + (row >> params.residual_shift) * params.out_pitch4 + column];
        }
        y[params.y_offset4 + plane * params.out_size4 + out] = value * params.scale;
    }
}

// GELU of a value that this invocation has stored.
fn apply_gelu(params: Params, plane: u32, row: u32, column: u32) {
    let out = row * params.out_pitch4 + column - params.out_skip4;
    if row < params.rows && column < params.columns4 && out < params.out_size4 {
        let i = params.y_offset4 + plane * params.out_size4 + out;
        y[i] = gelu4(y[i]);
    }
}
