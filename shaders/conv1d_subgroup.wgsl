// conv1d, by subgroups: the workgroup covers BLOCKS TM rows, one block behind the other, by LANES TN4 vec4 of columns. All
// its invocations sum the same TM rows, so each loads only every SPAN-th of them, and the subgroup hands them round; right
// for every subgroup of at least SPAN invocations, however the workgroup is cut into them. (Handing round eight where there
// are so many is no faster on llvmpipe.)
// Subgroups of 4 to 128 therefore: of a larger one than the workgroup, the first LANES are there. Which rows there are is
// the same for all of a workgroup, so that all are in the broadcast.
// Loop turns an invocation: BLOCKS taps in_pitch4, at most 1,638 in this network (decoder.decode), 22 times that if none
// is unrolled.
const SPAN = 4u;

fn block_of_rows(p: Params, plane: u32, row0: u32, column0: u32, id: u32) {
    let in_base = plane_at4(p, plane);
    var sum: array<array<vec4<f32>, TN4>, TM>;
    for (var k = 0u; k < p.taps; k++) {
        var at: array<u32, TM / SPAN>;
        var inside: array<bool, TM / SPAN>;
        for (var s = 0u; s < TM / SPAN; s++) {
            let t = source_row(p, row0 + s * SPAN + id % SPAN, k);
            inside[s] = is_inside(p, t);
            at[s] = in_base + select(0u, u32(t) * p.in_pitch4, inside[s]);
        }
        var w_at = tap_at4(p, plane, k) + column0;
        for (var block = 0u; block < p.in_pitch4; block += BLOCK4) {
            var part: array<array<vec4<f32>, TN4>, TM>;
            for (var c = block; c < min(block + BLOCK4, p.in_pitch4); c++) {
                var a: array<vec4<f32>, TM>;
                for (var s = 0u; s < TM / SPAN; s++) {
                    let own = prologue(p, x[at[s] + c], inside[s]);
                    a[s * SPAN] = subgroupBroadcast(own, 0u);
                    a[s * SPAN + 1u] = subgroupBroadcast(own, 1u);
                    a[s * SPAN + 2u] = subgroupBroadcast(own, 2u);
                    a[s * SPAN + 3u] = subgroupBroadcast(own, 3u);
                }
                for (var n = 0u; n < TN4; n++) {
                    let b = w_at + n * LANES;
                    let b0 = value4(w[b]);
                    let b1 = value4(w[b + p.columns4]);
                    let b2 = value4(w[b + 2u * p.columns4]);
                    let b3 = value4(w[b + 3u * p.columns4]);
                    for (var r = 0u; r < TM; r++) {
                        part[r][n] = fma(vec4(a[r].w), b3, fma(vec4(a[r].z), b2, fma(vec4(a[r].y), b1, fma(vec4(a[r].x), b0, part[r][n]))));
                    }
                }
                w_at += 4u * p.columns4;
            }
            for (var n = 0u; n < TN4; n++) {
                for (var r = 0u; r < TM; r++) { sum[r][n] += part[r][n]; }
            }
        }
    }
    for (var n = 0u; n < TN4; n++) {
        let column = column0 + n * LANES;
        for (var r = 0u; r < TM; r++) { epilogue(p, plane, row0 + r, column, sum[r][n]); }
    }
    if p.gelu != 0u {
        for (var i = 0u; i < TM * TN4; i++) {
            gelu_at(p, plane, row0 + i / TN4, column0 + i % TN4 * LANES);
        }
    }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32, @builtin(subgroup_invocation_id) id: u32) {
    let planes = batch[0].planes;
    let p = batch[group.z / planes];
    let column0 = group.x * LANES * TN4 + lane;
    for (var block = 0u; block < BLOCKS; block++) {
        let row0 = ((p.groups_before + group.y) * BLOCKS + block) * TM;
        if row0 < p.rows { block_of_rows(p, group.z % planes, row0, column0, id); }
    }
}
