// conv1d: y[t, o] = sum over k, i of w[k, i, o] * x[t stride + k dilation - padding, i] + bias[o], as an
// implicit GEMM; a linear layer is the case of one tap, a transposed convolution the case below. This file is what all
// its forms share: scalars, bindings, prologue and epilogue; conv1d_*.wgsl are the forms of the sum.
// x: [in_rows, 4 in_pitch4], w: [taps, 4 in_pitch4, 4 columns4], y: [rows, 4 columns4]; rows outside x count as zero.
// Prologue: x is LeakyReLU'd with in_slope in (0, 1] (1: as it is). Epilogue: y = act((. + residual[t >> residual_shift]) * scale),
// act the tanh GELU or nothing; a shift of 1 upsamples the residual to its nearest neighbour.
//
// A transposed convolution of stride s and kernel 2 s is one of two taps whose columns are (phase, o): row j, phase p
// is output row j s + p - padding, so y is written whole, out_skip4 vec4 earlier, and cut to out_size4.
//
// Rows of y and of the residual are out_row4 vec4 apart: more than columns4 where y has other columns beside.
//
// Workgroups along z are `planes` independent planes of each utterance: their own x, w and y, one plane right behind the
// other (minimal filtering).
//
// A dispatch may be several: each covers the rows behind the groups_before workgroups along y of those before it.
//
// w is stored as f32 or as pairs of f16, whose subnormals (below 6e-5) a GPU may flush; sums are f32 in both. A workgroup
// covers a tile of rows by columns, all of its own: rows past the last and outside x read row 0, columns past the last
// what lies behind in w, or where it ends what the bounds check gives, and neither is kept.
//
// Workgroups along y are at most 65,535, since rows are at most MOST_ROWS. LeakyReLU as a maximum keeps a NaN.
struct Params {
    @align(16) rows: u32, in_rows: u32, in_pitch4: u32, columns4: u32,
    taps: u32, stride: u32, dilation: u32, padding: u32,
    in_slope: f32, gelu: u32, scale: f32, has_residual: u32,
    residual_shift: u32, out_skip4: u32, out_size4: u32, planes: u32,
    x_at4: u32, residual_at4: u32, y_at4: u32, out_row4: u32,
    has_bias: u32, groups_before: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<Stored>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

// Terms are summed in blocks of 64 channels: one accumulator over 3,000 terms would be off by 1e-6, blocks by 2e-7.
const BLOCK4 = 16u;

// The row of x that row `row` of y meets at tap k; outside of x it counts as zero.
fn source_row(p: Params, row: u32, k: u32) -> i32 {
    return i32(row * p.stride + k * p.dilation) - i32(p.padding);
}

fn is_inside(p: Params, t: i32) -> bool {
    return t >= 0 && t < i32(p.in_rows);
}

fn prologue(p: Params, value: vec4<f32>, inside: bool) -> vec4<f32> {
    return select(vec4(0.0), max(value, value * p.in_slope), inside);
}

// Where a plane of x begins.
fn plane_at4(p: Params, plane: u32) -> u32 {
    return p.x_at4 + plane * p.in_rows * p.in_pitch4;
}

// Where the matrix of a plane's tap begins in w.
fn tap_at4(p: Params, plane: u32, k: u32) -> u32 {
    return (plane * p.taps + k) * 4u * p.in_pitch4 * p.columns4;
}

fn epilogue(p: Params, plane: u32, row: u32, column: u32, sum: vec4<f32>) {
    let out = row * p.out_row4 + column - p.out_skip4;
    if row < p.rows && column < p.columns4 && out < p.out_size4 {
        var value = sum;
        if p.has_bias != 0u { value += bias[column]; }
        if p.has_residual != 0u {
            value += residual[p.residual_at4 + (row >> p.residual_shift) * p.out_row4 + column];
        }
        y[p.y_at4 + plane * p.out_size4 + out] = value * p.scale;
    }
}

// In a loop of its own over what the invocation has just written: gelu4 in the epilogue would keep Mesa from unrolling
// the loop there, and the sums from staying in registers (4 times slower).
fn gelu_at(p: Params, plane: u32, row: u32, column: u32) {
    let out = row * p.out_row4 + column - p.out_skip4;
    if row < p.rows && column < p.columns4 && out < p.out_size4 {
        let i = p.y_at4 + plane * p.out_size4 + out;
        y[i] = gelu4(y[i]);
    }
}
