// loop_turns: how many turns a loop really has here. y[0] = x after `turns` turns of x = 1664525 x + 1013904223 from 0, which
// comes back to no value within 2^32 turns, so that the host finds out how many there were. Mesa's llvmpipe of 2022 ends an
// invocation's loops after 65,535 turns in all, without an error. No driver can work this one out without turning.
struct Params { @align(16) turns: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3<u32>) {
    let p = batch[group.z];
    var x = 0u;
    for (var turn = 0u; turn < p.turns; turn++) { x = 1664525u * x + 1013904223u; }
    y[0] = x;
}
