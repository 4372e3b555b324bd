//! What a device must have, for hosts that make it.

use super::Context;
use crate::{Error, Result};

/// Features that are used where they are: timestamps for the profile, compiled kernels as a file, subgroups for a form
/// of the convolutions.
const USEFUL: wgpu::Features =
    wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::PIPELINE_CACHE).union(wgpu::Features::SUBGROUP);

impl Context {
    /// The least limits of a device: WebGPU's defaults for computing, and the lowest possible for what is not used. A host
    /// asks for these or more of each, `required.or_better_values_from(&own)`. Larger bindings
    /// (`max_storage_buffer_binding_size`, `max_buffer_size`) allow longer utterances.
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
            max_compute_workgroup_size_z: 1,
            max_compute_workgroups_per_dimension: used.max_compute_workgroups_per_dimension,
            ..wgpu::Limits::downlevel_webgl2_defaults()
        }
    }

    /// What of an adapter's features is used: none is needed. Timestamps are for [`Synthesizer::profile`], the pipeline cache
    /// for [`Context::load_pipeline_cache`], subgroups for [`ConvVariant::Subgroup`].
    ///
    /// [`Synthesizer::profile`]: crate::Synthesizer::profile
    /// [`ConvVariant::Subgroup`]: crate::ConvVariant::Subgroup
    pub fn useful_features(adapter: &wgpu::Adapter) -> wgpu::Features {
        adapter.features() & USEFUL
    }

    /// Whether a device of this adapter can have what is needed, before it is made.
    ///
    /// # Errors
    /// [`Error::Unsupported`] names every limit that is too low.
    pub fn check_adapter(adapter: &wgpu::Adapter) -> Result<()> {
        check(&adapter.limits())
    }
}

/// # Errors
/// [`Error::Unsupported`] names every limit that is too low.
pub(super) fn check(have: &wgpu::Limits) -> Result<()> {
    let mut short: Vec<(&'static str, u64, u64)> = Vec::new();
    Context::required_limits()
        .check_limits_with_fail_fn(have, false, |name, need, have| short.push((name, need, have)));
    if short.is_empty() {
        return Ok(());
    }
    let list = |value: fn(&(&'static str, u64, u64)) -> u64| {
        short.iter().map(|limit| value(limit).to_string()).collect::<Vec<_>>().join(", ")
    };
    let what = short.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
    Err(Error::Unsupported { what, need: list(|limit| limit.1), have: list(|limit| limit.2) })
}
