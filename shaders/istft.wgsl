// istft: the exact inverse of an STFT with a Hann window of 20 and hop 5. x: [frames, 22] with a pitch; magnitude =
// exp(x[.., 0..11]), phase = sin(x[.., 11..22]). The real inverse DFT of each frame (without the imaginary parts of bins 0 and
// 10) is windowed, overlap-added and divided by the sum of the squared windows; 10 samples are cut at both ends.
// y: [5 (frames - 1)]. One invocation per hop of five samples, to which four frames contribute: about 4 * 11 * 6 iterations.
// exp clamps its argument to 88.
const N = 20u;
const HOP = 5u;
const BINS = 11u;
struct Params { @align(16) frames: u32, pitch: u32, x_offset: u32, y_offset: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let hop = flat_index(group, groups, local_index);
    if hop + 1u >= params.frames { return; }
    var cosine = COSINES;
    var sum: array<f32, HOP>;
    var weight: array<f32, HOP>;
    // Sample 5 hop + s has index 5 hop + s + 10 before the cut. Frames hop - 1 .. hop + 2 contribute, each its value of index
    // m = 5 (hop + 2 - frame) + s.
    for (var d = 0u; d < 4u; d++) {
        if hop + 2u < d || hop + 2u - d >= params.frames { continue; }
        let row = params.x_offset + (hop + 2u - d) * params.pitch;
        var value = array<f32, HOP>();
        for (var k = 0u; k < BINS; k++) {
            let magnitude = exp1(x[row + k]) * select(2.0, 1.0, k == 0u || k == BINS - 1u);
            let phase = sin4(vec4(x[row + BINS + k])).x;
            let re = magnitude * cos_small(phase);
            let im = magnitude * sin_reduced4(vec4(phase)).x;
            for (var s = 0u; s < HOP; s++) {
                let angle_index = (k * (d * HOP + s)) % N;
                value[s] += re * cosine[angle_index] + im * cosine[(angle_index + 5u) % N];
            }
        }
        for (var s = 0u; s < HOP; s++) {
            let window = 0.5 - 0.5 * cosine[d * HOP + s];
            sum[s] = fma(value[s] / f32(N), window, sum[s]);
            weight[s] = fma(window, window, weight[s]);
        }
    }
    for (var s = 0u; s < HOP; s++) { y[params.y_offset + hop * HOP + s] = sum[s] / weight[s]; }
}
