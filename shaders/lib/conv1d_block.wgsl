// The sums of one block of input channels, for the tile that an invocation computes (lib/conv1d_tile.wgsl).
alias Block = array<array<Operand, TN4>, TM>;

// sum + a (b0, b1, b2, b3): four input channels times four output channels.
fn multiply_add(a: Operand, b0: Operand, b1: Operand, b2: Operand, b3: Operand, sum: Operand) -> Operand {
    return fma(Operand(a.w), b3, fma(Operand(a.z), b2, fma(Operand(a.y), b1, fma(Operand(a.x), b0, sum))));
}

fn add_block(sum: ptr<function, Tile>, block: ptr<function, Block>) {
    for (var n = 0u; n < TN4; n++) {
        for (var r = 0u; r < TM; r++) { (*sum)[r][n] += vec4<f32>((*block)[r][n]); }
    }
}
