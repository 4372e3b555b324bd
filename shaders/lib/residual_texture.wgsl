// residual in a texture.
@group(0) @binding(3) var residual: texture_storage_2d<rgba32float, read>;

fn residual_at(index: u32) -> vec4<f32> { return textureLoad(residual, texel(index)); }
