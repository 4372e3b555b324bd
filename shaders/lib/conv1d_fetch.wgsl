// The tiles of x and w that a workgroup stages: STAGED4 vec4 of input channels of ROWS rows and of 4 COLUMNS4 columns, which
// LANES invocations read from the buffers into registers. conv1d_shared.wgsl and conv1d_matrix.wgsl define the
// constants.
//
// wgpu does not clamp these indices: every load is of a row, channel and column that exist, or of the first row or weight.

// vec4 of each tile that one invocation loads.
const LOADS_X = ROWS * STAGED4 / LANES;
const LOADS_W = 4u * STAGED4 * COLUMNS4 / LANES;

alias LoadsX = array<vec4<f32>, LOADS_X>;
alias LoadsW = array<Stored, LOADS_W>;

// Reads the rows from row0 on, for tap k, and their input channels from the vec4 c on; zeros past the last channel.
fn fetch_x(params: Params, plane: u32, row0: u32, k: u32, c: u32, local_index: u32, loads: ptr<function, LoadsX>) {
    let x_offset = plane_offset4(params, plane);
    let channel = c + local_index % STAGED4;
    for (var i = 0u; i < LOADS_X; i++) {
        let t = source_row(params, row0 + local_index / STAGED4 + i * (LANES / STAGED4), k);
        let inside = is_inside(params, t) && channel < params.in_pitch4;
        let index = x_offset + select(0u, u32(t) * params.in_pitch4 + channel, inside);
        (*loads)[i] = prologue(params, x[index], inside);
    }
}

// Reads the columns from column0 on, for the same input channels; zeros past the last channel and column.
fn fetch_w(params: Params, plane: u32, column0: u32, k: u32, c: u32, local_index: u32, loads: ptr<function, LoadsW>) {
    let column = column0 + local_index % COLUMNS4;
    let start = w_offset4(params, plane, k, column);
    for (var i = 0u; i < LOADS_W; i++) {
        let channel = 4u * c + local_index / COLUMNS4 + i * (LANES / COLUMNS4);
        let inside = channel < 4u * params.in_pitch4 && column < params.columns4;
        let index = select(0u, start + channel * STRIP4, inside);
        (*loads)[i] = select(ZERO, w[index], inside);
    }
}

// Reads both tiles that follow those of tap k and vec4 c. After the last tap this reads once more, for nobody.
fn fetch_next(
    params: Params, plane: u32, row0: u32, column0: u32, k: u32, c: u32, local_index: u32,
    loads_x: ptr<function, LoadsX>, loads_w: ptr<function, LoadsW>,
) {
    let is_last = c + STAGED4 >= params.in_pitch4;
    let next_k = min(k + u32(is_last), params.taps - 1u);
    let next_c = select(c + STAGED4, 0u, is_last);
    fetch_x(params, plane, row0, next_k, next_c, local_index, loads_x);
    fetch_w(params, plane, column0, next_k, next_c, local_index, loads_w);
}
