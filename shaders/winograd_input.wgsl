// winograd_input: the input side of a minimal-filtering convolution F(4, 4) with dilation, on Snake behind an adaptive
// instance norm: act(x) = u + sin^2(alpha[c] u) / alpha[c], u = a[c] x + b[c].
// v[p, q, c] = sum over m < 7 of B[p, m] act(x)[t(q) + m dilation, c], with t(q) = residue + 4 dilation i - padding; tile
// q = (residue, i - first) of `tiles` a residue. Rows outside x count as zero. x: [rows, 4 pitch4],
// v: [7, dilation tiles, 4 pitch4].
// B interpolates at 0, 1, -1, 1/2, 2, -3/2 and infinity; its rows are scaled by powers of two to one size (winograd.rs
// unscales the filters), so all its entries are exact. One invocation a tile and vec4. An alpha of 0 gives NaN, as in torch.
struct Params {
    @align(16) rows: u32, pitch4: u32, dilation: u32, padding: u32,
    first: u32, tiles: u32, x_at4: u32, affine_at4: u32,
    v_at4: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> affine: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> alpha: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> v: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let index = (group.y * groups.x + group.x) * 64u + lane;
    if index >= p.dilation * p.tiles * p.pitch4 { return; }
    let column = index % p.pitch4;
    let tile = index / p.pitch4;
    let first_row = i32(tile / p.tiles + 4u * p.dilation * (p.first + tile % p.tiles)) - i32(p.padding);
    let a = affine[p.affine_at4 + column];
    let b = affine[p.affine_at4 + p.pitch4 + column];
    let s = alpha[column];
    var d: array<vec4<f32>, 7>;
    for (var m = 0u; m < 7u; m++) {
        let row = first_row + i32(m * p.dilation);
        if row >= 0 && row < i32(p.rows) {
            let value = fma(x[p.x_at4 + u32(row) * p.pitch4 + column], a, b);
            d[m] = value + sin_squared4(s * value) / s;
        }
    }
    let plane = p.dilation * p.tiles * p.pitch4;
    let at = p.v_at4 + index;
    v[at] = 0.125 * (d[5] - d[4]) + 0.3125 * d[2] - 0.1875 * d[0] + 0.34375 * d[1] - 0.46875 * d[3];
    v[at + plane] = 0.25 * d[5] + 0.375 * d[1] - 0.3125 * d[2] - 0.9375 * d[3];
    v[at + 2u * plane] = 0.25 * d[5] - 0.375 * d[1] + 1.0625 * d[2] - 0.4375 * d[3] - 0.5 * d[4];
    v[at + 3u * plane] = 0.25 * d[5] + 0.75 * d[1] + 0.125 * (d[2] - d[4]) - d[3];
    v[at + 4u * plane] = 0.5 * (d[5] + d[4] - d[2]) + 0.375 * d[1] - 0.875 * d[3];
    v[at + 5u * plane] = 0.25 * (d[5] - d[1]) + 0.625 * (d[2] - d[4]);
    v[at + 6u * plane] = 0.125 * (d[6] - d[5]) + 0.3125 * d[3] - 0.1875 * d[1] + 0.34375 * d[2] - 0.46875 * d[4];
}
