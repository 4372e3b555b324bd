// winograd_output: the output side of a minimal-filtering convolution F(4, 4): y[t] = (sum over p < 7 of A[r, p] m[p, q] + bias
// + residual[t] + sum[t]) * scale, t = residue + dilation (4 i + r), r < 4, for tiles i = first + (q's), as winograd_input lays
// them out. m: [7, dilation in_tiles, 4 pitch4], of each residue's in_tiles the first `tiles` count; y, residual, sum:
// [rows, 4 pitch4].
// One invocation a tile and vec4. In place, y is read and written by the one invocation whose row it is.
struct Params {
    @align(16) rows: u32, pitch4: u32, dilation: u32, first: u32,
    tiles: u32, in_tiles: u32, has_residual: u32, has_sum: u32,
    scale: f32, m_at4: u32, y_at4: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> m: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> sum: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

fn put(p: Params, row: u32, column: u32, value: vec4<f32>) {
    if row >= p.rows { return; }
    let at = p.y_at4 + row * p.pitch4 + column;
    var total = value + bias[column];
    if p.has_residual == 1u { total += residual[at]; }
    if p.has_residual == 2u { total += y[at]; } // in place
    if p.has_sum != 0u { total += sum[at]; }
    y[at] = total * p.scale;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let index = (group.y * groups.x + group.x) * 64u + lane;
    if index >= p.dilation * p.tiles * p.pitch4 { return; }
    let column = index % p.pitch4;
    let tile = index / p.pitch4;
    let residue = tile / p.tiles;
    let i = tile % p.tiles;
    let plane = p.dilation * p.in_tiles * p.pitch4;
    let at = p.m_at4 + (residue * p.in_tiles + i) * p.pitch4 + column;
    let m0 = m[at];
    let m1 = m[at + plane];
    let m2 = m[at + 2u * plane];
    let m3 = m[at + 3u * plane];
    let m4 = m[at + 4u * plane];
    let m5 = m[at + 5u * plane];
    let m6 = m[at + 6u * plane];
    let row = residue + 4u * p.dilation * (p.first + i);
    put(p, row, column, m0 + m1 + m2 + m3 + m4 + m5);
    put(p, row + p.dilation, column, m1 - m2 + 0.5 * m3 + 2.0 * m4 - 1.5 * m5);
    put(p, row + 2u * p.dilation, column, m1 + m2 + 0.25 * m3 + 4.0 * m4 + 2.25 * m5);
    put(p, row + 3u * p.dilation, column, m1 - m2 + 0.125 * m3 + 8.0 * m4 - 3.375 * m5 + m6);
}
