// conv1d with cooperative matrices of float16, whose products are summed in float32: it rounds the inputs to float16, after
// the LeakyReLU, and the weights are stored so. A workgroup computes ROWS rows by 4 COLUMNS4 columns, of which a subgroup
// computes one or two quarters, as matrices of SIDE x SIDE; conv1d_matrix8 and conv1d_matrix16 have the sizes. As in
// conv1d_shared, both operands are staged in workgroup memory, with rows padded against bank conflicts, and the next tiles
// are read while these are multiplied.
//
// The size of a subgroup is the driver's choice: two subgroups have two quarters each, and of more than four the others idle.
const ROWS = 64u;
const COLUMNS4 = 16u;
const STAGED4 = 8u;
const LANES = 128u;
const PITCH_X = 4u * STAGED4 + 8u;
const PITCH_W = 4u * COLUMNS4 + 8u;
// Rows and columns of a quarter, and matrices along each.
const QUARTER_SIDE = 32u;
const PER_SIDE = QUARTER_SIDE / SIDE;
// Quarters of a subgroup, at most: subgroups have at most 64 invocations.
const MAX_QUARTERS = 2u;
// For the epilogue, the sums go through workgroup memory, SLICE rows at a time. Of each slice an invocation reads rows
// ROW_STEP apart.
const SLICE = 16u;
const TM = 8u;
const TN4 = 1u;
const ROW_STEP = LANES / COLUMNS4;
const COLUMN_STEP = 1u;
var<workgroup> tile_x: array<f16, ROWS * PITCH_X>;
var<workgroup> tile_w: array<f16, 4u * STAGED4 * PITCH_W>;
var<workgroup> slice: array<f32, SLICE * 4u * COLUMNS4>;

// float16 ends at 65,504: larger values become that, and a NaN stays one.
fn to_half(value: vec4<f32>) -> vec4<f16> {
    return vec4<f16>(select(clamp(value, vec4(-65504.0), vec4(65504.0)), value, is_nan4(value)));
}

fn store_x(index: u32, value: vec4<f32>) {
    let half = to_half(value);
    tile_x[index] = half.x;
    tile_x[index + 1u] = half.y;
    tile_x[index + 2u] = half.z;
    tile_x[index + 3u] = half.w;
}

fn store_w(index: u32, stored: Stored) {
    tile_w[index] = stored.x;
    tile_w[index + 1u] = stored.y;
    tile_w[index + 2u] = stored.z;
    tile_w[index + 3u] = stored.w;
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
) {
    let planes = batch[0].planes;
    let params = batch[group.z / planes];
    let plane = group.z % planes;
    let row0 = (params.first_tile + group.y) * ROWS;
    let column0 = group.x * COLUMNS4;
    if row0 >= params.rows { return; } // another utterance of the batch is longer
    var next_x: LoadsX;
    var next_w: LoadsW;
    fetch_x(params, plane, row0, 0u, 0u, local_index, &next_x);
    fetch_w(params, plane, column0, 0u, 0u, local_index, &next_w);
    for (var i = local_index; i < SLICE * 4u * COLUMNS4; i += LANES) { slice[i] = 0.0; }
    workgroupBarrier();
    var matrix_sums: array<MatrixC, MAX_QUARTERS * PER_SIDE * PER_SIDE>;
    for (var i = 0u; i < MAX_QUARTERS * PER_SIDE * PER_SIDE; i++) { matrix_sums[i] = coopLoadT<MatrixC>(&slice[0], 4u * COLUMNS4); }
    for (var k = 0u; k < params.taps; k++) {
        for (var c = 0u; c < params.in_pitch4; c += STAGED4) {
            workgroupBarrier(); // all invocations have read the previous tiles
            for (var i = 0u; i < LOADS_X; i++) {
                store_x((local_index / STAGED4 + i * (LANES / STAGED4)) * PITCH_X + local_index % STAGED4 * 4u, next_x[i]);
            }
            for (var i = 0u; i < LOADS_W; i++) {
                store_w((local_index / COLUMNS4 + i * (LANES / COLUMNS4)) * PITCH_W + local_index % COLUMNS4 * 4u, next_w[i]);
            }
            workgroupBarrier();
            fetch_next(params, plane, row0, column0, k, c, local_index, &next_x, &next_w);
            // coopLoadT takes memory as rows, coopLoad as columns.
            for (var q = 0u; q < MAX_QUARTERS; q++) {
                let quarter = subgroup + q * subgroups;
                if quarter >= 4u { break; }
                let x_start = quarter / 2u * QUARTER_SIDE * PITCH_X;
                let w_start = quarter % 2u * QUARTER_SIDE;
                for (var d = 0u; d < 4u * STAGED4 / SIDE; d++) {
                    for (var m = 0u; m < PER_SIDE; m++) {
                        let a = coopLoadT<MatrixA>(&tile_x[x_start + m * SIDE * PITCH_X + d * SIDE], PITCH_X);
                        for (var n = 0u; n < PER_SIDE; n++) {
                            let b = coopLoadT<MatrixB>(&tile_w[w_start + d * SIDE * PITCH_W + n * SIDE], PITCH_W);
                            let i = (q * PER_SIDE + m) * PER_SIDE + n;
                            matrix_sums[i] = coopMultiplyAdd(a, b, matrix_sums[i]);
                        }
                    }
                }
            }
        }
    }
    let local_row = local_index / COLUMNS4;
    let local_column = local_index % COLUMNS4;
    var sum: Tile;
    for (var s = 0u; s < ROWS / SLICE; s++) {
        let row = s * SLICE;
        workgroupBarrier(); // all invocations have read the previous slice
        for (var q = 0u; q < MAX_QUARTERS; q++) {
            let quarter = subgroup + q * subgroups;
            if quarter >= 4u || quarter / 2u != row / QUARTER_SIDE { continue; }
            for (var m = 0u; m < SLICE / SIDE; m++) {
                for (var n = 0u; n < PER_SIDE; n++) {
                    let i = (q * PER_SIDE + row % QUARTER_SIDE / SIDE + m) * PER_SIDE + n;
                    coopStoreT(matrix_sums[i], &slice[m * SIDE * 4u * COLUMNS4 + quarter % 2u * QUARTER_SIDE + n * SIDE], 4u * COLUMNS4);
                }
            }
        }
        workgroupBarrier();
        for (var r = 0u; r < SLICE / ROW_STEP; r++) {
            let i = ((local_row + r * ROW_STEP) * COLUMNS4 + local_column) * 4u;
            sum[row / ROW_STEP + r][0] = vec4(slice[i], slice[i + 1u], slice[i + 2u], slice[i + 3u]);
        }
    }
    store_tile(params, plane, row0 + local_row, column0 + local_column, &sum);
}
