// conv1d with cooperative matrices of float32 (Metal's simdgroup_float8x8). Both operands are staged in workgroup memory, as
// in conv1d_shared. A workgroup of four subgroups of 32 computes a tile of SIDE rows by SIDE columns: each subgroup computes a
// quarter, as 4 by 4 matrices of 8 x 8, over a block of 64 channels. Matrices cannot be added in MSL, so the blocks go through
// workgroup memory and the invocations add them: each TM rows, ROW_STEP apart, of one vec4 of columns.
enable wgpu_cooperative_matrix;
const SIDE = 64u;
const DEPTH4 = 4u;
const DEPTH = 4u * DEPTH4;
const LANES = 128u;
const TM = 8u;
const TN4 = 1u;
const ROW_STEP = LANES / (SIDE / 4u);
const COLUMN_STEP = 1u;
const W_OFFSET = SIDE * DEPTH;
// Either x, [SIDE, DEPTH], and from W_OFFSET on w, [DEPTH, SIDE]; or the sums of a block, [SIDE, SIDE].
var<workgroup> tile: array<f32, SIDE * SIDE>;

fn store_vec4(index: u32, value: vec4<f32>) {
    tile[index] = value.x;
    tile[index + 1u] = value.y;
    tile[index + 2u] = value.z;
    tile[index + 3u] = value.w;
}

// Loads the rows from row0 on, for tap k, and their input channels from the vec4 c on; zeros past the last channel.
fn load_tile_x(params: Params, x_offset: u32, row0: u32, k: u32, c: u32, local_index: u32) {
    for (var i = local_index; i < SIDE * DEPTH4; i += LANES) {
        let t = source_row(params, row0 + i / DEPTH4, k);
        let channel = c + i % DEPTH4;
        let inside = is_inside(params, t) && channel < params.in_pitch4;
        let index = x_offset + select(0u, u32(t) * params.in_pitch4 + channel, inside);
        store_vec4(4u * i, prologue(params, x[index], inside));
    }
}

// Loads the columns from column0 on, for the same input channels; zeros past the last channel and column.
fn load_tile_w(params: Params, w_offset: u32, column0: u32, c: u32, local_index: u32) {
    for (var i = local_index; i < DEPTH * SIDE / 4u; i += LANES) {
        let channel = 4u * c + i / (SIDE / 4u);
        let column = column0 + i % (SIDE / 4u);
        let inside = channel < 4u * params.in_pitch4 && column < params.columns4;
        let value = value4(w[w_offset + select(0u, channel * params.columns4 + column, inside)]);
        store_vec4(W_OFFSET + 4u * i, select(vec4(0.0), value, inside));
    }
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
    @builtin(subgroup_id) quarter: u32,
) {
    let planes = batch[0].planes;
    let params = batch[group.z / planes];
    let plane = group.z % planes;
    let row0 = (params.first_tile + group.y) * SIDE;
    let column0 = group.x * SIDE / 4u;
    if row0 >= params.rows { return; } // another utterance of the batch is longer
    let x_offset = plane_offset4(params, plane);
    let quarter_row = quarter / 2u * 32u;
    let quarter_column = quarter % 2u * 32u;
    let local_row = local_index / (SIDE / 4u);
    let local_column = local_index % (SIDE / 4u);
    tile[local_index] = 0.0;
    workgroupBarrier();
    let zero = coopLoadT<coop_mat8x8<f32, C>>(&tile[0], 8u);
    var sum: Tile;
    for (var k = 0u; k < params.taps; k++) {
        let w_offset = tap_offset4(params, plane, k);
        for (var block = 0u; block < params.in_pitch4; block += BLOCK4) {
            var block_sum: array<coop_mat8x8<f32, C>, 16>;
            for (var i = 0u; i < 16u; i++) { block_sum[i] = zero; }
            for (var c = block; c < min(block + BLOCK4, params.in_pitch4); c += DEPTH4) {
                workgroupBarrier(); // all invocations have read the previous tiles
                load_tile_x(params, x_offset, row0, k, c, local_index);
                load_tile_w(params, w_offset, column0, c, local_index);
                workgroupBarrier();
                for (var d = 0u; d < DEPTH; d += 8u) {
                    for (var m = 0u; m < 4u; m++) {
                        let a = coopLoadT<coop_mat8x8<f32, A>>(&tile[(quarter_row + 8u * m) * DEPTH + d], DEPTH);
                        for (var n = 0u; n < 4u; n++) {
                            let b = coopLoadT<coop_mat8x8<f32, B>>(&tile[W_OFFSET + d * SIDE + quarter_column + 8u * n], SIDE);
                            block_sum[4u * m + n] = coopMultiplyAdd(a, b, block_sum[4u * m + n]);
                        }
                    }
                }
            }
            workgroupBarrier(); // x and w are no longer needed
            for (var i = 0u; i < 16u; i++) {
                let row = quarter_row + i / 4u * 8u;
                coopStoreT(block_sum[i], &tile[row * SIDE + quarter_column + i % 4u * 8u], SIDE);
            }
            workgroupBarrier();
            for (var r = 0u; r < TM; r++) {
                let i = (local_row + r * ROW_STEP) * SIDE + 4u * local_column;
                sum[r][0] += vec4(tile[i], tile[i + 1u], tile[i + 2u], tile[i + 3u]);
            }
        }
    }
    store_tile(params, plane, row0 + local_row, column0 + local_column, &sum);
}
