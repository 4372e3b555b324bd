//! Cooperative matrices, which wgpu 30 calls experimental.

/// Matrices that the invocations of a subgroup multiply together.
pub(super) const MATRICES: wgpu::Features = wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX;

/// The adapter's features. Cooperative matrices are among them only if it multiplies 8 x 8 matrices of float32 and
/// rounds as float32 does.
pub(super) fn supported_features(adapter: &wgpu::Adapter) -> wgpu::Features {
    use wgpu::CooperativeScalarType::F32;
    let fits = |p: &wgpu::CooperativeMatrixProperties| {
        [p.m_size, p.n_size, p.k_size] == [8; 3] && [p.ab_type, p.cr_type] == [F32; 2] && !p.saturating_accumulation
    };
    if adapter.cooperative_matrix_properties().iter().any(fits) {
        return adapter.features();
    }
    adapter.features() - MATRICES
}

/// The token that enables experimental features of a device.
#[expect(unsafe_code, reason = "wgpu has no other constructor")]
pub(super) fn enable_experimental() -> wgpu::ExperimentalFeatures {
    // SAFETY: naga's validation of experimental features may have gaps. Only one kernel of ours uses one: its matrices
    // lie within its array in workgroup memory for all sizes, and it runs only where a user selected it by name.
    unsafe { wgpu::ExperimentalFeatures::enabled() }
}
