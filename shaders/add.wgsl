// add: y[r, i] = (a[source(r), i] + b[r, i] + c[r, i]) scale. c is added only if has_c. source(r) = r; with `reflect`, a is
// padded on the left by reflection, so that source(0), source(1), source(2), ... = 1, 0, 1, ...
// a, b, c, y: [rows, 4 * pitch4]. One invocation per vec4.
struct Params { @align(16) size4: u32, pitch4: u32, has_c: u32, reflect: u32, scale: f32, a_offset4: u32, offset4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> c: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let index = flat_index(group, groups, local_index);
    if index >= params.size4 { return; }
    var source = index;
    if params.reflect != 0u {
        source = select(index - params.pitch4, index + params.pitch4, index < params.pitch4);
    }
    var value = a[params.a_offset4 + source] + b[params.offset4 + index];
    if params.has_c != 0u {
        value += c[params.offset4 + index];
    }
    y[params.offset4 + index] = value * params.scale;
}
