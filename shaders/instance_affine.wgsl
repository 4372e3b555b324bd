// instance_affine: adaptive instance norm as an affine map y = a x + b. With the mean and the biased variance over all rows:
// a = (1 + g) weight / sqrt(variance + eps), b = (1 + g) (bias - mean weight / sqrt(variance + eps)) + beta.
// partials: [blocks, 2, 4 pitch4] from instance_partials, merged by Chan's formula; weight, bias: [4 pitch4]; film: g at
// film_offset4, and beta one pitch after it; affine: [2, 4 pitch4], a and b.
// One workgroup per vec4 of channels. rows / 2048 + 12 loop iterations, at most 1,036. Row counts are exact in f32 (< 2^24).
const WG = 64u;
const BLOCK = 64u;
struct Params {
    @align(16) rows: u32, pitch4: u32, film_offset4: u32, eps: f32,
    partials_offset4: u32, affine_offset4: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> film: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> affine: array<vec4<f32>>;

var<workgroup> partial_sums: array<vec4<f32>, WG>;

fn sum_all4(local_index: u32, value: vec4<f32>) -> vec4<f32> {
    partial_sums[local_index] = value;
    for (var span = WG / 2u; span > 0u; span >>= 1u) {
        workgroupBarrier();
        if local_index < span { partial_sums[local_index] += partial_sums[local_index + span]; }
    }
    workgroupBarrier();
    let total = partial_sums[0];
    workgroupBarrier(); // partial_sums is written again by the next call
    return total;
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local_index: u32) {
    let params = batch[group.z];
    let column = group.x;
    let first = params.partials_offset4 + column;
    let blocks = (params.rows + BLOCK - 1u) / BLOCK;
    let rows = f32(params.rows);
    let pivot = partials[first];
    var sum = vec4(0.0);
    for (var block = local_index; block < blocks; block += WG) {
        let count = f32(min(BLOCK, params.rows - block * BLOCK));
        sum += (partials[first + block * 2u * params.pitch4] - pivot) * count;
    }
    let mean = pivot + sum_all4(local_index, sum) / rows;
    var squares = vec4(0.0);
    for (var block = local_index; block < blocks; block += WG) {
        let count = f32(min(BLOCK, params.rows - block * BLOCK));
        let index = first + block * 2u * params.pitch4;
        let d = partials[index] - mean;
        squares += fma(d * d, vec4(count), partials[index + params.pitch4]);
    }
    let variance = sum_all4(local_index, squares) / rows;
    if local_index == 0u {
        let scale = weight[column] / sqrt(variance + params.eps);
        let g = 1.0 + film[params.film_offset4 + column];
        affine[params.affine_offset4 + column] = g * scale;
        let beta = film[params.film_offset4 + params.pitch4 + column];
        affine[params.affine_offset4 + params.pitch4 + column] = fma(g, bias[column] - mean * scale, beta);
    }
}
