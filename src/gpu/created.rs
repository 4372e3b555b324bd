//! Counts what is made on the device, so that a test can show that a replay makes nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Context;

/// Objects made so far. What wgpu stages for `Queue::write_buffer` is its own and not counted.
#[derive(Debug, Default)]
pub(super) struct Created {
    buffers: AtomicU64,
    bind_groups: AtomicU64,
    pipelines: AtomicU64,
}

/// The methods that clippy.toml disallows elsewhere.
impl Context {
    #[expect(clippy::disallowed_methods, reason = "counted here")]
    pub(crate) fn create_buffer(&self, descriptor: &wgpu::BufferDescriptor<'_>) -> wgpu::Buffer {
        self.created().buffers.fetch_add(1, Ordering::Relaxed);
        self.device().create_buffer(descriptor)
    }

    #[expect(clippy::disallowed_methods, reason = "counted here")]
    pub(crate) fn create_bind_group(&self, descriptor: &wgpu::BindGroupDescriptor<'_>) -> wgpu::BindGroup {
        self.created().bind_groups.fetch_add(1, Ordering::Relaxed);
        self.device().create_bind_group(descriptor)
    }

    pub(super) fn count_pipeline(&self) {
        self.created().pipelines.fetch_add(1, Ordering::Relaxed);
    }

    /// Buffers, bind groups and pipelines made so far.
    #[cfg(test)]
    pub(crate) fn created_so_far(&self) -> [u64; 3] {
        let Created { buffers, bind_groups, pipelines } = self.created();
        [buffers, bind_groups, pipelines].map(|count| count.load(Ordering::Relaxed))
    }
}
