// Operands in textures, copied from their buffers (src/graph/textures.rs): row by row, ROW texels in each row. llvmpipe
// compiles a load from a storage buffer to a loop over the subgroup's invocations, which on processors without AVX-512 goes
// through the stack: some 200 cycles for each component. A load from a storage texture is a tenth of that.
const ROW = 4096u;

fn texel(index: u32) -> vec2<u32> { return vec2(index % ROW, index / ROW); }
