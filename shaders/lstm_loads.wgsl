// h of four units of an lstm, loaded by every invocation.
fn h_at(k: u32, unit: u32) -> vec4<f32> { return vec4(h[k], h[k + 1u], h[k + 2u], h[k + 3u]); }
