// source: the harmonic source. y[n] = tanh(bias + sum over h of weight[h] (voiced 0.1 sin(2 pi phase_h(n)) + amplitude normal(n, h, seed))),
// voiced where F0 > 10 Hz; amplitude 0.003 voiced, 0.1 / 3 unvoiced. One invocation a sample, HARMONICS turns.
// Phases are interpolated linearly between half-frame centres SPAN samples apart and held before the first and after the last:
// i = floor((n + 0.5) / SPAN - 0.5), phase(n) = SPAN sums[i] + k turns[i + 1] / 2 with odd k = 2 n + 1 - SPAN - 2 SPAN i in 1 .. 2 SPAN - 1,
// modulo 2^32 = one turn. An F0 that is NaN counts as unvoiced: the decoder, which reads it too, carries the NaN.
const HARMONICS = 9u;
const SPAN = 300u;
struct Params { @align(16) samples: u32, rows: u32, f0_pitch: u32, pitch: u32, seed: u32, f0_at: u32, turns_at: u32, y_at: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> f0: array<f32>;
@group(0) @binding(2) var<storage, read> turns: array<u32>;
@group(0) @binding(3) var<storage, read> sums: array<u32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

fn phase(p: Params, n: u32, harmonic: u32) -> u32 {
    let at = p.turns_at + harmonic;
    if n < SPAN / 2u { return SPAN * sums[at]; }
    let i = (n - SPAN / 2u) / SPAN;
    let base = SPAN * sums[at + i * p.pitch];
    if i + 1u >= p.rows { return base; }
    let t = turns[at + (i + 1u) * p.pitch];
    let k = 2u * n + 1u - SPAN - 2u * SPAN * i;
    // Half of k t before it wraps: halving afterwards would lose the top bit.
    return base + k * (t >> 1u) + ((k * (t & 1u)) >> 1u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    let n = (group.y * groups.x + group.x) * 64u + lane;
    if n >= p.samples { return; }
    let voiced = f0[p.f0_at + n / SPAN * p.f0_pitch] > 10.0;
    let sine_gain = select(0.0, 0.1, voiced);
    let noise_gain = select(0.1 / 3.0, 0.003, voiced);
    var sum = bias[0];
    for (var h = 0u; h < HARMONICS; h++) {
        let turn = f32(bitcast<i32>(phase(p, n, h))) * 0x1p-32;
        sum = fma(weight[h], fma(sine_gain, sin_turns(turn), noise_gain * normal(n, h, p.seed)), sum);
    }
    y[p.y_at + n] = tanh4(vec4(sum)).x;
}
