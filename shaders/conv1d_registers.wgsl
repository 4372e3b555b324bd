// conv1d in registers, without workgroup memory (with it, llvmpipe is three times slower). A workgroup computes
// LANES_Y TM rows by LANES_X TN4 vec4 of columns; neighbouring invocations in x read neighbouring weights.
// Loop iterations per invocation: taps in_pitch4, at most 819 in this network (decoder.decode); 27 times that if no inner
// loop is unrolled.
//
// Measured on llvmpipe for tiles of 4 to 16 rows by 1 to 4 vec4: 8 by 2 is the fastest, with 24 GFLOP/s. Larger ones spill.
const TM = 8u;
const TN4 = 2u;
const LANES_X = 8u;
const_assert LANES_X == STRIP4; // the next columns are in the next strip of w
const LANES_Y = 4u;
const ROW_STEP = 1u;
const COLUMN_STEP = LANES_X;

@compute @workgroup_size(LANES_X, LANES_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let planes = batch[0].planes;
    let params = batch[group.z / planes];
    let plane = group.z % planes;
    let group_y = params.first_tile + group.y;
    if group_y * LANES_Y * TM >= params.rows { return; } // another utterance of the batch is longer
    let row0 = (group_y * LANES_Y + local.y) * TM;
    let column0 = group.x * LANES_X * TN4 + local.x;
    let x_offset = plane_offset4(params, plane);
    var sum: Tile;
    for (var k = 0u; k < params.taps; k++) {
        var row_offset = array<u32, TM>();
        var inside = array<bool, TM>();
        for (var r = 0u; r < TM; r++) {
            let t = source_row(params, row0 + r, k);
            inside[r] = is_inside(params, t);
            row_offset[r] = x_offset + select(0u, u32(t) * params.in_pitch4, inside[r]);
        }
        var w_index = w_offset4(params, plane, k, column0);
        for (var block = 0u; block < params.in_pitch4; block += BLOCK4) {
            var block_sum = Block();
            for (var c = block; c < min(block + BLOCK4, params.in_pitch4); c++) {
                var a = array<vec4<f32>, TM>();
                for (var r = 0u; r < TM; r++) { a[r] = prologue(params, x[row_offset[r] + c], inside[r]); }
                for (var n = 0u; n < TN4; n++) {
                    let b = w_index + n * 4u * params.in_pitch4 * STRIP4;
                    let b0 = value4(w[b]);
                    let b1 = value4(w[b + STRIP4]);
                    let b2 = value4(w[b + 2u * STRIP4]);
                    let b3 = value4(w[b + 3u * STRIP4]);
                    for (var r = 0u; r < TM; r++) { block_sum[r][n] = multiply_add(a[r], b0, b1, b2, b3, block_sum[r][n]); }
                }
                w_index += 4u * STRIP4;
            }
            add_block(&sum, &block_sum);
        }
    }
    store_tile(params, plane, row0, column0, &sum);
}
