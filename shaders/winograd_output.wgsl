// winograd_output: the output transform of a Winograd convolution F(4, 4):
// y[t] = (sum over p < 7 of A[r, p] * x[p, q] + bias + residual[t] + sum[t]) * scale, where t = phase + dilation * (4 * i + r), r < 4,
// for tile q = phase * in_tiles + i - first, as in winograd_input.
// x, the products (m in winograd.rs): [7, dilation * in_tiles, 4 * pitch4], of which the first `tiles` of each phase's in_tiles are used; y, residual,
// sum: [rows, 4 * pitch4]. One invocation per tile and vec4. In place, each row of y is read and written by the same invocation.
// x and residual are storage buffers (lib/*_buffer.wgsl) or textures (lib/*_texture.wgsl).
//
// A, from the values at 0, 1, -1, 1/2, 2, -3/2 and infinity:
//   1  1  1  1    1   1      0
//   0  1 -1  1/2  2  -3/2    0
//   0  1  1  1/4  4   9/4    0
//   0  1 -1  1/8  8  -27/8   1
struct Params {
    @align(16) rows: u32, pitch4: u32, dilation: u32, first: u32,
    tiles: u32, in_tiles: u32, residual_from: u32, has_sum: u32,
    scale: f32, m_offset4: u32, y_offset4: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> sum: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

fn store(params: Params, row: u32, column: u32, value: vec4<f32>) {
    if row >= params.rows { return; }
    let index = params.y_offset4 + row * params.pitch4 + column;
    var total = value;
    if params.residual_from == 1u { total += residual_at(index); }
    if params.residual_from == 2u { total += y[index]; } // in place
    if params.has_sum != 0u { total += sum[index]; }
    y[index] = total * params.scale;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let index = flat_index(group, groups, local_index);
    if index >= params.dilation * params.tiles * params.pitch4 { return; }
    let column = index % params.pitch4;
    let tile = index / params.pitch4;
    let phase = tile / params.tiles;
    let in_window = tile % params.tiles; // i - first
    let plane = params.dilation * params.in_tiles * params.pitch4;
    let start = params.m_offset4 + (phase * params.in_tiles + in_window) * params.pitch4 + column;
    let m0 = x_at(start);
    let m1 = x_at(start + plane);
    let m2 = x_at(start + 2u * plane);
    let m3 = x_at(start + 3u * plane);
    let m4 = x_at(start + 4u * plane);
    let m5 = x_at(start + 5u * plane);
    let m6 = x_at(start + 6u * plane);
    let b = bias[column];
    let row = phase + 4u * params.dilation * (params.first + in_window);
    store(params, row, column, m0 + m1 + m2 + m3 + m4 + m5 + b);
    store(params, row + params.dilation, column, m1 - m2 + 0.5 * m3 + 2.0 * m4 - 1.5 * m5 + b);
    store(params, row + 2u * params.dilation, column, m1 + m2 + 0.25 * m3 + 4.0 * m4 + 2.25 * m5 + b);
    store(params, row + 3u * params.dilation, column, m1 - m2 + 0.125 * m3 + 8.0 * m4 - 3.375 * m5 + m6 + b);
}
