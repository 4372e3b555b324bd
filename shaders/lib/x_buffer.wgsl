// x in a storage buffer.
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;

fn x_at(index: u32) -> vec4<f32> { return x[index]; }
