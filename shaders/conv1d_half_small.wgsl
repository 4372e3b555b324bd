// The tile of conv1d_shared_small in float16. 14.1 KiB of workgroup memory.
enable f16;
const TM = 4u;
const TN4 = 1u;
const LANES_X = 8u;
const LANES_Y = 4u;
const DEPTH4 = 2u;
const SPLIT = 8u;
