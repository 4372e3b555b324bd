// embed: y[t, c] = words[ids[t], c]; with has_positions, plus positions[t, c] + types[0, c].
// ids: [tokens], which the host has checked; tables: [entries, 4 * pitch4], y: [tokens, 4 * pitch4]. One invocation per vec4: for
// 512 tokens at most 1,536 workgroups.
struct Params { @align(16) tokens: u32, pitch4: u32, has_positions: u32, ids_offset: u32, y_offset4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> words: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> positions: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> types: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
    let params = batch[group.z];
    if id.x >= params.tokens * params.pitch4 { return; }
    let token = id.x / params.pitch4;
    let column = id.x % params.pitch4;
    var value = words[ids[params.ids_offset + token] * params.pitch4 + column];
    if params.has_positions != 0u {
        value += positions[id.x] + types[column];
    }
    y[params.y_offset4 + id.x] = value;
}
