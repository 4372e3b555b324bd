// Weights stored as f16, two per word, which needs no device feature (SHADER_F16).
alias Stored = vec2<u32>;
const ZERO = vec2(0u);
fn value4(stored: Stored) -> vec4<f32> { return vec4(unpack2x16float(stored.x), unpack2x16float(stored.y)); }
