// The tile of conv1d_shared in float16, with 8 rows by 4 columns an invocation. It takes about 128 registers. With 8 by 8 it would
// multiply 10 % more per instruction, with 192 to 240 registers. 4.5 KiB of workgroup memory.
enable f16;
const TM = 8u;
const TN4 = 1u;
const LANES_X = 16u;
const LANES_Y = 8u;
const DEPTH4 = 4u;
const SPLIT = 1u;
