// layer_norm: y[r] = leaky((x[r] - mean) / sqrt(variance + eps) * (gamma + gamma_plus) + beta) over a row's channels.
// LayerNorm has gamma_plus 0; AdaLayerNorm takes gamma and beta from the style and gamma_plus 1. slope 1 leaves the sign alone.
// x, y: [rows, channels] with channels = 4 pitch4. One workgroup a row, tokens at most: one dimension holds them.
// Two passes, since E[x^2] - E[x]^2 cancels, with a barrier between that no regrouping passes. The maximum keeps a NaN:
// both its sides are.
const WG = 64u;
struct Params { @align(16) rows: u32, pitch4: u32, gamma_at4: u32, beta_at4: u32, gamma_plus: f32, eps: f32, slope: f32, at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> beta: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    if group.x >= p.rows { return; }
    let row = p.at4 + group.x * p.pitch4;
    let channels = f32(p.pitch4 * 4u);
    var sum = vec4(0.0);
    for (var i = lane; i < p.pitch4; i += WG) { sum += x[row + i]; }
    let mean = sum_all(lane, dot(sum, vec4(1.0))) / channels;
    var squares = vec4(0.0);
    for (var i = lane; i < p.pitch4; i += WG) {
        let d = x[row + i] - mean;
        squares += d * d;
    }
    let rstd = 1.0 / sqrt(sum_all(lane, dot(squares, vec4(1.0))) / channels + p.eps);
    for (var i = lane; i < p.pitch4; i += WG) {
        let value = fma((x[row + i] - mean) * rstd, gamma[p.gamma_at4 + i] + p.gamma_plus, beta[p.beta_at4 + i]);
        y[row + i] = max(value, value * p.slope);
    }
}
