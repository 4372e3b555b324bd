// The tile of y that one invocation of a convolution computes: TM rows, ROW_STEP apart, by TN4 vec4 of columns,
// COLUMN_STEP apart. The variants (conv1d_*.wgsl) define the four constants.
alias Tile = array<array<vec4<f32>, TN4>, TM>;

fn store_tile(params: Params, plane: u32, row0: u32, column0: u32, sum: ptr<function, Tile>) {
    for (var n = 0u; n < TN4; n++) {
        let column = column0 + n * COLUMN_STEP;
        for (var r = 0u; r < TM; r++) { store_output(params, plane, row0 + r * ROW_STEP, column, (*sum)[r][n]); }
    }
    // In a loop of its own: inside the one above, gelu4 would keep Mesa from unrolling it, and the sums would not stay in
    // registers (4 times slower).
    if params.gelu != 0u {
        for (var i = 0u; i < TM * TN4; i++) {
            apply_gelu(params, plane, row0 + i / TN4 * ROW_STEP, column0 + i % TN4 * COLUMN_STEP);
        }
    }
}
