// conv1d: y[t, o] = sum over k, i of w[k, i, o] * x[t stride + k dilation - padding, i] + bias[o], as an
// implicit GEMM; a linear layer is the case of one tap, a transposed convolution the case below.
// x: [in_rows, 4 in_pitch4], w: [taps, 4 in_pitch4, 4 columns4], y: [rows, 4 columns4]; rows outside x count as zero.
// Prologue: x is LeakyReLU'd with in_slope in (0, 1] (1: as it is). Epilogue: y = act((. + residual[t >> residual_shift]) * scale),
// act the tanh GELU or nothing; a shift of 1 upsamples the residual to its nearest neighbour.
//
// A transposed convolution of stride s and kernel 2 s is one of two taps whose columns are (phase, o): row j, phase p
// is output row j s + p - padding, so y is written whole, out_skip4 vec4 earlier, and cut to out_size4.
//
// y may hold a part of the channels, y_pitch4 vec4 from y_first4 on of every y_cycle4 (all columns, or those of a phase);
// x may as well: w_at4 is where its rows of w begin, w_tap4 the distance between taps.
//
// Workgroups along z are `planes` independent planes of each utterance: their own x, w and y, in_plane4, weight_plane4
// and out_size4 apart (minimal filtering).
//
// w is stored as f32 or as pairs of f16; sums are f32 in both. An invocation computes TM rows by TN4 vec4 of columns in registers; the workgroup covers LANES_Y TM rows by
// LANES_X TN4 vec4, neighbours in x reading neighbouring weights. No workgroup memory: llvmpipe is three times slower with it.
// Loop turns an invocation: taps in_pitch4, at most 704 in this network.
struct Params {
    @align(16) rows: u32, in_rows: u32, in_pitch4: u32, columns4: u32,
    taps: u32, stride: u32, dilation: u32, padding: u32,
    in_slope: f32, gelu: u32, scale: f32, has_residual: u32,
    residual_shift: u32, out_skip4: u32, out_size4: u32, in_plane4: u32,
    weight_plane4: u32, planes: u32, x_at4: u32, residual_at4: u32,
    y_at4: u32, w_at4: u32, w_tap4: u32, y_cycle4: u32,
    y_first4: u32, y_pitch4: u32, out_row4: u32, has_bias: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<Stored>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

// Terms are summed in blocks of 64 channels: one accumulator over 3,000 terms would be off by 1e-6, blocks by 2e-7.
const BLOCK4 = 16u;

@compute @workgroup_size(LANES_X, LANES_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let planes = batch[0].planes;
    let p = batch[group.z / planes];
    let plane = group.z % planes;
    if group.y * LANES_Y * TM >= p.rows { return; } // another utterance of the batch is longer
    let row0 = (group.y * LANES_Y + lane.y) * TM;
    let column0 = group.x * LANES_X * TN4 + lane.x;
    let in_base = p.x_at4 + plane * p.in_plane4;
    let out_base = p.y_at4 + plane * p.out_size4;
    var sum: array<array<vec4<f32>, TN4>, TM>;
    for (var k = 0u; k < p.taps; k++) {
        var at: array<u32, TM>;
        var inside: array<bool, TM>;
        for (var r = 0u; r < TM; r++) {
            let t = i32((row0 + r) * p.stride + k * p.dilation) - i32(p.padding);
            inside[r] = t >= 0 && t < i32(p.in_rows);
            at[r] = in_base + select(0u, u32(t) * p.in_pitch4, inside[r]);
        }
        var w_at = p.w_at4 + plane * p.weight_plane4 + k * p.w_tap4 + column0;
        for (var block = 0u; block < p.in_pitch4; block += BLOCK4) {
            var part: array<array<vec4<f32>, TN4>, TM>;
            for (var c = block; c < min(block + BLOCK4, p.in_pitch4); c++) {
                var a: array<vec4<f32>, TM>;
                for (var r = 0u; r < TM; r++) {
                    let value = x[at[r] + c];
                    a[r] = select(vec4(0.0), max(value, value * p.in_slope), inside[r]);
                }
                for (var n = 0u; n < TN4; n++) {
                    let b = w_at + n * LANES_X;
                    let b0 = value4(w[b]);
                    let b1 = value4(w[b + p.columns4]);
                    let b2 = value4(w[b + 2u * p.columns4]);
                    let b3 = value4(w[b + 3u * p.columns4]);
                    for (var r = 0u; r < TM; r++) {
                        part[r][n] = fma(vec4(a[r].w), b3, fma(vec4(a[r].z), b2, fma(vec4(a[r].y), b1, fma(vec4(a[r].x), b0, part[r][n]))));
                    }
                }
                w_at += 4u * p.columns4;
            }
            for (var n = 0u; n < TN4; n++) {
                for (var r = 0u; r < TM; r++) { sum[r][n] += part[r][n]; }
            }
        }
    }
    for (var n = 0u; n < TN4; n++) {
        let column = column0 + n * LANES_X;
        // Where the columns are (phase, channel), or y holds a part of the channels.
        let channel = column % p.y_cycle4 - p.y_first4;
        if column >= p.columns4 || channel >= p.y_pitch4 { continue; }
        let out_column = column / p.y_cycle4 * p.y_pitch4 + channel;
        for (var r = 0u; r < TM; r++) {
            let row = row0 + r;
            if row >= p.rows { continue; }
            let out = row * p.out_row4 + out_column - p.out_skip4;
            if out >= p.out_size4 { continue; }
            var value = sum[r][n];
            if p.has_bias != 0u { value += bias[column]; }
            if p.has_residual == 2u { value += y[out_base + out]; } // in place
            if p.has_residual == 1u {
                value += residual[p.residual_at4 + (row >> p.residual_shift) * p.out_row4 + out_column];
            }
            y[out_base + out] = value * p.scale;
        }
    }
    // A loop of its own over what was just written: gelu4 above would keep Mesa from unrolling that loop, and `sum`
    // from staying in registers (4 times slower).
    if p.gelu != 0u {
        for (var i = 0u; i < TM * TN4; i++) {
            let row = row0 + i / TN4;
            let column = column0 + i % TN4 * LANES_X;
            if row < p.rows && column < p.columns4 {
                let out = row * p.columns4 + column;
                y[out_base + out] = gelu4(y[out_base + out]);
            }
        }
    }
}
