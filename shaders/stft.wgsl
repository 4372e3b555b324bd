// stft: har[j] = (|X_0| .. |X_10|, angle X_0 .. angle X_10, zeros up to the pitch), where X_k = sum over m < 20 of
// hann[m] x[5 j + m - 10] e^(-2 pi i k m / 20), hann is periodic, and x is reflected at both ends (without repeating the end
// sample). Bins 0 and 10 of every frame, and all of frame 0 (a mirror image), are real: their angle is exactly 0 or +pi.
// x: [samples], at least 11, so that one reflection is enough; har: [frames, pitch]. One invocation per frame, 253 iterations. A
// NaN is always in the magnitudes.
const N = 20u;
const HOP = 5u;
const BINS = 11u;
struct Params { @align(16) samples: u32, frames: u32, pitch: u32, x_offset: u32, y_offset: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> har: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let frame = flat_index(group, groups, local_index);
    if frame >= params.frames { return; }
    var cosine = COSINES;
    var windowed: array<f32, N>;
    for (var m = 0u; m < N; m++) {
        let last = i32(params.samples) - 1;
        let index = abs(i32(frame * HOP + m) - i32(N / 2u));
        windowed[m] = x[params.x_offset + u32(last - abs(last - index))] * (0.5 - 0.5 * cosine[m]);
    }
    for (var k = 0u; k < BINS; k++) {
        var re = 0.0;
        var im = 0.0;
        for (var m = 0u; m < N; m++) {
            let angle_index = (k * m) % N;
            re = fma(windowed[m], cosine[angle_index], re);
            im = fma(windowed[m], cosine[(angle_index + 5u) % N], im); // -sin(a) = cos(a + a quarter turn)
        }
        if k == 0u || k == BINS - 1u || frame == 0u { im = 0.0; }
        har[params.y_offset + frame * params.pitch + k] = sqrt(re * re + im * im);
        har[params.y_offset + frame * params.pitch + BINS + k] = angle(re, im);
    }
    for (var c = 2u * BINS; c < params.pitch; c++) { har[params.y_offset + frame * params.pitch + c] = 0.0; }
}
