// expand: y[f, c] = x[a(f), c]. The token a(f) of a frame is the first whose end is after f; a binary search finds it.
// ends: [tokens], the running sums of the durations; x: [tokens, 4 * pitch4], y: [frames, 4 * pitch4]. One invocation per vec4, at
// most 9 iterations. There are at least two tokens. The host has checked that the sums fit 32 bits.
struct Params { @align(16) tokens: u32, frames: u32, pitch4: u32, ends_offset: u32, x_offset4: u32, y_offset4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> ends: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let index = flat_index(group, groups, local_index);
    if index >= params.frames * params.pitch4 { return; }
    let frame = index / params.pitch4;
    var low = 0u;
    var high = params.tokens - 1u;
    while low < high {
        let middle = (low + high) / 2u;
        if frame < ends[params.ends_offset + middle] { high = middle; } else { low = middle + 1u; }
    }
    y[params.y_offset4 + index] = x[params.x_offset4 + low * params.pitch4 + index % params.pitch4];
}
