// One function of lib/math.wgsl at each x; y: [count] at a pitch of four.
struct Params { count: u32, function: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count { return; }
    let v = x[id.x].x;
    var value = 0.0;
    switch params.function {
        case 0u: { value = exp1(v); }
        case 1u: { value = sigmoid4(vec4(v)).y; }
        case 2u: { value = tanh4(vec4(v)).z; }
        case 3u: { value = gelu4(vec4(v)).w; }
        case 4u: { value = sin4(vec4(v)).x; }
        case 5u: { value = sin_squared4(vec4(v)).y; }
        case 6u: { value = cos_small(v); }
        case 7u: { value = sin_turns(v); }
        case 8u: { value = log1(v); }
        default: { value = angle(v, x[id.x].y); }
    }
    y[id.x] = value;
}
