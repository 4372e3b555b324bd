// residual in a storage buffer.
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;

fn residual_at(index: u32) -> vec4<f32> { return residual[index]; }
