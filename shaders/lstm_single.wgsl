// The output of an lstm of one layer.
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn store_output(layer: u32, index: u32, value: f32) { y[index] = value; }
