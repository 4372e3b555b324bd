// Utterances of a replay, at most. Each step has an array of scalars, one struct an utterance; workgroups along z are the
// utterances, and `_at` fields say where an utterance's rows begin in a tensor that holds those of all.
const BATCH = 16u;
