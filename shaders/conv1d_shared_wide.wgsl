// The tile of conv1d_shared with 8 rows by 8 columns an invocation, so that each vec4 from workgroup memory serves 16 products
// of a vec4. It takes about 230 registers. 14 KiB of workgroup memory.
const TM = 8u;
const TN4 = 2u;
const LANES_X = 8u;
const LANES_Y = 16u;
const DEPTH4 = 4u;
const SPLIT = 1u;
