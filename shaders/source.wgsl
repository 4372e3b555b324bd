// source: the harmonic source.
//   y[n] = tanh(bias + sum over h of weight[h] (voiced 0.1 sin(2 pi phase_h(n)) + amplitude normal(n, h, seed)))
// voiced is 1 where F0 > 10 Hz, else 0; the amplitude is 0.003 if voiced, else 0.1 / 3.
// A phase is a u32, 2^32 of which are one turn. turns[i] is a harmonic's advance per sample in half-frame i, and sums[i] their sum
// up to it: the phase at the centre of half-frame i is SPAN sums[i]. It is interpolated linearly between the centres of
// half-frames, SPAN samples apart, and constant before the first and after the last: with i = floor((n + 0.5) / SPAN - 0.5),
// phase(n) = SPAN sums[i] + k turns[i + 1] / 2, where k = 2 n + 1 - SPAN - 2 SPAN i is odd, in 1 .. 2 SPAN - 1.
// f0: [rows] with a pitch, turns and sums: [rows, pitch] from source_phase, y: [SPAN rows]. One invocation per sample, HARMONICS
// iterations. An F0 of NaN counts as unvoiced; the decoder reads F0 too, so the NaN still reaches the audio.
const HARMONICS = 9u;
const SPAN = 300u;
struct Params {
    @align(16) samples: u32, rows: u32, f0_pitch: u32, pitch: u32,
    seed: u32, f0_offset: u32, turns_offset: u32, y_offset: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> f0: array<f32>;
@group(0) @binding(2) var<storage, read> turns: array<u32>;
@group(0) @binding(3) var<storage, read> sums: array<u32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

fn phase(params: Params, n: u32, harmonic: u32) -> u32 {
    let first = params.turns_offset + harmonic;
    if n < SPAN / 2u { return SPAN * sums[first]; }
    let i = (n - SPAN / 2u) / SPAN;
    let base = SPAN * sums[first + i * params.pitch];
    if i + 1u >= params.rows { return base; }
    let t = turns[first + (i + 1u) * params.pitch];
    let k = 2u * n + 1u - SPAN - 2u * SPAN * i;
    // k t / 2 without overflow: halving after the product has wrapped would lose the top bit.
    return base + k * (t >> 1u) + ((k * (t & 1u)) >> 1u);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32,
) {
    let params = batch[group.z];
    let n = flat_index(group, groups, local_index);
    if n >= params.samples { return; }
    let voiced = f0[params.f0_offset + n / SPAN * params.f0_pitch] > 10.0;
    let sine_gain = select(0.0, 0.1, voiced);
    let noise_gain = select(0.1 / 3.0, 0.003, voiced);
    var sum = bias[0];
    for (var h = 0u; h < HARMONICS; h++) {
        let turn = f32(bitcast<i32>(phase(params, n, h))) * 0x1p-32;
        sum = fma(weight[h], fma(sine_gain, sin_turns(turn), noise_gain * normal(n, h, params.seed)), sum);
    }
    y[params.y_offset + n] = tanh4(vec4(sum)).x;
}
