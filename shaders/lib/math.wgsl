// Elementary functions with float32 accuracy. WGSL guarantees only 2^-11 for sin, on [-pi, pi], and little for exp, tanh and
// atan2, and drivers differ. These functions give the same result wherever float32 arithmetic is exact to rounding. They are
// Taylor series whose first omitted term is below 2^-25 of the result. A NaN remains a NaN, except in log1, whose argument is
// never one, and in angle.
//
// Metal and Direct3D compile with fast math: they may regroup sums of products, and assume that NaNs and infinities do not
// occur. They do not regroup an fma, but Mesa regroups nested ones, so the range reductions alternate between fma and plain
// operations. Regrouped, exp would be off by 4e-6, sin(100) by 5e-6 and sin(1000) by 6e-5. Subnormals may be flushed: no
// result depends on one.
const PI = 3.14159265358979;

// Fast math may replace x != x by false, so this looks at the bits.
fn is_nan4(x: vec4<f32>) -> vec4<bool> {
    return (bitcast<vec4<u32>>(x) & vec4(0x7fffffffu)) > vec4(0x7f800000u);
}

// e^x with a relative error below 2^-22. x is clamped to [-87, 88]: below, drivers differ in flushing subnormal results.
fn exp4(x: vec4<f32>) -> vec4<f32> {
    let v = clamp(x, vec4(-87.0), vec4(88.0));
    let n = round(v * 1.442695041);
    // ln 2 in two parts, the first of 9 bits, so that n times it is exact.
    let r = fma(n, vec4(0.00021219444005469057), v - n * 0.693359375);
    let p = fma(r, fma(r, fma(r, fma(r, fma(r, fma(r, vec4(1.0 / 5040.0), vec4(1.0 / 720.0)), vec4(1.0 / 120.0)),
                vec4(1.0 / 24.0)), vec4(1.0 / 6.0)), vec4(0.5)), vec4(1.0));
    let result = fma(p, r, vec4(1.0)) * bitcast<vec4<f32>>((vec4<i32>(n) + 127) << vec4(23u));
    return select(result, x, is_nan4(x)); // clamp may have dropped a NaN
}

fn exp1(x: f32) -> f32 {
    return exp4(vec4(x)).x;
}

fn sigmoid4(x: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp4(-x));
}

// Near zero 1 - 2 / (e^2x + 1) cancels, so the series is used there.
fn tanh4(x: vec4<f32>) -> vec4<f32> {
    let z = x * x;
    let series = x * fma(z, fma(z, fma(z, fma(z, fma(z, fma(z, vec4(21844.0 / 6081075.0), vec4(-1382.0 / 155925.0)),
                 vec4(62.0 / 2835.0)), vec4(-17.0 / 315.0)), vec4(2.0 / 15.0)), vec4(-1.0 / 3.0)), vec4(1.0));
    let large = sign(x) * (1.0 - 2.0 / (exp4(2.0 * abs(x)) + 1.0));
    return select(large, series, abs(x) < vec4(0.4));
}

// The tanh approximation of GELU ("gelu_new"), with which ALBERT was trained.
fn gelu4(x: vec4<f32>) -> vec4<f32> {
    return 0.5 * x * (1.0 + tanh4(0.7978845608 * fma(0.044715 * x * x, x, x)));
}

// sin on [-2, 2], a margin around [-pi/2, pi/2].
fn sin_reduced4(r: vec4<f32>) -> vec4<f32> {
    let z = r * r;
    let q = fma(z, fma(z, fma(z, fma(z, fma(z, vec4(1.0 / 6227020800.0), vec4(-1.0 / 39916800.0)), vec4(1.0 / 362880.0)),
            vec4(-1.0 / 5040.0)), vec4(1.0 / 120.0)), vec4(-1.0 / 6.0));
    return fma(r * z, q, r);
}

struct Reduced { r: vec4<f32>, half_turns: vec4<f32> }

// x - k pi with k = round(x / pi). pi is in three parts, the first two of 8 and 11 bits, so that k times them is exact up to
// k = 8192, x = 25,735. Beyond, the error is about the last place of x. Where that exceeds a turn, r is 0, because the series
// of a large r would overflow.
fn reduce_pi4(x: vec4<f32>) -> Reduced {
    let k = round(x * 0.3183098862);
    let r = fma(k, vec4(-0.0009670257568359375), x - k * 3.140625) - k * 6.278329562059833e-07;
    return Reduced(select(r, vec4(0.0), abs(r) > vec4(2.0)), k);
}

fn sin4(x: vec4<f32>) -> vec4<f32> {
    let reduced = reduce_pi4(x);
    let odd = (vec4<i32>(reduced.half_turns) & vec4(1)) != vec4(0);
    let s = sin_reduced4(reduced.r);
    return select(s, -s, odd);
}

// sin^2 has period pi, so the number of half turns does not matter.
fn sin_squared4(x: vec4<f32>) -> vec4<f32> {
    let s = sin_reduced4(reduce_pi4(x).r);
    return s * s;
}

// cos on [-1, 1].
fn cos_small(x: f32) -> f32 {
    let z = x * x;
    return fma(z, fma(z, fma(z, fma(z, fma(z, fma(z, 1.0 / 479001600.0, -1.0 / 3628800.0), 1.0 / 40320.0), -1.0 / 720.0), 1.0 / 24.0), -0.5), 1.0);
}

// sin(2 pi t) for t in [-0.5, 0.5].
fn sin_turns(t: f32) -> f32 {
    let folded = select(t, sign(t) * 0.5 - t, abs(t) > 0.25);
    return sin_reduced4(vec4(folded * 6.2831853072)).x;
}

// ln on (0, 1], also accurate near 1.
fn log1(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    var e = f32(i32(bits >> 23u) - 127);
    var m = bitcast<f32>((bits & 0x007fffffu) | 0x3f800000u);
    if m > 1.41421356 { m *= 0.5; e += 1.0; }
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let tail = z * fma(z, fma(z, fma(z, 1.0 / 9.0, 1.0 / 7.0), 1.0 / 5.0), 1.0 / 3.0);
    return fma(e, 0.693359375, fma(2.0 * s, tail, 2.0 * s) - e * 0.00021219444005469057);
}

// The angle of re + i im, in (-pi, pi]: +pi for a negative re and an im of either zero, 0 if both are zeros of any sign. If
// only one is NaN the result may be a number; the magnitude that accompanies it is NaN.
fn angle(re: f32, im: f32) -> f32 {
    let large = max(abs(re), abs(im));
    let small = min(abs(re), abs(im));
    if large == 0.0 { return 0.0; }
    let ratio = small / large;
    let fold = ratio > 0.41421356;
    let t = select(ratio, (ratio - 1.0) / (ratio + 1.0), fold);
    let z = t * t;
    var a = t * fma(z, fma(z, fma(z, fma(z, fma(z, fma(z, fma(z, -1.0 / 15.0, 1.0 / 13.0), -1.0 / 11.0), 1.0 / 9.0), -1.0 / 7.0), 1.0 / 5.0), -1.0 / 3.0), 1.0);
    a += select(0.0, PI / 4.0, fold);
    a = select(a, PI / 2.0 - a, abs(im) > abs(re));
    a = select(a, PI - a, re < 0.0);
    return select(a, -a, im < 0.0);
}
