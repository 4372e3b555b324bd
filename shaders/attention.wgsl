// attention: y[t, h] = softmax over s of (q[t, h] . k[s, h] / sqrt(head)) times v[s, h].
// qkv: [tokens, 3 pitch] (queries, keys, values side by side), y: [tokens, pitch], pitch = heads * head, head = 4 head4.
// One workgroup a query and head: lanes share the keys, then each lane sums one vec4 of the values over its share of the
// keys. head4 divides WG. tokens <= 512 (the position embedding's rows; Config checks). Scores past tokens are never read.
// The largest score may miss a NaN; the exponential of that score is NaN, and so is the sum. Fewer than 300 loop turns.
const WG = 64u;
const MAX_TOKENS = 512u;
struct Params { @align(16) tokens: u32, pitch4: u32, head4: u32, scale: f32, qkv_at4: u32, y_at4: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

var<workgroup> scores: array<f32, MAX_TOKENS>;
var<workgroup> shares: array<vec4<f32>, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let p = batch[group.z];
    if group.x >= p.tokens { return; }
    let row4 = 3u * p.pitch4;
    let head = group.y * p.head4;
    let query = p.qkv_at4 + group.x * row4 + head;
    let keys = p.qkv_at4 + p.pitch4 + head;
    let values = p.qkv_at4 + 2u * p.pitch4 + head;
    var largest = -3.4e38;
    for (var s = lane; s < p.tokens; s += WG) {
        var score = vec4(0.0);
        for (var i = 0u; i < p.head4; i++) {
            score = fma(qkv[query + i], qkv[s * row4 + keys + i], score);
        }
        let scaled = dot(score, vec4(1.0)) * p.scale;
        scores[s] = scaled;
        largest = max(largest, scaled);
    }
    largest = max_all(lane, largest);
    var total = 0.0;
    for (var s = lane; s < p.tokens; s += WG) {
        let e = exp1(scores[s] - largest);
        scores[s] = e;
        total += e;
    }
    total = sum_all(lane, total); // its barriers also publish the scores
    let column = lane % p.head4;
    var sum = vec4(0.0);
    for (var s = lane / p.head4; s < p.tokens; s += WG / p.head4) {
        sum = fma(vec4(scores[s]), qkv[s * row4 + values + column], sum);
    }
    shares[lane] = sum;
    workgroupBarrier();
    if lane < p.head4 {
        for (var other = lane + p.head4; other < WG; other += p.head4) { sum += shares[other]; }
        y[p.y_at4 + group.x * p.pitch4 + head + lane] = sum / total;
    }
}
