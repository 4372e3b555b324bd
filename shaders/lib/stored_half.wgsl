// Weights stored as f16, on devices with float16 arithmetic (SHADER_F16).
alias Stored = vec4<f16>;
const ZERO = vec4(0h);
fn value4(stored: Stored) -> vec4<f32> { return vec4<f32>(stored); }
