// conv1d, in registers: an invocation computes TM rows by TN4 vec4 of columns; the workgroup covers LANES_Y TM rows by
// LANES_X TN4 vec4, neighbours in x reading neighbouring weights. No workgroup memory: llvmpipe is three times slower with it.
// Loop turns an invocation: taps in_pitch4, at most 819 in this network (decoder.decode), 27 times that if none is unrolled.
@compute @workgroup_size(LANES_X, LANES_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let planes = batch[0].planes;
    let p = batch[group.z / planes];
    let plane = group.z % planes;
    let group_y = p.groups_before + group.y;
    if group_y * LANES_Y * TM >= p.rows { return; } // another utterance of the batch is longer
    let row0 = (group_y * LANES_Y + lane.y) * TM;
    let column0 = group.x * LANES_X * TN4 + lane.x;
    let in_base = plane_at4(p, plane);
    var sum: array<array<vec4<f32>, TN4>, TM>;
    for (var k = 0u; k < p.taps; k++) {
        var at: array<u32, TM>;
        var inside: array<bool, TM>;
        for (var r = 0u; r < TM; r++) {
            let t = source_row(p, row0 + r, k);
            inside[r] = is_inside(p, t);
            at[r] = in_base + select(0u, u32(t) * p.in_pitch4, inside[r]);
        }
        var w_at = tap_at4(p, plane, k) + column0;
        for (var block = 0u; block < p.in_pitch4; block += BLOCK4) {
            var part: array<array<vec4<f32>, TN4>, TM>;
            for (var c = block; c < min(block + BLOCK4, p.in_pitch4); c++) {
                var a: array<vec4<f32>, TM>;
                for (var r = 0u; r < TM; r++) { a[r] = prologue(p, x[at[r] + c], inside[r]); }
                for (var n = 0u; n < TN4; n++) {
                    let b = w_at + n * LANES_X;
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
        let column = column0 + n * LANES_X;
        for (var r = 0u; r < TM; r++) { epilogue(p, plane, row0 + r, column, sum[r][n]); }
    }
    if p.gelu != 0u {
        for (var i = 0u; i < TM * TN4; i++) {
            gelu_at(p, plane, row0 + i / TN4, column0 + i % TN4 * LANES_X);
        }
    }
}
