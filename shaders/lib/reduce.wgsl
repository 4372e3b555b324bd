// Sum and maximum over a workgroup of WG invocations, where WG is a power of two. Every invocation must call them. The
// maximum may drop a NaN, as WGSL's max does.
var<workgroup> partial: array<f32, WG>;

fn sum_all(local_index: u32, value: f32) -> f32 {
    partial[local_index] = value;
    for (var span = WG / 2u; span > 0u; span >>= 1u) {
        workgroupBarrier();
        if local_index < span { partial[local_index] += partial[local_index + span]; }
    }
    workgroupBarrier();
    let total = partial[0];
    workgroupBarrier(); // partial is written again by the next call
    return total;
}

fn max_all(local_index: u32, value: f32) -> f32 {
    partial[local_index] = value;
    for (var span = WG / 2u; span > 0u; span >>= 1u) {
        workgroupBarrier();
        if local_index < span { partial[local_index] = max(partial[local_index], partial[local_index + span]); }
    }
    workgroupBarrier();
    let largest = partial[0];
    workgroupBarrier();
    return largest;
}
