// Weights stored as f32.
alias Stored = vec4<f32>;
const ZERO = vec4(0.0);
fn value4(stored: Stored) -> vec4<f32> { return stored; }
