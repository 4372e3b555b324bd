// The index of an invocation in a dispatch of workgroups of 64 that is folded into two dimensions: one dimension holds at
// most 65,535 workgroups. kernels/mod.rs folds it (`dispatch_1d`).
fn flat_index(group: vec3<u32>, groups: vec3<u32>, local_index: u32) -> u32 {
    return (group.y * groups.x + group.x) * 64u + local_index;
}
