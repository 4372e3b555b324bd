// istft: the exact inverse of a Hann-windowed STFT of 20 with hop 5. x: [frames, 22] at a pitch; magnitude = exp(x[.., 0..11]),
// phase = sin(x[.., 11..22]). Each frame's real inverse DFT (the imaginary parts of bins 0 and 10 are ignored) is windowed,
// overlap-added, divided by the sum of squared windows, and 10 samples are cut at each side: y: [5 (frames - 1)].
// One invocation a hop of five samples, which four frames reach: 4 * 11 * 6 turns and some. Magnitudes stay below e^88.
const N = 20u;
const HOP = 5u;
const BINS = 11u;
struct Params { @align(16) frames: u32, pitch: u32, x_at: u32, y_at: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let hop = (group.y * groups.x + group.x) * 64u + lane;
    if hop + 1u >= p.frames { return; }
    var cosine = COSINES;
    var sum: array<f32, HOP>;
    var weight: array<f32, HOP>;
    // Sample 5 hop + s lies at 5 hop + s + 10 before the cut: frames hop - 1 .. hop + 2 reach it, at m = 5 (hop + 2 - frame) + s.
    for (var d = 0u; d < 4u; d++) {
        if hop + 2u < d || hop + 2u - d >= p.frames { continue; }
        let row = p.x_at + (hop + 2u - d) * p.pitch;
        var value: array<f32, HOP>;
        for (var k = 0u; k < BINS; k++) {
            let magnitude = exp1(x[row + k]) * select(2.0, 1.0, k == 0u || k == BINS - 1u);
            let phase = sin4(vec4(x[row + BINS + k])).x;
            let re = magnitude * cos_small(phase);
            let im = magnitude * sin_reduced4(vec4(phase)).x;
            for (var s = 0u; s < HOP; s++) {
                let turn = (k * (d * HOP + s)) % N;
                value[s] += re * cosine[turn] + im * cosine[(turn + 5u) % N];
            }
        }
        for (var s = 0u; s < HOP; s++) {
            let window = 0.5 - 0.5 * cosine[d * HOP + s];
            sum[s] = fma(value[s] / f32(N), window, sum[s]);
            weight[s] = fma(window, window, weight[s]);
        }
    }
    for (var s = 0u; s < HOP; s++) { y[p.y_at + hop * HOP + s] = sum[s] / weight[s]; }
}
