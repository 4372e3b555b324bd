// winograd_input: the input transform of a Winograd convolution F(4, 4) with dilation, after an adaptive instance norm and
// Snake: act(x) = u + sin^2(alpha[c] * u) / alpha[c], u = a[c] * x + b[c].
// v[p, q, c] = sum over m < 7 of B[p, m] * act(x)[t(q) + m * dilation, c], where t(q) = phase + 4 * dilation * i - padding.
// p: row of B, c: channel, q = phase * in_tiles + i - first: tile of this iteration, phase: row modulo the dilation, i: number
// of the tile in its phase, first: number of the first tile of this iteration, in_tiles: tiles per phase in this iteration.
// act(x), not x, is 0 in rows outside x.
// x: [rows, 4 * pitch4], affine: [2, 4 * pitch4], alpha: [4 * pitch4], v: [7, dilation * in_tiles, 4 * pitch4]. One invocation per tile
// and vec4. An alpha of 0 gives NaN, as in torch. x is a storage buffer (lib/x_buffer.wgsl) or a texture (lib/x_texture.wgsl).
//
// The rows of B belong to the interpolation points 0, 1, -1, 1/2, 2, -3/2 and infinity, in this order. Row p is divided by
// SCALES[p], a power of two, to make the rows similar in size; conv1d/winograd_weight.rs multiplies the filters by it. All
// entries are exact:
//   -3/16  11/32   5/16 -15/32  -1/8   1/8   0
//    0      3/8   -5/16 -15/16   0     1/4   0
//    0     -3/8   17/16  -7/16  -1/2   1/4   0
//    0      3/4    1/8   -1     -1/8   1/4   0
//    0      3/8   -1/2   -7/8    1/2   1/2   0
//    0     -1/4    5/8    0     -5/8   1/4   0
//    0     -3/16  11/32   5/16 -15/32 -1/8   1/8
struct Params {
    @align(16) rows: u32, pitch4: u32, dilation: u32, padding: u32,
    first: u32, in_tiles: u32, x_offset4: u32, affine_offset4: u32,
    v_offset4: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(2) var<storage, read> affine: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> alpha: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> v: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let index = flat_index(group, groups, local_index);
    if index >= params.dilation * params.in_tiles * params.pitch4 { return; }
    let column = index % params.pitch4;
    let tile = index / params.pitch4;
    let first_row = i32(tile / params.in_tiles + 4u * params.dilation * (params.first + tile % params.in_tiles)) - i32(params.padding);
    let a = affine[params.affine_offset4 + column];
    let b = affine[params.affine_offset4 + params.pitch4 + column];
    let s = alpha[column];
    var d: array<vec4<f32>, 7>;
    for (var m = 0u; m < 7u; m++) {
        let row = first_row + i32(m * params.dilation);
        if row >= 0 && row < i32(params.rows) {
            let value = fma(x_at(params.x_offset4 + u32(row) * params.pitch4 + column), a, b);
            d[m] = value + sin_squared4(s * value) / s;
        }
    }
    let plane = params.dilation * params.in_tiles * params.pitch4;
    let out = params.v_offset4 + index;
    v[out] = 0.125 * (d[5] - d[4]) + 0.3125 * d[2] - 0.1875 * d[0] + 0.34375 * d[1] - 0.46875 * d[3];
    v[out + plane] = 0.25 * d[5] + 0.375 * d[1] - 0.3125 * d[2] - 0.9375 * d[3];
    v[out + 2u * plane] = 0.25 * d[5] - 0.375 * d[1] + 1.0625 * d[2] - 0.4375 * d[3] - 0.5 * d[4];
    v[out + 3u * plane] = 0.25 * d[5] + 0.75 * d[1] + 0.125 * (d[2] - d[4]) - d[3];
    v[out + 4u * plane] = 0.5 * (d[5] + d[4] - d[2]) + 0.375 * d[1] - 0.875 * d[3];
    v[out + 5u * plane] = 0.25 * (d[5] - d[1]) + 0.625 * (d[2] - d[4]);
    v[out + 6u * plane] = 0.125 * (d[6] - d[5]) + 0.3125 * d[3] - 0.1875 * d[1] + 0.34375 * d[2] - 0.46875 * d[4];
}
