// w in a texture, as f32.
@group(0) @binding(2) var w: texture_storage_2d<rgba32float, read>;

fn w_at(index: u32) -> vec4<f32> { return textureLoad(w, texel(index)); }
