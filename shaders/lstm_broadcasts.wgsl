// h of four units of an lstm, each loaded by every fourth invocation and broadcast in the subgroup: llvmpipe's loads from workgroup
// memory are as slow as those from buffers. This is correct for subgroups of at least four consecutive invocations, as
// those of the drivers for processors are. Units are active by eights, so of a subgroup the first four are or none.
fn h_at(k: u32, unit: u32) -> vec4<f32> {
    let own = h[k + unit % 4u];
    return vec4(subgroupBroadcast(own, 0u), subgroupBroadcast(own, 1u), subgroupBroadcast(own, 2u), subgroupBroadcast(own, 3u));
}
