// embed: y[t, c] = words[ids[t], c], and with positions also + positions[t, c] + types[0, c].
// ids: [tokens], tables: [entries, 4 pitch4], y: [tokens, 4 pitch4]. One invocation a vec4; of 512 tokens, 1,536
// workgroups at most. The host checks the ids.
struct Params { @align(16) tokens: u32, pitch4: u32, positions: u32, ids_at: u32, y_at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> words: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> positions: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> types: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
    let p = batch[group.z];
    if id.x >= p.tokens * p.pitch4 { return; }
    let token = id.x / p.pitch4;
    let column = id.x % p.pitch4;
    var value = words[ids[p.ids_at + token] * p.pitch4 + column];
    if p.positions != 0u {
        value += positions[id.x] + types[column];
    }
    y[p.y_at4 + id.x] = value;
}
