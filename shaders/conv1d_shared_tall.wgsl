// The tile of conv1d_shared with 8 rows by 4 columns an invocation. It takes 140 to 180 registers, so that more workgroups share
// a core of a GPU than of the wide tile. 9 KiB of workgroup memory.
const TM = 8u;
const TN4 = 1u;
const LANES_X = 16u;
const LANES_Y = 8u;
const DEPTH4 = 4u;
const SPLIT = 1u;
