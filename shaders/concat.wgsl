// concat: y[r] = (a[r], b[r], c[r], d[r], zeros up to the pitch). A part is [rows, channels] at its own pitch; pitch 0
// repeats its one row, channels 0 leaves it out. One invocation a value.
struct Params {
    @align(16) rows: u32, pitch: u32, y_at: u32,
    channels: vec4<u32>,
    pitches: vec4<u32>,
    at: vec4<u32>,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read> d: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let index = (group.y * groups.x + group.x) * 64u + lane;
    if index >= p.rows * p.pitch { return; }
    let row = index / p.pitch;
    var column = index % p.pitch;
    if column < p.channels.x { y[p.y_at + index] = a[p.at.x + row * p.pitches.x + column]; return; }
    column -= p.channels.x;
    if column < p.channels.y { y[p.y_at + index] = b[p.at.y + row * p.pitches.y + column]; return; }
    column -= p.channels.y;
    if column < p.channels.z { y[p.y_at + index] = c[p.at.z + row * p.pitches.z + column]; return; }
    column -= p.channels.z;
    if column < p.channels.w { y[p.y_at + index] = d[p.at.w + row * p.pitches.w + column]; return; }
    y[p.y_at + index] = 0.0;
}
