// The largest number of utterances in a batch. Each kernel has one `Params` per utterance; workgroups along z are utterances,
// or the planes of each (conv1d.wgsl). In a tensor, the rows of an utterance start at its `_offset`, which counts vec4 if it
// ends in 4.
const BATCH = 16u;
