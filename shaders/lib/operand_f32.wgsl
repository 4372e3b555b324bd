// What a convolution multiplies, and sums in blocks of input channels: float32. A block has 64 channels: with one accumulator
// 3,000 terms would be off by 1e-6, with blocks by 2e-7.
alias Operand = vec4<f32>;
const BLOCK4 = 16u;
