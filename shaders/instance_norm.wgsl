// instance_norm: adaptive instance norm, an affine map a x + b. With the mean and the biased variance over all rows:
// a = (1 + g) weight / sqrt(variance + eps), b = (1 + g) (bias - mean weight / sqrt(variance + eps)) + beta.
// x: [rows, 4 * pitch4]; weight, bias: [4 * pitch4]; modulation: g at modulation_offset4, and beta one pitch after it;
// y: either that map, [2, 4 * pitch4], the rows a and b (instance_norm_affine.wgsl), or, [rows, 4 * pitch4], what it makes of x,
// and the LeakyReLU that follows (instance_norm_leaky.wgsl). x is a storage buffer (lib/x_buffer.wgsl) or a texture
// (lib/x_texture.wgsl).
// One workgroup per COLUMNS vec4 of channels, which is what caches load at least; rows / (4 LANES) + 18 loop iterations, and
// rows / LANES more to apply the map. Row counts are exact in f32 (< 2^24).
//
// Each invocation computes the mean of every LANES-th row, and the sum of squared deviations from that mean; Chan's formula merges
// them. Both are computed from differences to its first row (pivot), since E[x^2] - E[x]^2 cancels badly in f32. A compiler
// with fast math may rewrite sum(x - pivot) as sum(x) - count pivot; that costs a rounding error proportional to |pivot|. The
// squares are safe, since an fma cannot be rewritten.
// If x has a NaN, the mean is NaN, even where max() turns the sum of squares into 0.
const WG = 256u;
const COLUMNS = 2u;
const LANES = WG / COLUMNS;
struct Params {
    @align(16) rows: u32, pitch4: u32, modulation_offset4: u32, eps: f32,
    x_offset4: u32, y_offset4: u32, slope: f32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> modulation: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

var<workgroup> partial_sums: array<vec4<f32>, WG>;

// The sum over the invocations of the same column.
fn sum_column(local_index: u32, value: vec4<f32>) -> vec4<f32> {
    partial_sums[local_index] = value;
    for (var span = LANES / 2u; span > 0u; span >>= 1u) {
        workgroupBarrier();
        if local_index < span * COLUMNS { partial_sums[local_index] += partial_sums[local_index + span * COLUMNS]; }
    }
    workgroupBarrier();
    let total = partial_sums[local_index % COLUMNS];
    workgroupBarrier(); // partial_sums is written again by the next call
    return total;
}

fn difference(params: Params, first: u32, row: u32, pivot: vec4<f32>) -> vec4<f32> {
    return x_at(first + row * params.pitch4) - pivot;
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local_index: u32) {
    let params = batch[group.z];
    let column = group.x * COLUMNS + local_index % COLUMNS;
    let lane = local_index / COLUMNS;
    let rows = f32(params.rows);
    // A column past the last repeats it, and stores nothing.
    let first = params.x_offset4 + min(column, params.pitch4 - 1u);
    let pivot = x_at(first + min(lane, params.rows - 1u) * params.pitch4);
    var sum = vec4(0.0);
    var squares = vec4(0.0);
    // Four rows at once, with one wait for their loads, as long as every invocation has four.
    let in_fours = params.rows - params.rows % (4u * LANES);
    for (var row = lane; row < in_fours; row += 4u * LANES) {
        let d0 = difference(params, first, row, pivot);
        let d1 = difference(params, first, row + LANES, pivot);
        let d2 = difference(params, first, row + 2u * LANES, pivot);
        let d3 = difference(params, first, row + 3u * LANES, pivot);
        sum += (d0 + d1) + (d2 + d3);
        squares = fma(d0, d0, fma(d1, d1, fma(d2, d2, fma(d3, d3, squares))));
    }
    for (var row = in_fours + lane; row < params.rows; row += LANES) {
        let d = difference(params, first, row, pivot);
        sum += d;
        squares = fma(d, d, squares);
    }
    let count = f32((params.rows + LANES - 1u - lane) / LANES);
    let own_mean = sum / max(count, 1.0);
    squares = max(squares - sum * own_mean, vec4(0.0));
    // Differences to the first row of all, for the same reason.
    let origin = x_at(first);
    let mean = origin + sum_column(local_index, (pivot - origin + own_mean) * count) / rows;
    let d = pivot - mean + own_mean;
    let variance = sum_column(local_index, fma(d * d, vec4(count), squares)) / rows;
    if column < params.pitch4 {
        let scale = weight[column] / sqrt(variance + params.eps);
        let g = 1.0 + modulation[params.modulation_offset4 + column];
        let beta = modulation[params.modulation_offset4 + params.pitch4 + column];
        finish(params, column, lane, g * scale, fma(g, bias[column] - mean * scale, beta));
    }
}
