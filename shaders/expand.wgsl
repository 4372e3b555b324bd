// expand: y[f, c] = x[a(f), c], the alignment by durations: a(f) is the first token whose end lies past f.
// ends: [tokens] running sums of the durations, x: [tokens, 4 pitch4], y: [frames, 4 pitch4]. One invocation a vec4: 9 turns.
// Two boundary tokens at least. The host adds the durations in 64 bits and refuses what is too long before this runs.
struct Params { @align(16) tokens: u32, frames: u32, pitch4: u32, ends_at: u32, x_at4: u32, y_at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> ends: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let index = (group.y * groups.x + group.x) * 64u + lane;
    if index >= p.frames * p.pitch4 { return; }
    let frame = index / p.pitch4;
    var low = 0u;
    var high = p.tokens - 1u;
    while low < high {
        let middle = (low + high) / 2u;
        if frame < ends[p.ends_at + middle] { high = middle; } else { low = middle + 1u; }
    }
    y[p.y_at4 + index] = x[p.x_at4 + low * p.pitch4 + index % p.pitch4];
}
