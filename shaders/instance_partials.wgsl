// instance_partials: mean and sum of squared deviations of each channel over each block of BLOCK rows.
// x: [rows, 4 pitch4], partials: [blocks, 2, 4 pitch4]. One invocation a vec4 of channels and block.
// Deviations are from the block's first row: E[x^2] - E[x]^2 would cancel badly in f32. If fast math regroups their sum it
// costs a rounding of that row; the squares, in fma, are of deviations still. A NaN is in the mean, though the maximum may
// drop it. 64 loop turns.
const BLOCK = 64u;
struct Params { @align(16) rows: u32, pitch4: u32, x_at4: u32, y_at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4<f32>>;

@compute @workgroup_size(32, 2)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
    let p = batch[group.z];
    let column = id.x;
    let first = id.y * BLOCK;
    if column >= p.pitch4 || first >= p.rows { return; }
    let end = min(first + BLOCK, p.rows);
    let pivot = x[p.x_at4 + first * p.pitch4 + column];
    var sum = vec4(0.0);
    var squares = vec4(0.0);
    for (var row = first; row < end; row++) {
        let d = x[p.x_at4 + row * p.pitch4 + column] - pivot;
        sum += d;
        squares = fma(d, d, squares);
    }
    let count = f32(end - first);
    partials[p.y_at4 + (id.y * 2u) * p.pitch4 + column] = pivot + sum / count;
    partials[p.y_at4 + (id.y * 2u + 1u) * p.pitch4 + column] = max(squares - sum * (sum / count), vec4(0.0));
}
