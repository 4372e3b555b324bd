//! Counts of the objects created on a device, with which tests show that a replay creates none.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Context;

/// Objects created so far. Staging buffers that wgpu makes for `Queue::write_buffer` are not counted.
#[derive(Debug, Default)]
pub(super) struct ResourceCounters {
    buffers: AtomicU64,
    bind_groups: AtomicU64,
    pipelines: AtomicU64,
}

/// The counting forms of methods that clippy.toml disallows elsewhere.
impl Context {
    #[expect(clippy::disallowed_methods, reason = "counted here")]
    pub(crate) fn create_buffer(&self, descriptor: &wgpu::BufferDescriptor<'_>) -> wgpu::Buffer {
        self.resource_counters().buffers.fetch_add(1, Ordering::Relaxed);
        self.device().create_buffer(descriptor)
    }

    #[expect(clippy::disallowed_methods, reason = "counted here")]
    pub(crate) fn create_bind_group(&self, descriptor: &wgpu::BindGroupDescriptor<'_>) -> wgpu::BindGroup {
        self.resource_counters().bind_groups.fetch_add(1, Ordering::Relaxed);
        self.device().create_bind_group(descriptor)
    }

    pub(super) fn count_pipeline(&self) {
        self.resource_counters().pipelines.fetch_add(1, Ordering::Relaxed);
    }

    /// Buffers, bind groups and pipelines created so far.
    #[cfg(test)]
    pub(crate) fn resource_counts(&self) -> [u64; 3] {
        let ResourceCounters { buffers, bind_groups, pipelines } = self.resource_counters();
        [buffers, bind_groups, pipelines].map(|count| count.load(Ordering::Relaxed))
    }
}
