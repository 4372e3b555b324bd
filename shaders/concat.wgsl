// concat: y[r] = (a[r], b[r], c[r], d[r], zeros up to the pitch). Input i is [rows, channels[i]] with the pitch pitches[i]: a
// pitch of 0 repeats its only row, and 0 channels omit it. One invocation per value.
struct Params {
    @align(16) rows: u32, pitch: u32, y_offset: u32,
    channels: vec4<u32>,
    pitches: vec4<u32>,
    offsets: vec4<u32>,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read> d: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let index = flat_index(group, groups, local_index);
    if index >= params.rows * params.pitch { return; }
    let row = index / params.pitch;
    var column = index % params.pitch;
    if column < params.channels.x { y[params.y_offset + index] = a[params.offsets.x + row * params.pitches.x + column]; return; }
    column -= params.channels.x;
    if column < params.channels.y { y[params.y_offset + index] = b[params.offsets.y + row * params.pitches.y + column]; return; }
    column -= params.channels.y;
    if column < params.channels.z { y[params.y_offset + index] = c[params.offsets.z + row * params.pitches.z + column]; return; }
    column -= params.channels.z;
    if column < params.channels.w { y[params.y_offset + index] = d[params.offsets.w + row * params.pitches.w + column]; return; }
    y[params.y_offset + index] = 0.0;
}
