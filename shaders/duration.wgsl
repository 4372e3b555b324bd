// duration: lengths[t] = (sum over j of sigmoid(logits[t, j])) / speed. frames[t] is that rounded half to even, at least 1; it
// is 0 if the length is NaN, which the host checks. ends[t] = frames[0] + .. + frames[t].
// logits: [tokens, logits] with a pitch; the results are [tokens]. One workgroup per utterance. One invocation computes the
// running sum, in at most 512 iterations.
const WG = 64u;
struct Params { @align(16) tokens: u32, logits: u32, pitch: u32, speed: f32, logits_offset: u32, offset: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> lengths: array<f32>;
@group(0) @binding(3) var<storage, read_write> frames: array<u32>;
@group(0) @binding(4) var<storage, read_write> ends: array<u32>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local_index: u32) {
    let params = batch[group.z];
    for (var t = local_index; t < params.tokens; t += WG) {
        var sum = 0.0;
        for (var j = 0u; j < params.logits; j++) { sum += sigmoid4(vec4(logits[params.logits_offset + t * params.pitch + j])).x; }
        let length = sum / params.speed;
        let whole = floor(length);
        let fraction = length - whole;
        var rounded = u32(whole);
        if fraction > 0.5 || (fraction == 0.5 && (rounded & 1u) == 1u) { rounded += 1u; }
        lengths[params.offset + t] = length;
        frames[params.offset + t] = select(max(rounded, 1u), 0u, is_nan4(vec4(length)).x);
    }
    storageBarrier();
    if local_index == 0u {
        var end = 0u;
        for (var t = 0u; t < params.tokens; t++) {
            end += frames[params.offset + t];
            ends[params.offset + t] = end;
        }
    }
}
