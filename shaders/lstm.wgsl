// lstm: the recurrence of one or two independent bidirectional layers, time steps [first, first + count) of each direction:
// (i, f, g, o) = gates[t, d] + W_hh h, then c = sigmoid(f) c + sigmoid(i) tanh(g) and h = sigmoid(o) tanh(c).
// gates: [rows, directions, 4, hidden] = W_ih x + b_ih + b_hh, computed before; w: [directions, hidden / 4, 4 (gates), hidden]
// of four columns of W_hh, stored as f32 or f16 (lib/stored_*.wgsl); state: [directions, 2 (h, c), hidden]; y: [rows, 2, hidden] per
// layer (lstm_single.wgsl, lstm_pair.wgsl). Odd directions run backwards in time; directions 2 and 3 are those of the second layer.
// w is a storage buffer (lib/w_buffer.wgsl) or a texture (lib/w_texture_*.wgsl).
// One workgroup per direction, one invocation per unit, h in workgroup memory (lstm_loads.wgsl, lstm_broadcasts.wgsl).
// count * (hidden / 8 + 1) loop iterations per invocation: the host keeps count at or below 512, for llvmpipe's limit of 65,535.
struct Params {
    @align(16) rows: u32, hidden: u32, first: u32, count: u32, // rows, first and count in time steps, offsets in values
    gates_offset: u32, state_offset: u32, y_offset: u32, directions: u32,
}
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(3) var<storage, read_write> state: array<f32>;

const MAX_HIDDEN = 256u;
// Scalars, since a store to one component of a shared vec4 may be compiled as read, modify, write.
var<workgroup> h: array<f32, MAX_HIDDEN>;

@compute @workgroup_size(MAX_HIDDEN)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) unit: u32) {
    let params = batch[group.z];
    let direction = group.x;
    let reverse = direction % 2u == 1u;
    let hidden = params.hidden;
    let is_active = unit < hidden;
    let state_index = params.state_offset + direction * 2u * hidden + unit;
    var cell = 0.0;
    if is_active {
        var start = 0.0;
        if params.first > 0u {
            start = state[state_index];
            cell = state[state_index + hidden];
        }
        h[unit] = start;
    }
    workgroupBarrier();
    for (var time = params.first; time < params.first + params.count; time++) {
        let row = select(time, params.rows - 1u - time, reverse);
        var output = 0.0;
        if is_active {
            let gate = params.gates_offset + (row * params.directions + direction) * 4u * hidden + unit;
            var i = vec4(0.0); var f = vec4(0.0); var g = vec4(0.0); var o = vec4(0.0);
            var w_index = direction * hidden * hidden + unit;
            for (var k = 0u; k < hidden; k += 8u) {
                // All loads for eight values of h before their products, so that an invocation waits for them once.
                let i0 = w_at(w_index); let f0 = w_at(w_index + hidden);
                let g0 = w_at(w_index + 2u * hidden); let o0 = w_at(w_index + 3u * hidden);
                let i1 = w_at(w_index + 4u * hidden); let f1 = w_at(w_index + 5u * hidden);
                let g1 = w_at(w_index + 6u * hidden); let o1 = w_at(w_index + 7u * hidden);
                let h0 = h_at(k, unit);
                let h1 = h_at(k + 4u, unit);
                i = fma(i1, h1, fma(i0, h0, i));
                f = fma(f1, h1, fma(f0, h0, f));
                g = fma(g1, h1, fma(g0, h0, g));
                o = fma(o1, h1, fma(o0, h0, o));
                w_index += 8u * hidden;
            }
            let recurrent = vec4(dot(i, vec4(1.0)), dot(f, vec4(1.0)), dot(g, vec4(1.0)), dot(o, vec4(1.0)));
            let sum = recurrent + vec4(gates[gate], gates[gate + hidden], gates[gate + 2u * hidden], gates[gate + 3u * hidden]);
            let activated = sigmoid4(sum);
            cell = activated.y * cell + activated.x * tanh4(sum).z;
            output = activated.w * tanh4(vec4(cell)).x;
            store_output(direction / 2u, params.y_offset + (row * 2u + direction % 2u) * hidden + unit, output);
        }
        workgroupBarrier(); // every unit has read the previous h
        if is_active { h[unit] = output; }
        workgroupBarrier();
    }
    if is_active {
        state[state_index] = h[unit];
        state[state_index + hidden] = cell;
    }
}
