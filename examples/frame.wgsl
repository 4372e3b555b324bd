// The picture of the app: the speech as a ring of bars, and a rotating hand that makes late frames visible.
struct Frame { seconds: f32, progress: f32, bars: u32, middle: vec2<f32> }
@group(0) @binding(0) var<uniform> frame: Frame;
// 24 kHz, written by the synthesizer.
@group(0) @binding(1) var<storage, read> samples: array<f32>;

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return vec4(f32(index % 2u) * 4.0 - 1.0, f32(index / 2u) * 4.0 - 1.0, 0.0, 1.0); // one triangle that covers the screen
}

const TAU = 6.2831853;

@fragment
fn fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let point = (position.xy - frame.middle) / frame.middle.y * vec2(1.0, -1.0);
    let radius = length(point);
    let angle = fract(atan2(point.x, point.y) / TAU + 1.0);
    let bar = min(u32(angle * f32(frame.bars)), frame.bars - 1u);
    let span = arrayLength(&samples) / frame.bars;
    var loudest = 0.0;
    for (var i = 0u; i < 16u; i++) { loudest = max(loudest, abs(samples[bar * span + i * span / 16u])); }
    var colour = vec3(0.06, 0.07, 0.10);
    let inside_bar = fract(angle * f32(frame.bars)) < 0.7;
    if inside_bar && radius > 0.45 && radius < 0.47 + 0.45 * min(loudest, 1.0) { colour = vec3(0.36, 0.72, 0.95); }
    if radius > 0.40 && radius < 0.43 { colour = select(vec3(0.2), vec3(0.95, 0.75, 0.3), angle < frame.progress); }
    let hand = abs(fract(angle - frame.seconds + 0.5) - 0.5);
    if radius < 0.36 && hand * radius < 0.006 { colour = vec3(0.9); }
    return vec4(colour, 1.0);
}
