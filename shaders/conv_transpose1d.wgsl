// conv_transpose1d, depthwise (one filter per channel): y[t, c] = bias[c] + sum of x[i, c] w[k, c] over all i, k with
// t = i stride - padding + k. Each row of y gathers every stride-th tap, so there are no concurrent writes.
// x: [in_rows, 4 * pitch4], w: [taps, 4 * pitch4], y: [rows, 4 * pitch4]. One invocation per vec4.
struct Params {
    @align(16) rows: u32, in_rows: u32, pitch4: u32, taps: u32,
    stride: u32, padding: u32, x_offset4: u32, y_offset4: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let index = flat_index(group, groups, local_index);
    if index >= params.rows * params.pitch4 { return; }
    let column = index % params.pitch4;
    let row = index / params.pitch4 + params.padding;
    var value = bias[column];
    for (var k = row % params.stride; k < params.taps && k <= row; k += params.stride) {
        let i = (row - k) / params.stride;
        if i < params.in_rows {
            value = fma(x[params.x_offset4 + i * params.pitch4 + column], w[k * params.pitch4 + column], value);
        }
    }
    y[params.y_offset4 + index] = value;
}
