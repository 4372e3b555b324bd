// The result of an instance_norm: its affine map.
fn finish(params: Params, column: u32, lane: u32, a: vec4<f32>, b: vec4<f32>) {
    if lane == 0u {
        y[params.y_offset4 + column] = a;
        y[params.y_offset4 + params.pitch4 + column] = b;
    }
}
