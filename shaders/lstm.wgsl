// lstm: the recurrence of one or two independent bidirectional layers, steps [first, first + count) of each direction.
// gates[t, d, g, j] = W_ih x + b_ih + b_hh, computed before; here + W_hh h, then i, f, o = sigmoid, g = tanh,
// c = f c + i g, h = o tanh(c). gates: [rows, 2, 4, hidden], w: [2, hidden / 4, 4 (gates), hidden] of vec4 along the
// input, state: [2, 2 (h, c), hidden], y: [rows, 2, hidden]. d = 1 runs backwards. Of two layers, gates, w and state have the
// second's directions behind the first's, and each has its own y (lstm_y.wgsl, lstm_y_pair.wgsl).
// One workgroup a direction, one invocation a unit, h in workgroup memory. Loop turns an invocation:
// count * (hidden / 4 + 1); the caller keeps count at 512 for llvmpipe's limit of 65,535. Of h only the first `hidden` are
// read, all written; bounds of the loops with barriers are the step's scalars.
struct Params { @align(16) rows: u32, hidden: u32, first: u32, count: u32, gates_at: u32, state_at: u32, y_at: u32, directions: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> state: array<f32>;

const MAX_HIDDEN = 256u;
// Scalars: a store to one component of a vec4 that other lanes store to may be compiled as read, modify, write.
var<workgroup> h: array<f32, MAX_HIDDEN>;

@compute @workgroup_size(MAX_HIDDEN)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) unit: u32) {
    let p = batch[group.z];
    let direction = group.x;
    let reverse = direction % 2u == 1u;
    let hidden = p.hidden;
    let active_unit = unit < hidden;
    let state_at = p.state_at + direction * 2u * hidden + unit;
    var cell = 0.0;
    if active_unit {
        var start = 0.0;
        if p.first > 0u {
            start = state[state_at];
            cell = state[state_at + hidden];
        }
        h[unit] = start;
    }
    workgroupBarrier();
    for (var step = p.first; step < p.first + p.count; step++) {
        let row = select(step, p.rows - 1u - step, reverse);
        var output = 0.0;
        if active_unit {
            let gate_at = p.gates_at + (row * p.directions + direction) * 4u * hidden + unit;
            var i = vec4(0.0); var f = vec4(0.0); var g = vec4(0.0); var o = vec4(0.0);
            var w_at = direction * hidden * hidden + unit;
            for (var k = 0u; k < hidden / 4u; k++) {
                let value = vec4(h[4u * k], h[4u * k + 1u], h[4u * k + 2u], h[4u * k + 3u]);
                i = fma(w[w_at], value, i);
                f = fma(w[w_at + hidden], value, f);
                g = fma(w[w_at + 2u * hidden], value, g);
                o = fma(w[w_at + 3u * hidden], value, o);
                w_at += 4u * hidden;
            }
            let recurrent = vec4(dot(i, vec4(1.0)), dot(f, vec4(1.0)), dot(g, vec4(1.0)), dot(o, vec4(1.0)));
            let sum = recurrent + vec4(gates[gate_at], gates[gate_at + hidden], gates[gate_at + 2u * hidden], gates[gate_at + 3u * hidden]);
            let gate = sigmoid4(sum);
            cell = gate.y * cell + gate.x * tanh4(sum).z;
            output = gate.w * tanh4(vec4(cell)).x;
            put(direction / 2u, p.y_at + (row * 2u + direction % 2u) * hidden + unit, output);
        }
        workgroupBarrier(); // every unit has read the previous h
        if active_unit { h[unit] = output; }
        workgroupBarrier();
    }
    if active_unit {
        state[state_at] = h[unit];
        state[state_at + hidden] = cell;
    }
}
