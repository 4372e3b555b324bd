// instance_affine: adaptive instance norm as y = a x + b. With mean and biased variance over all rows, from the blocks of
// instance_partials (Chan's merge): a = (1 + g) weight / sqrt(variance + eps), b = (1 + g) (bias - mean weight / sqrt(..)) + beta,
// g and beta from the style at film_at4 and pitch4 behind. affine: [2, 4 pitch4]. One workgroup a vec4 of channels.
// rows / 2048 + 12 loop turns, 1,036 for the most rows there can be; those count exactly in f32 (2^24).
const WG = 64u;
const BLOCK = 64u;
struct Params { @align(16) rows: u32, pitch4: u32, film_at4: u32, eps: f32, partials_at4: u32, affine_at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> film: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> affine: array<vec4<f32>>;

var<workgroup> shares: array<vec4<f32>, WG>;

fn sum_all4(lane: u32, value: vec4<f32>) -> vec4<f32> {
    shares[lane] = value;
    for (var span = WG / 2u; span > 0u; span >>= 1u) {
        workgroupBarrier();
        if lane < span { shares[lane] += shares[lane + span]; }
    }
    workgroupBarrier();
    let total = shares[0];
    workgroupBarrier(); // shares is written again by the next call
    return total;
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let column = group.x;
    let first = p.partials_at4 + column;
    let blocks = (p.rows + BLOCK - 1u) / BLOCK;
    let rows = f32(p.rows);
    let pivot = partials[first];
    var sum = vec4(0.0);
    for (var block = lane; block < blocks; block += WG) {
        let count = f32(min(BLOCK, p.rows - block * BLOCK));
        sum += (partials[first + block * 2u * p.pitch4] - pivot) * count;
    }
    let mean = pivot + sum_all4(lane, sum) / rows;
    var squares = vec4(0.0);
    for (var block = lane; block < blocks; block += WG) {
        let count = f32(min(BLOCK, p.rows - block * BLOCK));
        let at = first + block * 2u * p.pitch4;
        let d = partials[at] - mean;
        squares += fma(d * d, vec4(count), partials[at + p.pitch4]);
    }
    let variance = sum_all4(lane, squares) / rows;
    if lane == 0u {
        let scale = weight[column] / sqrt(variance + p.eps);
        let g = 1.0 + film[p.film_at4 + column];
        affine[p.affine_at4 + column] = g * scale;
        affine[p.affine_at4 + p.pitch4 + column] = fma(g, bias[column] - mean * scale, film[p.film_at4 + p.pitch4 + column]);
    }
}
