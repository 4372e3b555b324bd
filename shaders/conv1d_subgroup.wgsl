// conv1d with subgroup broadcasts. A workgroup computes BLOCKS blocks of TM rows, one after another, by LANES TN4 vec4 of
// columns. All its invocations compute the same TM rows: each loads every SPAN-th of them, and the subgroup broadcasts them.
// This is correct for subgroups of at least SPAN invocations, however the workgroup is divided into them; of a subgroup
// larger than the workgroup, the first LANES invocations are active. All invocations of a workgroup agree on which blocks
// exist, so all take part in the broadcasts. Subgroups without a column that exists end at once.
// Loop iterations per invocation: BLOCKS taps in_pitch4, at most 1,638 in this network (decoder.decode); 22 times that if no
// inner loop is unrolled.
//
// Measured on llvmpipe with subgroups of 8: tiles of 16 rows by 1 vec4 and of 8 by 2 are equally fast, a quarter to a half
// faster than conv1d_registers; 16 by 2 and 8 by 1 are slower than it. 32 invocations fill the subgroups of most GPUs.
const TM = 16u;
const TN4 = 1u;
const_assert TN4 == 1u; // w_index has one column of vec4
const LANES = 32u;
const BLOCKS = 2u;
const SPAN = 4u; // 8 on devices whose subgroups have as many (Kernel::wgsl)
const ROW_STEP = 1u;
const COLUMN_STEP = LANES;

fn compute_block(params: Params, plane: u32, row0: u32, column0: u32, subgroup_index: u32) {
    let x_offset = plane_offset4(params, plane);
    var sum: Tile;
    for (var k = 0u; k < params.taps; k++) {
        var row_offset = array<u32, TM / SPAN>();
        var inside = array<bool, TM / SPAN>();
        for (var s = 0u; s < TM / SPAN; s++) {
            let t = source_row(params, row0 + s * SPAN + subgroup_index % SPAN, k);
            inside[s] = is_inside(params, t);
            row_offset[s] = x_offset + select(0u, u32(t) * params.in_pitch4, inside[s]);
        }
        var w_index = w_offset4(params, plane, k, column0);
        for (var block = 0u; block < params.in_pitch4; block += BLOCK4) {
            var block_sum = Block();
            for (var c = block; c < min(block + BLOCK4, params.in_pitch4); c++) {
                var a = array<vec4<f32>, TM>();
                for (var s = 0u; s < TM / SPAN; s++) {
                    let own = prologue(params, x_at(row_offset[s] + c), inside[s]);
                    a[s * SPAN] = subgroupBroadcast(own, 0u);
                    a[s * SPAN + 1u] = subgroupBroadcast(own, 1u);
                    a[s * SPAN + 2u] = subgroupBroadcast(own, 2u);
                    a[s * SPAN + 3u] = subgroupBroadcast(own, 3u);
                    if SPAN == 8u {
                        a[s * SPAN + 4u] = subgroupBroadcast(own, 4u);
                        a[s * SPAN + 5u] = subgroupBroadcast(own, 5u);
                        a[s * SPAN + 6u] = subgroupBroadcast(own, 6u);
                        a[s * SPAN + 7u] = subgroupBroadcast(own, 7u);
                    }
                }
                for (var n = 0u; n < TN4; n++) {
                    let b0 = w_at(w_index);
                    let b1 = w_at(w_index + STRIP4);
                    let b2 = w_at(w_index + 2u * STRIP4);
                    let b3 = w_at(w_index + 3u * STRIP4);
                    for (var r = 0u; r < TM; r++) { block_sum[r][n] = multiply_add(a[r], b0, b1, b2, b3, block_sum[r][n]); }
                }
                w_index += 4u * STRIP4;
            }
            add_block(&sum, &block_sum);
        }
    }
    store_tile(params, plane, row0, column0, &sum);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
    @builtin(subgroup_invocation_id) subgroup_index: u32,
) {
    let planes = batch[0].planes;
    let params = batch[group.z / planes];
    let column0 = group.x * LANES * TN4 + local_index;
    if !subgroupAny(column0 < params.columns4) { return; }
    for (var block = 0u; block < BLOCKS; block++) {
        let row0 = ((params.first_tile + group.y) * BLOCKS + block) * TM;
        if row0 < params.rows { compute_block(params, group.z % planes, row0, column0, subgroup_index); }
    }
}
