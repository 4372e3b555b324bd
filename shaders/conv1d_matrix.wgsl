// conv1d, by cooperative matrices: as through workgroup memory, but each of a workgroup's four subgroups of 32 multiplies
// 8 x 8 matrices, 4 by 4 of them, its quarter of the tile of 64 rows by 64 columns. A block of 64 channels is summed by them;
// what they made goes through workgroup memory to the invocations, which sum the blocks: matrices are not added in MSL.
// Float32 throughout: Metal's simdgroup_float8x8.
const SIDE = 64u;
const DEPTH4 = 4u;
const DEPTH = 4u * DEPTH4;
const LANES = 128u;
const TM = 8u; // rows an invocation sums, LANES / (SIDE / 4) apart
const W_AT = SIDE * DEPTH;
// x: [SIDE, DEPTH], then w: [DEPTH, SIDE]; or what the matrices made: [SIDE, SIDE].
var<workgroup> tile: array<f32, SIDE * SIDE>;

fn keep(at: u32, value: vec4<f32>) {
    tile[at] = value.x;
    tile[at + 1u] = value.y;
    tile[at + 2u] = value.z;
    tile[at + 3u] = value.w;
}

// Of the rows from row0 on at tap k, the channels from c on; zeros beyond the channels.
fn carry_x(p: Params, in_base: u32, row0: u32, k: u32, c: u32, lane: u32) {
    for (var i = lane; i < SIDE * DEPTH4; i += LANES) {
        let t = source_row(p, row0 + i / DEPTH4, k);
        let channel = c + i % DEPTH4;
        let inside = is_inside(p, t) && channel < p.in_pitch4;
        keep(4u * i, prologue(p, x[in_base + select(0u, u32(t) * p.in_pitch4 + channel, inside)], inside));
    }
}

// Of the columns from column0 on, the same channels.
fn carry_w(p: Params, w_base: u32, column0: u32, c: u32, lane: u32) {
    for (var i = lane; i < DEPTH * SIDE / 4u; i += LANES) {
        let channel = 4u * c + i / (SIDE / 4u);
        let column = column0 + i % (SIDE / 4u);
        let inside = channel < 4u * p.in_pitch4 && column < p.columns4;
        let value = value4(w[w_base + select(0u, channel * p.columns4 + column, inside)]);
        keep(W_AT + 4u * i, select(vec4(0.0), value, inside));
    }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32, @builtin(subgroup_id) quarter: u32) {
    let planes = batch[0].planes;
    let p = batch[group.z / planes];
    let plane = group.z % planes;
    let row0 = (p.groups_before + group.y) * SIDE;
    let column0 = group.x * SIDE / 4u;
    if row0 >= p.rows { return; } // another utterance of the batch is longer
    let in_base = plane_at4(p, plane);
    let down = quarter / 2u * 32u;
    let across = quarter % 2u * 32u;
    let own_row = lane / (SIDE / 4u);
    let own_column = lane % (SIDE / 4u);
    tile[lane] = 0.0;
    workgroupBarrier();
    let zero = coopLoadT<coop_mat8x8<f32, C>>(&tile[0], 8u);
    var sum: array<vec4<f32>, TM>;
    for (var k = 0u; k < p.taps; k++) {
        let w_base = tap_at4(p, plane, k);
        for (var block = 0u; block < p.in_pitch4; block += BLOCK4) {
            var part: array<coop_mat8x8<f32, C>, 16>;
            for (var i = 0u; i < 16u; i++) { part[i] = zero; }
            for (var c = block; c < min(block + BLOCK4, p.in_pitch4); c += DEPTH4) {
                workgroupBarrier(); // the last turn's values have been read
                carry_x(p, in_base, row0, k, c, lane);
                carry_w(p, w_base, column0, c, lane);
                workgroupBarrier();
                for (var d = 0u; d < DEPTH; d += 8u) {
                    for (var m = 0u; m < 4u; m++) {
                        let a = coopLoadT<coop_mat8x8<f32, A>>(&tile[(down + 8u * m) * DEPTH + d], DEPTH);
                        for (var n = 0u; n < 4u; n++) {
                            let b = coopLoadT<coop_mat8x8<f32, B>>(&tile[W_AT + d * SIDE + across + 8u * n], SIDE);
                            part[4u * m + n] = coopMultiplyAdd(a, b, part[4u * m + n]);
                        }
                    }
                }
            }
            workgroupBarrier(); // x and w make room
            for (var i = 0u; i < 16u; i++) {
                coopStoreT(part[i], &tile[(down + i / 4u * 8u) * SIDE + across + i % 4u * 8u], SIDE);
            }
            workgroupBarrier();
            for (var r = 0u; r < TM; r++) {
                let at = (own_row + r * 8u) * SIDE + 4u * own_column;
                sum[r] += vec4(tile[at], tile[at + 1u], tile[at + 2u], tile[at + 3u]);
            }
        }
    }
    let column = column0 + own_column;
    for (var r = 0u; r < TM; r++) { epilogue(p, plane, row0 + own_row + r * 8u, column, sum[r]); }
    if p.gelu != 0u {
        for (var r = 0u; r < TM; r++) { gelu_at(p, plane, row0 + own_row + r * 8u, column); }
    }
}
