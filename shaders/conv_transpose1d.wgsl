// conv_transpose1d, depthwise (one filter a channel): y[t, c] = bias[c] + sum over i, k with t = i stride - padding + k
// of x[i, c] w[k, c]. Gathered: an output row takes every stride-th tap, so nothing is scattered.
// x: [in_rows, 4 pitch4], w: [taps, 4 pitch4], y: [rows, 4 pitch4]. One invocation a vec4.
struct Params { @align(16) rows: u32, in_rows: u32, pitch4: u32, taps: u32, stride: u32, padding: u32, x_at4: u32, y_at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let index = (group.y * groups.x + group.x) * 64u + lane;
    if index >= p.rows * p.pitch4 { return; }
    let column = index % p.pitch4;
    let row = index / p.pitch4 + p.padding;
    var value = bias[column];
    for (var k = row % p.stride; k < p.taps && k <= row; k += p.stride) {
        let i = (row - k) / p.stride;
        if i < p.in_rows {
            value = fma(x[p.x_at4 + i * p.pitch4 + column], w[k * p.pitch4 + column], value);
        }
    }
    y[p.y_at4 + index] = value;
}
