//! The GPU memory that a context's buffers take, and the most that they may.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Context;
use crate::{Error, Result};

/// What a context's buffers take: parameters, activations, inputs, and what is copied to and from the host. What the driver
/// takes beside them is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GpuMemory {
    /// Bytes now.
    pub held: u64,
    /// Bytes at most so far.
    pub most: u64,
    /// Bytes allowed; `u64::MAX` without a limit.
    pub limit: u64,
}

/// Counters of [`GpuMemory`].
#[derive(Debug)]
pub(super) struct Memory {
    held: AtomicU64,
    most: AtomicU64,
    limit: AtomicU64,
}

impl Default for Memory {
    fn default() -> Self {
        Self { held: AtomicU64::new(0), most: AtomicU64::new(0), limit: AtomicU64::new(u64::MAX) }
    }
}

/// Bytes that count until it is dropped, with the buffers they stand for.
#[derive(Debug)]
pub(crate) struct Held {
    memory: Arc<Memory>,
    bytes: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Context {
    /// Allows the buffers of this context no more than `bytes`, from now on: what would pass it is
    /// [`Error::OutOfMemory`] instead. A narration then speaks shorter pieces. What is there already stays.
    pub fn set_memory_limit(&self, bytes: u64) {
        self.counters().limit.store(bytes, Ordering::Relaxed);
    }

    /// The GPU memory in use.
    pub fn memory(&self) -> GpuMemory {
        let Memory { held, most, limit } = &**self.counters();
        let [held, most, limit] = [held, most, limit].map(|counter| counter.load(Ordering::Relaxed));
        GpuMemory { held, most, limit }
    }

    /// Counts `bytes` that are about to be allocated.
    pub(crate) fn hold(&self, what: &'static str, bytes: u64) -> Result<Held> {
        let memory = self.counters();
        let limit = memory.limit.load(Ordering::Relaxed);
        let add = |held: u64| held.checked_add(bytes).filter(|held| *held <= limit);
        let held = memory.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).map_err(|held| {
            let reason = format!("{bytes} bytes more than the {held} in use pass the limit of {limit}");
            Error::OutOfMemory { what, reason }
        })?;
        memory.most.fetch_max(held + bytes, Ordering::Relaxed);
        Ok(Held { memory: Arc::clone(memory), bytes })
    }
}
