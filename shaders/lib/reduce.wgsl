// Sum or maximum over a workgroup of WG invocations, WG a power of two; every invocation must call it, and each writes
// its place before any is read. The maximum may drop a NaN, as WGSL's does.
var<workgroup> partial: array<f32, WG>;

fn sum_all(lane: u32, value: f32) -> f32 {
    partial[lane] = value;
    for (var span = WG / 2u; span > 0u; span >>= 1u) {
        workgroupBarrier();
        if lane < span { partial[lane] += partial[lane + span]; }
    }
    workgroupBarrier();
    let total = partial[0];
    workgroupBarrier(); // partial is written again by the next call
    return total;
}

fn max_all(lane: u32, value: f32) -> f32 {
    partial[lane] = value;
    for (var span = WG / 2u; span > 0u; span >>= 1u) {
        workgroupBarrier();
        if lane < span { partial[lane] = max(partial[lane], partial[lane + span]); }
    }
    workgroupBarrier();
    let largest = partial[0];
    workgroupBarrier();
    return largest;
}
