// Standard normals from (sample, harmonic, seed), the same on every GPU.

// The hash pcg4d (Jarzynski and Olano, 2020).
fn pcg4d(key: vec4<u32>) -> vec4<u32> {
    var v = key * 1664525u + 1013904223u;
    v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
    v ^= v >> vec4(16u);
    v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
    return v;
}

// Box-Muller on two 24-bit uniforms, u1 in (0, 1], u2 in [0, 1): sqrt(-2 ln u1) cos(2 pi u2).
// cos(2 pi u2) = sin(2 pi (|u2 - 1/2| - 1/4)), whose argument is exact.
fn normal(sample: u32, harmonic: u32, seed: u32) -> f32 {
    let word = pcg4d(vec4(sample, harmonic, seed, 0u));
    let u1 = f32((word.x >> 8u) + 1u) * 0x1p-24;
    let u2 = f32(word.y >> 8u) * 0x1p-24;
    return sqrt(-2.0 * log1(u1)) * sin_turns(abs(u2 - 0.5) - 0.25);
}
