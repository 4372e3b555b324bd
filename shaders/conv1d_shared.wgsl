// conv1d, through workgroup memory: a workgroup of LANES_X by LANES_Y invocations covers ROWS = TM LANES_Y rows by LANES_X TN4
// vec4 of columns, and carries DEPTH4 vec4 of channels of both operands at a time into workgroup memory, where each value
// is read by many. An invocation sums TM rows, LANES_Y apart, by TN4 vec4 of columns, LANES_X apart: neighbours then read
// the same row of x and neighbouring weights. A vec4 of padding a row, never read, keeps rows of x out of each other's banks.
const ROWS = TM * LANES_Y;
const COLUMNS4 = TN4 * LANES_X;
const LANES = LANES_X * LANES_Y;
const PITCH = DEPTH4 + 1u;
var<workgroup> xs: array<vec4<f32>, ROWS * PITCH>;
var<workgroup> ws: array<vec4<f32>, 4u * DEPTH4 * COLUMNS4>;

// Of the rows from row0 on at tap k, the channels from c on; zeros beyond the channels.
fn carry_x(p: Params, in_base: u32, row0: u32, k: u32, c: u32, lane: u32) {
    for (var i = lane; i < ROWS * DEPTH4; i += LANES) {
        let t = source_row(p, row0 + i / DEPTH4, k);
        let channel = c + i % DEPTH4;
        let inside = is_inside(p, t) && channel < p.in_pitch4;
        let at = in_base + select(0u, u32(t) * p.in_pitch4 + channel, inside);
        xs[i / DEPTH4 * PITCH + i % DEPTH4] = prologue(p, x[at], inside);
    }
}

// Of the columns from column0 on, the same channels. Beyond the columns lies what no invocation keeps.
fn carry_w(p: Params, w_base: u32, column0: u32, c: u32, lane: u32) {
    for (var i = lane; i < 4u * DEPTH4 * COLUMNS4; i += LANES) {
        let channel = 4u * c + i / COLUMNS4;
        let column = column0 + i % COLUMNS4;
        let inside = channel < 4u * p.in_pitch4 && column < p.columns4;
        ws[i] = select(vec4(0.0), value4(w[w_base + select(0u, channel * p.columns4 + column, inside)]), inside);
    }
}

@compute @workgroup_size(LANES_X, LANES_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let planes = batch[0].planes;
    let p = batch[group.z / planes];
    let plane = group.z % planes;
    let row0 = (p.groups_before + group.y) * ROWS;
    let column0 = group.x * COLUMNS4;
    if row0 >= p.rows { return; } // another utterance of the batch is longer
    let in_base = plane_at4(p, plane);
    var sum: array<array<vec4<f32>, TN4>, TM>;
    for (var k = 0u; k < p.taps; k++) {
        let w_base = tap_at4(p, plane, k);
        for (var block = 0u; block < p.in_pitch4; block += BLOCK4) {
            var part: array<array<vec4<f32>, TN4>, TM>;
            for (var c = block; c < min(block + BLOCK4, p.in_pitch4); c += DEPTH4) {
                workgroupBarrier(); // the last turn's values have been read
                carry_x(p, in_base, row0, k, c, lane);
                carry_w(p, w_base, column0, c, lane);
                workgroupBarrier();
                for (var d = 0u; d < DEPTH4; d++) {
                    var a: array<vec4<f32>, TM>;
                    for (var r = 0u; r < TM; r++) { a[r] = xs[(id.y + r * LANES_Y) * PITCH + d]; }
                    for (var n = 0u; n < TN4; n++) {
                        let b = 4u * d * COLUMNS4 + id.x + n * LANES_X;
                        let b0 = ws[b];
                        let b1 = ws[b + COLUMNS4];
                        let b2 = ws[b + 2u * COLUMNS4];
                        let b3 = ws[b + 3u * COLUMNS4];
                        for (var r = 0u; r < TM; r++) {
                            part[r][n] = fma(vec4(a[r].w), b3, fma(vec4(a[r].z), b2, fma(vec4(a[r].y), b1, fma(vec4(a[r].x), b0, part[r][n]))));
                        }
                    }
                }
            }
            for (var n = 0u; n < TN4; n++) {
                for (var r = 0u; r < TM; r++) { sum[r][n] += part[r][n]; }
            }
        }
    }
    for (var n = 0u; n < TN4; n++) {
        let column = column0 + id.x + n * LANES_X;
        for (var r = 0u; r < TM; r++) { epilogue(p, plane, row0 + id.y + r * LANES_Y, column, sum[r][n]); }
    }
    if p.gelu != 0u {
        for (var i = 0u; i < TM * TN4; i++) {
            gelu_at(p, plane, row0 + id.y + i / TN4 * LANES_Y, column0 + id.x + i % TN4 * LANES_X);
        }
    }
}
