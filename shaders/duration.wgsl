// duration: length[t] = sum over j of sigmoid(logits[t, j]) / speed; frames[p.at + t] = that rounded half to even, at least 1,
// and 0 only if it is NaN, for the host to see; ends[t] = frames[0] + .. + frames[t]. logits: [tokens, logits] at a pitch. One workgroup; the running sum is one lane's,
// tokens (<= 512) turns.
const WG = 64u;
struct Params { @align(16) tokens: u32, logits: u32, pitch: u32, speed: f32, logits_at: u32, at: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> lengths: array<f32>;
@group(0) @binding(3) var<storage, read_write> frames: array<u32>;
@group(0) @binding(4) var<storage, read_write> ends: array<u32>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    for (var t = lane; t < p.tokens; t += WG) {
        var sum = 0.0;
        for (var j = 0u; j < p.logits; j++) { sum += sigmoid4(vec4(logits[p.logits_at + t * p.pitch + j])).x; }
        let length = sum / p.speed;
        let down = floor(length);
        let rest = length - down;
        var rounded = u32(down);
        if rest > 0.5 || (rest == 0.5 && (rounded & 1u) == 1u) { rounded += 1u; }
        lengths[p.at + t] = length;
        frames[p.at + t] = select(max(rounded, 1u), 0u, is_nan4(vec4(length)).x);
    }
    storageBarrier();
    if lane == 0u {
        var end = 0u;
        for (var t = 0u; t < p.tokens; t++) {
            end += frames[p.at + t];
            ends[p.at + t] = end;
        }
    }
}
