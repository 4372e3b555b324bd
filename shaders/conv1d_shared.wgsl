// conv1d with both operands staged in workgroup memory, where each value is read by many invocations. A workgroup of
// LANES_X by LANES_Y invocations computes ROWS rows by COLUMNS4 vec4 of columns, DEPTH4 vec4 of input channels at a time.
// The rows of an invocation are LANES_Y apart and its columns LANES_X apart, so that neighbours read the same row of x and
// neighbouring weights. Each row of x is padded by one vec4 against bank conflicts.
//
// The two tiles take 64 registers, which lets several workgroups share a core of a current GPU; 9 KiB of workgroup memory.
const TM = 8u;
const TN4 = 1u;
const LANES_X = 16u;
const LANES_Y = 8u;
const DEPTH4 = 4u;
const ROW_STEP = LANES_Y;
const COLUMN_STEP = LANES_X;
const ROWS = TM * LANES_Y;
const COLUMNS4 = TN4 * LANES_X;
const LANES = LANES_X * LANES_Y;
const PITCH = DEPTH4 + 1u;
var<workgroup> tile_x: array<vec4<f32>, ROWS * PITCH>;
var<workgroup> tile_w: array<vec4<f32>, 4u * DEPTH4 * COLUMNS4>;

// Loads the rows from row0 on, for tap k, and their input channels from the vec4 c on; zeros past the last channel.
fn load_tile_x(params: Params, x_offset: u32, row0: u32, k: u32, c: u32, local_index: u32) {
    for (var i = local_index; i < ROWS * DEPTH4; i += LANES) {
        let t = source_row(params, row0 + i / DEPTH4, k);
        let channel = c + i % DEPTH4;
        let inside = is_inside(params, t) && channel < params.in_pitch4;
        let index = x_offset + select(0u, u32(t) * params.in_pitch4 + channel, inside);
        tile_x[i / DEPTH4 * PITCH + i % DEPTH4] = prologue(params, x[index], inside);
    }
}

// Loads the columns from column0 on, for the same input channels; zeros past the last channel and column.
fn load_tile_w(params: Params, w_offset: u32, column0: u32, c: u32, local_index: u32) {
    for (var i = local_index; i < 4u * DEPTH4 * COLUMNS4; i += LANES) {
        let channel = 4u * c + i / COLUMNS4;
        let column = column0 + i % COLUMNS4;
        let inside = channel < 4u * params.in_pitch4 && column < params.columns4;
        let index = w_offset + select(0u, channel * params.columns4 + column, inside);
        tile_w[i] = select(vec4(0.0), value4(w[index]), inside);
    }
}

@compute @workgroup_size(LANES_X, LANES_Y)
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
    let x_offset = plane_offset4(params, plane);
    var sum: Tile;
    for (var k = 0u; k < params.taps; k++) {
        let w_offset = tap_offset4(params, plane, k);
        for (var block = 0u; block < params.in_pitch4; block += BLOCK4) {
            var block_sum: Tile;
            for (var c = block; c < min(block + BLOCK4, params.in_pitch4); c += DEPTH4) {
                workgroupBarrier(); // all invocations have read the previous tiles
                load_tile_x(params, x_offset, row0, k, c, local_index);
                load_tile_w(params, w_offset, column0, c, local_index);
                workgroupBarrier();
                for (var d = 0u; d < DEPTH4; d++) {
                    var a: array<vec4<f32>, TM>;
                    for (var r = 0u; r < TM; r++) { a[r] = tile_x[(local.y + r * LANES_Y) * PITCH + d]; }
                    for (var n = 0u; n < TN4; n++) {
                        let b = 4u * d * COLUMNS4 + local.x + n * LANES_X;
                        let b0 = tile_w[b];
                        let b1 = tile_w[b + COLUMNS4];
                        let b2 = tile_w[b + 2u * COLUMNS4];
                        let b3 = tile_w[b + 3u * COLUMNS4];
                        for (var r = 0u; r < TM; r++) { block_sum[r][n] = multiply_add(a[r], b0, b1, b2, b3, block_sum[r][n]); }
                    }
                }
            }
            add_tile(&sum, &block_sum);
        }
    }
    store_tile(params, plane, row0 + local.y, column0 + local.x, &sum);
}
