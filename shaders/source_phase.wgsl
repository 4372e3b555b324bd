// source_phase: the phases of the harmonics as u32, 2^32 of which are one turn; their sums wrap exactly, in any order.
// turns[i, h] = round(2^32 F0[i] (h + 1) / 24000) mod 2^32, the advance per sample in half-frame i;
// sums[i, h] = turns[0, h] + .. + turns[i, h].
// f0: [rows] with a pitch, turns and sums: [rows, pitch]. One workgroup per harmonic. Each invocation sums a stretch of
// rows / WG rows, at most 137, each with a long division of at most ten iterations.
const WG = 256u;
struct Params { @align(16) rows: u32, f0_pitch: u32, pitch: u32, f0_offset: u32, y_offset: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> f0: array<f32>;
@group(0) @binding(2) var<storage, read_write> turns: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<u32>;

// F0 = +-m 2^e with a 24-bit m, so 2^32 F0 h / 24000 = +-m h 2^(e + 26) / 375: a long division in base 2^16, then rounding.
fn turns_per_sample(f0: f32, harmonic: u32) -> u32 {
    let bits = bitcast<u32>(f0);
    let exponent = i32((bits >> 23u) & 255u);
    if exponent == 0 { return 0u; } // below 2^-126 Hz
    let product = ((bits & 0x007fffffu) | 0x00800000u) * harmonic;
    var shift = exponent - 150 + 26;
    var value = product / 375u;
    var rest = product % 375u;
    if shift < 0 {
        let right = u32(-shift);
        if right > 31u { return 0u; }
        value = (value >> right) + ((value >> (right - 1u)) & 1u);
    } else {
        while shift > 0 {
            let digit = u32(min(shift, 16));
            rest <<= digit;
            value = (value << digit) + rest / 375u;
            rest %= 375u;
            shift -= 16;
        }
        value += u32(2u * rest >= 375u);
    }
    return select(value, 0u - value, (bits >> 31u) == 1u);
}

var<workgroup> stretch_sums: array<u32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local_index: u32) {
    let params = batch[group.z];
    let harmonic = group.x;
    let stretch = (params.rows + WG - 1u) / WG;
    let first = local_index * stretch;
    let end = min(first + stretch, params.rows);
    var sum = 0u;
    for (var i = first; i < end; i++) { sum += turns_per_sample(f0[params.f0_offset + i * params.f0_pitch], harmonic + 1u); }
    stretch_sums[local_index] = sum;
    // Scan of Hillis and Steele: after the round of `span`, each entry is the sum of the 2 span entries up to itself.
    for (var span = 1u; span < WG; span <<= 1u) {
        workgroupBarrier();
        var before = 0u;
        if local_index >= span { before = stretch_sums[local_index - span]; }
        workgroupBarrier();
        stretch_sums[local_index] += before;
    }
    workgroupBarrier();
    sum = stretch_sums[local_index] - sum;
    for (var i = first; i < end; i++) {
        let step = turns_per_sample(f0[params.f0_offset + i * params.f0_pitch], harmonic + 1u);
        sum += step;
        turns[params.y_offset + i * params.pitch + harmonic] = step;
        sums[params.y_offset + i * params.pitch + harmonic] = sum;
    }
}
