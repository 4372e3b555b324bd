// affine_act: y = leaky(a[c] x + b[c]), the second half of an adaptive instance norm with the LeakyReLU behind it.
// x, y: [rows, 4 pitch4]. One invocation a vec4. LeakyReLU as a maximum keeps a NaN: both its sides are.
struct Params { @align(16) size4: u32, pitch4: u32, slope: f32, at4: u32, affine_at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> affine: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let index = (group.y * groups.x + group.x) * 64u + lane;
    if index >= p.size4 { return; }
    let column = index % p.pitch4;
    let value = fma(x[p.at4 + index], affine[p.affine_at4 + column], affine[p.affine_at4 + p.pitch4 + column]);
    y[p.at4 + index] = max(value, value * p.slope);
}
