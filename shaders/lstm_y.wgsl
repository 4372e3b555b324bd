// lstm_y: where one layer's lstm writes.
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn put(layer: u32, at: u32, value: f32) { y[at] = value; }
