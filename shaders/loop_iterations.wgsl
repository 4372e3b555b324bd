// loop_iterations: y[0] = x after so many iterations of x = 1664525 x + 1013904223, from 0. The sequence does not repeat within
// 2^32 iterations, so the host can tell how many really ran. Mesa's llvmpipe of 2022 stops the loops of an invocation after
// 65,535 iterations in total, without an error. Compilers cannot replace this loop by a formula.
struct Params { @align(16) iterations: u32 }
@group(0) @binding(0) var<uniform> batch: array<Params, BATCH>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3<u32>) {
    let params = batch[group.z];
    var x = 0u;
    for (var i = 0u; i < params.iterations; i++) { x = 1664525u * x + 1013904223u; }
    y[0] = x;
}
