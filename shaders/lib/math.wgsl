// Elementary functions to float32 accuracy. WGSL promises sin only to 2^-11 on [-pi, pi] and exp, tanh, atan2
// loosely, and drivers differ; these give the same digits wherever float32 is kept to. Taylor series, long enough that the first
// dropped term is below 2^-25 of the result. A NaN stays one, but for log1, which takes none, and angle.
//
// Metal and Direct3D compile with what they call fast math: sums of products may be regrouped, NaNs and infinities be
// taken for impossible. An fma is regrouped by neither, but nested ones by Mesa: the range reductions therefore alternate.
// Regrouped, exp would be off by 4e-6, sin of 100 by 5e-6 and of 1000 by 6e-5. Subnormals may be flushed: no result
// depends on one.
const PI = 3.14159265358979;

// Fast math may fold x != x: a NaN is told by its bits.
fn is_nan4(x: vec4<f32>) -> vec4<bool> {
    return (bitcast<vec4<u32>>(x) & vec4(0x7fffffffu)) > vec4(0x7f800000u);
}

// Relative error below 2^-22. Below e^-87 it stays there: a flushed subnormal would differ between drivers. Above e^88
// it stays too, also of infinity.
fn exp4(x: vec4<f32>) -> vec4<f32> {
    let v = clamp(x, vec4(-87.0), vec4(88.0));
    let n = round(v * 1.442695041);
    // ln 2 in two parts; the first has 9 bits, so that n times it is exact.
    let r = fma(n, vec4(0.00021219444005469057), v - n * 0.693359375);
    let p = fma(r, fma(r, fma(r, fma(r, fma(r, fma(r, vec4(1.0 / 5040.0), vec4(1.0 / 720.0)), vec4(1.0 / 120.0)),
                vec4(1.0 / 24.0)), vec4(1.0 / 6.0)), vec4(0.5)), vec4(1.0));
    let result = fma(p, r, vec4(1.0)) * bitcast<vec4<f32>>((vec4<i32>(n) + 127) << vec4(23u));
    return select(result, x, is_nan4(x)); // clamp may have dropped it
}

fn exp1(x: f32) -> f32 {
    return exp4(vec4(x)).x;
}

fn sigmoid4(x: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp4(-x));
}

// Near zero 1 - 2 / (e^2x + 1) cancels, so there the series.
fn tanh4(x: vec4<f32>) -> vec4<f32> {
    let z = x * x;
    let series = x * fma(z, fma(z, fma(z, fma(z, fma(z, fma(z, vec4(21844.0 / 6081075.0), vec4(-1382.0 / 155925.0)),
                 vec4(62.0 / 2835.0)), vec4(-17.0 / 315.0)), vec4(2.0 / 15.0)), vec4(-1.0 / 3.0)), vec4(1.0));
    let large = sign(x) * (1.0 - 2.0 / (exp4(2.0 * abs(x)) + 1.0));
    return select(large, series, abs(x) < vec4(0.4));
}

// The tanh approximation of GELU ("gelu_new"), which ALBERT was trained with.
fn gelu4(x: vec4<f32>) -> vec4<f32> {
    return 0.5 * x * (1.0 + tanh4(0.7978845608 * fma(0.044715 * x * x, x, x)));
}

// sin on [-2, 2], which has some room around [-pi/2, pi/2].
fn sin_reduced4(r: vec4<f32>) -> vec4<f32> {
    let z = r * r;
    let q = fma(z, fma(z, fma(z, fma(z, fma(z, vec4(1.0 / 6227020800.0), vec4(-1.0 / 39916800.0)), vec4(1.0 / 362880.0)),
            vec4(-1.0 / 5040.0)), vec4(1.0 / 120.0)), vec4(-1.0 / 6.0));
    return fma(r * z, q, r);
}

struct Reduced { r: vec4<f32>, half_turns: vec4<f32> }

// x - k pi with k = round(x / pi): pi in three parts, the first two of 8 and 11 bits, so that k times them is exact
// up to k = 8192, x = 25,735. Beyond that the error is of the size of x's own last place, up to where nothing of x says
// where in a turn it is: there r is 0, lest the series of a large r make infinities.
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

// sin of t turns, t in [-0.5, 0.5].
fn sin_turns(t: f32) -> f32 {
    let folded = select(t, sign(t) * 0.5 - t, abs(t) > 0.25);
    return sin_reduced4(vec4(folded * 6.2831853072)).x;
}

// ln on (0, 1], accurate near 1 too.
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

// The angle of re + i im in (-pi, pi]; +pi for a negative re with im zero of either sign, 0 for zeros of any. If one of
// both is NaN the result may be a number: the magnitude beside it is NaN.
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
