//! Cooperative matrices, which wgpu 30 calls experimental.
//!
//! naga 30 writes such modules for Vulkan's memory model, but does not mark accesses to workgroup memory as visible to other
//! invocations, as that model asks for. The self-check would find a driver that takes advantage of it.

/// Sizes of the square matrices of float16 that the adapter multiplies with float32 sums.
pub(super) fn sizes(adapter: &wgpu::Adapter) -> Vec<u32> {
    use wgpu::CooperativeScalarType::{F16, F32};
    let fits = |p: &wgpu::CooperativeMatrixProperties| {
        p.m_size == p.n_size
            && p.n_size == p.k_size
            && [p.ab_type, p.cr_type] == [F16, F32]
            && !p.saturating_accumulation
    };
    adapter.cooperative_matrix_properties().iter().filter(|p| fits(p)).map(|p| p.m_size).collect()
}

/// The token that enables experimental features of a device.
#[expect(unsafe_code, reason = "wgpu has no other constructor")]
pub(super) fn enable_experimental() -> wgpu::ExperimentalFeatures {
    // SAFETY: naga's validation of experimental features may have gaps. Only conv1d_matrix.wgsl uses one: its matrices lie
    // within its arrays in workgroup memory for all sizes, and it runs only on devices that were opened for it.
    unsafe { wgpu::ExperimentalFeatures::enabled() }
}
