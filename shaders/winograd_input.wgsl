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

// act(x) of a row, and of a column with these factors of the norm and alpha.
fn activated(params: Params, row: i32, column: u32, a: vec4<f32>, b: vec4<f32>, alpha: vec4<f32>) -> vec4<f32> {
    let inside = row >= 0 && row < i32(params.rows);
    let value = fma(x_at(params.x_offset4 + select(0u, u32(row), inside) * params.pitch4 + column), a, b);
    return select(vec4(0.0), value + sin_squared4(alpha * value) / alpha, inside);
}

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
    // Seven variables: Mesa 25 would keep an array in memory, and write it one invocation after another.
    let step = i32(params.dilation);
    let d0 = activated(params, first_row, column, a, b, s);
    let d1 = activated(params, first_row + step, column, a, b, s);
    let d2 = activated(params, first_row + 2 * step, column, a, b, s);
    let d3 = activated(params, first_row + 3 * step, column, a, b, s);
    let d4 = activated(params, first_row + 4 * step, column, a, b, s);
    let d5 = activated(params, first_row + 5 * step, column, a, b, s);
    let d6 = activated(params, first_row + 6 * step, column, a, b, s);
    let plane = params.dilation * params.in_tiles * params.pitch4;
    let out = params.v_offset4 + index;
    v[out] = 0.125 * (d5 - d4) + 0.3125 * d2 - 0.1875 * d0 + 0.34375 * d1 - 0.46875 * d3;
    v[out + plane] = 0.25 * d5 + 0.375 * d1 - 0.3125 * d2 - 0.9375 * d3;
    v[out + 2u * plane] = 0.25 * d5 - 0.375 * d1 + 1.0625 * d2 - 0.4375 * d3 - 0.5 * d4;
    v[out + 3u * plane] = 0.25 * d5 + 0.75 * d1 + 0.125 * (d2 - d4) - d3;
    v[out + 4u * plane] = 0.5 * (d5 + d4 - d2) + 0.375 * d1 - 0.875 * d3;
    v[out + 5u * plane] = 0.25 * (d5 - d1) + 0.625 * (d2 - d4);
    v[out + 6u * plane] = 0.125 * (d6 - d5) + 0.3125 * d3 - 0.1875 * d1 + 0.34375 * d2 - 0.46875 * d4;
}
