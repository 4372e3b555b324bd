// conv1d with both operands staged in workgroup memory, where each value is read by many invocations. A workgroup of
// LANES_X by LANES_Y by SPLIT invocations computes ROWS rows by COLUMNS4 vec4 of columns, SPLIT DEPTH4 vec4 of input channels
// at a time: each of the SPLIT parts, a power of two, multiplies DEPTH4 of them, and their sums are added at the end. The rows
// of an invocation are LANES_Y apart and its columns LANES_X apart, so that neighbours read the same row of x and neighbouring
// weights. Each row of x is padded by one vec4 against bank conflicts. conv1d_shared_tall, _wide and _small have the
// sizes; lib/staged_f32 and _f16 have what differs between float32 and float16.
//
// The next tiles are read from their buffers into registers while the present ones are multiplied, which hides the latency.
//
// wgpu does not clamp this kernel's indices: every load is of a row, channel and column that exist, or of the first row or
// weight. In the innermost loop, clamping takes two operations for each vec4 from workgroup memory.
const ROW_STEP = LANES_Y;
const COLUMN_STEP = LANES_X;
const ROWS = TM * LANES_Y;
const COLUMNS4 = TN4 * LANES_X;
const PART = LANES_X * LANES_Y;
const LANES = PART * SPLIT;
const STAGED4 = DEPTH4 * SPLIT;
const PITCH = STAGED4 + 1u;
var<workgroup> tile_x: array<Operand, ROWS * PITCH>;
var<workgroup> tile_w: array<Operand, 4u * STAGED4 * COLUMNS4>;
// Sums of half of the parts, in memory that lib/staged_*.wgsl has.
const PART_SUMS = TN4 * TM * (SPLIT / 2u) * PART;

@compute @workgroup_size(LANES_X, LANES_Y, SPLIT)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let planes = batch[0].planes;
    let params = batch[group.z / planes];
    let plane = group.z % planes;
    let row0 = (params.first_tile + group.y) * ROWS;
    let column0 = group.x * COLUMNS4;
    if row0 >= params.rows { return; } // another utterance of the batch is longer
    let store_x = local_index / STAGED4 * PITCH + local_index % STAGED4;
    var next_x: LoadsX;
    var next_w: LoadsW;
    fetch_x(params, plane, row0, 0u, 0u, local_index, &next_x);
    fetch_w(params, plane, column0, 0u, 0u, local_index, &next_w);
    var sum: Tile;
    for (var k = 0u; k < params.taps; k++) {
        for (var block = 0u; block < params.in_pitch4; block += BLOCK4) {
            var block_sum = Block();
            for (var c = block; c < min(block + BLOCK4, params.in_pitch4); c += STAGED4) {
                workgroupBarrier(); // all invocations have read the previous tiles
                for (var i = 0u; i < LOADS_X; i++) { tile_x[store_x + i * (LANES / STAGED4 * PITCH)] = operand_x(next_x[i]); }
                for (var i = 0u; i < LOADS_W; i++) { tile_w[local_index + i * LANES] = operand_w(next_w[i]); }
                workgroupBarrier();
                fetch_next(params, plane, row0, column0, k, c, local_index, &next_x, &next_w);
                for (var d = 0u; d < DEPTH4; d++) {
                    var a = array<Operand, TM>();
                    let channel4 = local.z * DEPTH4 + d;
                    for (var r = 0u; r < TM; r++) { a[r] = tile_x[(local.y + r * LANES_Y) * PITCH + channel4]; }
                    for (var n = 0u; n < TN4; n++) {
                        let b = 4u * channel4 * COLUMNS4 + local.x + n * LANES_X;
                        let b0 = tile_w[b];
                        let b1 = tile_w[b + COLUMNS4];
                        let b2 = tile_w[b + 2u * COLUMNS4];
                        let b3 = tile_w[b + 3u * COLUMNS4];
                        for (var r = 0u; r < TM; r++) { block_sum[r][n] = multiply_add(a[r], b0, b1, b2, b3, block_sum[r][n]); }
                    }
                }
                if SUMS_EACH_STAGE {
                    add_block(&sum, &block_sum);
                    block_sum = Block();
                }
            }
            if !SUMS_EACH_STAGE { add_block(&sum, &block_sum); }
        }
    }
    // The second half of the parts adds its sums to the first half's, through workgroup memory, until one part is left.
    for (var parts = SPLIT / 2u; parts > 0u; parts >>= 1u) {
        workgroupBarrier();
        if local.z >= parts && local.z < 2u * parts {
            let place = local_index - parts * PART;
            for (var n = 0u; n < TN4; n++) {
                for (var r = 0u; r < TM; r++) { store_part_sum((n * TM + r) * parts * PART + place, sum[r][n]); }
            }
        }
        workgroupBarrier();
        if local.z < parts {
            for (var n = 0u; n < TN4; n++) {
                for (var r = 0u; r < TM; r++) { sum[r][n] += part_sum((n * TM + r) * parts * PART + local_index); }
            }
        }
    }
    if local.z == 0u { store_tile(params, plane, row0 + local.y, column0 + local.x, &sum); }
}
