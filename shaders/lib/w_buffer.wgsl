// w in a storage buffer, as f32 or f16 (lib/stored_*.wgsl).
@group(0) @binding(2) var<storage, read> w: array<Stored>;

fn w_at(index: u32) -> vec4<f32> { return value4(w[index]); }
