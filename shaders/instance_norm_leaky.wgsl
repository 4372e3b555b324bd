// The result of an instance_norm: leaky(a x + b), with a LeakyReLU as a maximum, which keeps a NaN.
fn finish(params: Params, column: u32, lane: u32, a: vec4<f32>, b: vec4<f32>) {
    for (var row = lane; row < params.rows; row += LANES) {
        let index = row * params.pitch4 + column;
        let value = fma(x_at(params.x_offset4 + index), a, b);
        y[params.y_offset4 + index] = max(value, value * params.slope);
    }
}
