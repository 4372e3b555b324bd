// The outputs of an lstm of two layers.
@group(0) @binding(4) var<storage, read_write> y0: array<f32>;
@group(0) @binding(5) var<storage, read_write> y1: array<f32>;

fn store_output(layer: u32, index: u32, value: f32) {
    if layer == 0u { y0[index] = value; } else { y1[index] = value; }
}
