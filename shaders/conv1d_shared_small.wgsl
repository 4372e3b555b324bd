// The tile of conv1d_shared for few rows, of which a large tile would occupy only a few cores of a GPU, each with a long sum
// over the input channels: a small tile makes more workgroups, and eight parts of each share the sum. 12.3 KiB of workgroup memory.
const TM = 4u;
const TN4 = 1u;
const LANES_X = 8u;
const LANES_Y = 4u;
const DEPTH4 = 2u;
const SPLIT = 8u;
