// add: y[r, i] = (a[source(r), i] + b[r, i] + c[r, i]) * scale, c only if has_c. source(r) = r, or with reflect the
// reflection padding of one row on the left: row 1, then rows 0, 1, 2, ... One invocation a vec4.
struct Params { @align(16) size4: u32, pitch4: u32, has_c: u32, reflect: u32, scale: f32, a_at4: u32, at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> c: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let index = (group.y * groups.x + group.x) * 64u + lane;
    if index >= p.size4 { return; }
    var source = index;
    if p.reflect != 0u {
        source = select(index - p.pitch4, index + p.pitch4, index < p.pitch4);
    }
    var value = a[p.a_at4 + source] + b[p.at4 + index];
    if p.has_c != 0u {
        value += c[p.at4 + index];
    }
    y[p.at4 + index] = value * p.scale;
}
