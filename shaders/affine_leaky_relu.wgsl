// affine_leaky_relu: y = leaky(a[c] x + b[c]): the second half of an adaptive instance norm, and the LeakyReLU that follows it.
// x, y: [rows, 4 * pitch4], affine: [2, 4 * pitch4], a and b. One invocation per vec4. LeakyReLU as a maximum keeps a NaN.
struct Params { @align(16) size4: u32, pitch4: u32, slope: f32, offset4: u32, affine_offset4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> affine: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let index = flat_index(group, groups, local_index);
    if index >= params.size4 { return; }
    let column = index % params.pitch4;
    let a = affine[params.affine_offset4 + column];
    let b = affine[params.affine_offset4 + params.pitch4 + column];
    let value = fma(x[params.offset4 + index], a, b);
    y[params.offset4 + index] = max(value, value * params.slope);
}
