//! Accounting and limiting of the GPU memory of a context's buffers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Context;
use crate::error::{Error, Result};

/// Memory of a context's buffers: parameters, activations, inputs, staging and readback. The driver's own allocations are
/// not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GpuMemory {
    /// Bytes in use.
    pub used: u64,
    /// Highest number of bytes in use so far.
    pub peak: u64,
    /// Bytes allowed; `u64::MAX` without a limit.
    pub limit: u64,
}

/// Counters behind [`GpuMemory`].
#[derive(Debug)]
pub(super) struct MemoryCounters {
    used: AtomicU64,
    peak: AtomicU64,
    limit: AtomicU64,
}

impl Default for MemoryCounters {
    fn default() -> Self {
        Self { used: AtomicU64::new(0), peak: AtomicU64::new(0), limit: AtomicU64::new(u64::MAX) }
    }
}

/// Bytes that count as used until this is dropped. It is stored beside the buffers that it stands for.
#[derive(Debug)]
pub(crate) struct MemoryReservation {
    counters: Arc<MemoryCounters>,
    bytes: u64,
}

impl Drop for MemoryReservation {
    fn drop(&mut self) {
        self.counters.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Context {
    /// Limits the buffers of this context to `bytes` in total from now on. An allocation beyond that is
    /// [`Error::OutOfMemory`], on which a narration retries with shorter pieces. Existing buffers stay.
    pub fn set_memory_limit(&self, bytes: u64) {
        self.memory_counters().limit.store(bytes, Ordering::Relaxed);
    }

    /// The GPU memory in use.
    pub fn memory(&self) -> GpuMemory {
        let MemoryCounters { used, peak, limit } = &**self.memory_counters();
        let [used, peak, limit] = [used, peak, limit].map(|counter| counter.load(Ordering::Relaxed));
        GpuMemory { used, peak, limit }
    }

    /// Counts `bytes` that are about to be allocated; `what` names the operation in an error.
    pub(crate) fn reserve_memory(&self, what: &'static str, bytes: u64) -> Result<MemoryReservation> {
        let counters = self.memory_counters();
        let limit = counters.limit.load(Ordering::Relaxed);
        let add = |used: u64| used.checked_add(bytes).filter(|used| *used <= limit);
        let used = counters.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).map_err(|used| {
            let reason = format!("{bytes} bytes more than the {used} in use exceed the limit of {limit}");
            Error::OutOfMemory { what, reason }
        })?;
        counters.peak.fetch_max(used + bytes, Ordering::Relaxed);
        Ok(MemoryReservation { counters: Arc::clone(counters), bytes })
    }
}
