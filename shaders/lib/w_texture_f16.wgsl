// w in a texture, as f16, two per word.
@group(0) @binding(2) var w: texture_storage_2d<rg32uint, read>;

fn w_at(index: u32) -> vec4<f32> { return value4(textureLoad(w, texel(index)).xy); }
