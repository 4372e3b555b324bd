//! Limits and features that a device needs, for apps that create it.

use super::Context;
use crate::error::{Error, Result, Shortfall};

/// Optional features: timestamps for profiles, the pipeline cache for compiled kernels in a file, subgroups for one of the
/// convolution kernels.
const USEFUL: wgpu::Features =
    wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::PIPELINE_CACHE).union(wgpu::Features::SUBGROUP);

impl Context {
    /// The minimum limits of a device: WebGPU's defaults for compute, and the lowest possible values for graphics. An app
    /// merges them with its own, `required.or_better_values_from(&own)`. Larger bindings
    /// (`max_storage_buffer_binding_size`, `max_buffer_size`) allow longer utterances. On a processor,
    /// `max_texture_dimension_2d` and `max_storage_textures_per_shader_stage` of WebGPU's defaults allow its fastest kernel,
    /// [`ConvVariant::Texture`](crate::ConvVariant::Texture).
    pub fn required_limits() -> wgpu::Limits {
        let used = wgpu::Limits::default();
        wgpu::Limits {
            max_bind_groups: 1,
            max_bindings_per_bind_group: used.max_bindings_per_bind_group,
            max_dynamic_uniform_buffers_per_pipeline_layout: 1,
            max_uniform_buffers_per_shader_stage: 1,
            max_storage_buffers_per_shader_stage: used.max_storage_buffers_per_shader_stage,
            max_uniform_buffer_binding_size: 16 << 10,
            max_storage_buffer_binding_size: used.max_storage_buffer_binding_size,
            max_buffer_size: used.max_buffer_size,
            max_buffers_and_acceleration_structures_per_shader_stage: 9,
            min_uniform_buffer_offset_alignment: used.min_uniform_buffer_offset_alignment,
            min_storage_buffer_offset_alignment: used.min_storage_buffer_offset_alignment,
            max_compute_workgroup_storage_size: used.max_compute_workgroup_storage_size,
            max_compute_invocations_per_workgroup: used.max_compute_invocations_per_workgroup,
            max_compute_workgroup_size_x: used.max_compute_workgroup_size_x,
            max_compute_workgroup_size_y: used.max_compute_workgroup_size_y,
            max_compute_workgroup_size_z: used.max_compute_workgroup_size_z,
            max_compute_workgroups_per_dimension: used.max_compute_workgroups_per_dimension,
            ..wgpu::Limits::downlevel_webgl2_defaults()
        }
    }

    /// The optional features that this adapter offers: timestamps for [`Synthesizer::profile`], the pipeline cache for
    /// [`Context::load_pipeline_cache`], subgroups for [`ConvVariant::Subgroup`]. No feature is required.
    ///
    /// [`Synthesizer::profile`]: crate::Synthesizer::profile
    /// [`ConvVariant::Subgroup`]: crate::ConvVariant::Subgroup
    pub fn useful_features(adapter: &wgpu::Adapter) -> wgpu::Features {
        adapter.features() & USEFUL
    }

    /// Checks, before a device is created, that the adapter offers [`required_limits`](Self::required_limits).
    ///
    /// # Errors
    /// [`Error::Unsupported`] with every limit that is too low.
    pub fn check_adapter(adapter: &wgpu::Adapter) -> Result<()> {
        check(&adapter.limits())
    }
}

/// # Errors
/// [`Error::Unsupported`] with every limit that is too low.
pub(super) fn check(have: &wgpu::Limits) -> Result<()> {
    let mut missing = Vec::new();
    Context::required_limits().check_limits_with_fail_fn(have, false, |name, need, have| {
        missing.push(Shortfall { name: name.to_owned(), need: need.to_string(), have: have.to_string() });
    });
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Unsupported { missing })
}
