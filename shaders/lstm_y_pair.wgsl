// lstm_y_pair: where the lstm of two layers writes.
@group(0) @binding(4) var<storage, read_write> y0: array<f32>;
@group(0) @binding(5) var<storage, read_write> y1: array<f32>;

fn put(layer: u32, at: u32, value: f32) {
    if layer == 0u { y0[at] = value; } else { y1[at] = value; }
}
