// layer_norm: y[r] = leaky((x[r] - mean) / sqrt(variance + eps) (gamma + gamma_plus) + beta), with mean and variance over the
// channels of row r. LayerNorm has gamma_plus = 0; AdaLayerNorm has gamma_plus = 1, and gamma and beta from the style. A slope
// of 1 omits the LeakyReLU, which is a maximum, so that it keeps a NaN.
// x, y: [rows, 4 * pitch4]; all 4 * pitch4 channels exist. One workgroup per row; rows are tokens, so one dimension is enough.
// Two passes, since E[x^2] - E[x]^2 cancels. The barrier between them keeps fast math from regrouping across the passes.
const WG = 64u;
struct Params {
    @align(16) rows: u32, pitch4: u32, gamma_offset4: u32, beta_offset4: u32,
    gamma_plus: f32, eps: f32, slope: f32, offset4: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> beta: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local_index: u32) {
    let params = batch[group.z];
    if group.x >= params.rows { return; }
    let row = params.offset4 + group.x * params.pitch4;
    let channels = f32(params.pitch4 * 4u);
    var sum = vec4(0.0);
    for (var i = local_index; i < params.pitch4; i += WG) { sum += x[row + i]; }
    let mean = sum_all(local_index, dot(sum, vec4(1.0))) / channels;
    var squares = vec4(0.0);
    for (var i = local_index; i < params.pitch4; i += WG) {
        let d = x[row + i] - mean;
        squares += d * d;
    }
    let inverse_deviation = 1.0 / sqrt(sum_all(local_index, dot(squares, vec4(1.0))) / channels + params.eps);
    for (var i = local_index; i < params.pitch4; i += WG) {
        let scale = gamma[params.gamma_offset4 + i] + params.gamma_plus;
        let value = fma((x[row + i] - mean) * inverse_deviation, scale, beta[params.beta_offset4 + i]);
        y[row + i] = max(value, value * params.slope);
    }
}
