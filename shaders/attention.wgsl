// attention: y[t, h] = softmax over s of (q[t, h] . k[s, h] scale) times v[s, h], with scale = 1 / sqrt(head width).
// qkv: [tokens, 3 * pitch] (queries, keys, values), y: [tokens, pitch], pitch = heads times head width, head width = 4 * head4.
// One workgroup per query and head. First its invocations share the keys; then each sums one vec4 of the values over its
// share of the keys. head4 divides WG. tokens <= 512, the rows of the position embedding (Config::check). The maximum may
// drop a NaN score, but the exponential of that score is NaN, and so is the sum. Fewer than 300 loop iterations.
const WG = 64u;
const MAX_TOKENS = 512u;
struct Params { @align(16) tokens: u32, pitch4: u32, head4: u32, scale: f32, qkv_offset4: u32, y_offset4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

var<workgroup> scores: array<f32, MAX_TOKENS>;
var<workgroup> partial_sums: array<vec4<f32>, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local_index: u32) {
    let params = batch[group.z];
    if group.x >= params.tokens { return; }
    let row_pitch4 = 3u * params.pitch4;
    let column0 = group.y * params.head4;
    let query = params.qkv_offset4 + group.x * row_pitch4 + column0;
    let keys = params.qkv_offset4 + params.pitch4 + column0;
    let values = params.qkv_offset4 + 2u * params.pitch4 + column0;
    var max_score = -3.4e38;
    for (var s = local_index; s < params.tokens; s += WG) {
        var products = vec4(0.0);
        for (var i = 0u; i < params.head4; i++) {
            products = fma(qkv[query + i], qkv[s * row_pitch4 + keys + i], products);
        }
        let score = dot(products, vec4(1.0)) * params.scale;
        scores[s] = score;
        max_score = max(max_score, score);
    }
    max_score = max_all(local_index, max_score);
    var total = 0.0;
    for (var s = local_index; s < params.tokens; s += WG) {
        let e = exp1(scores[s] - max_score);
        scores[s] = e;
        total += e;
    }
    total = sum_all(local_index, total); // its barriers also make the scores visible
    let column = local_index % params.head4;
    var sum = vec4(0.0);
    for (var s = local_index / params.head4; s < params.tokens; s += WG / params.head4) {
        sum = fma(vec4(scores[s]), qkv[s * row_pitch4 + values + column], sum);
    }
    partial_sums[local_index] = sum;
    workgroupBarrier();
    if local_index < params.head4 {
        for (var other = local_index + params.head4; other < WG; other += params.head4) { sum += partial_sums[other]; }
        y[params.y_offset4 + group.x * params.pitch4 + column0 + local_index] = sum / total;
    }
}
