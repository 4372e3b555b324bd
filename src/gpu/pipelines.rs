//! The compiled kernels of a device. Each is compiled once, on first use.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use super::Context;
use super::kernel::{Kernel, Pipeline};
use super::pipeline_cache::CacheFile;
use crate::error::Result;

/// More compile threads save nothing: the slowest kernel bounds the time.
const MAX_THREADS: usize = 4;

/// A kernel's pipeline, `None` until it is compiled. Locked meanwhile, so that other threads wait for it instead of compiling it
/// too.
type Slot = Arc<Mutex<Option<Pipeline>>>;

#[derive(Default)]
pub(super) struct Pipelines {
    slots: Mutex<HashMap<&'static str, Slot>>,
    pub(super) file: OnceLock<CacheFile>,
    /// Injected faults: a kernel's name, a piece of its WGSL, and the replacement.
    #[cfg(test)]
    injected_faults: Mutex<Vec<[&'static str; 3]>>,
}

impl Pipelines {
    /// The cache that the driver consults before it compiles.
    pub fn cache(&self) -> Option<&wgpu::PipelineCache> {
        self.file.get().map(|file| &file.cache)
    }

    fn slot(&self, name: &'static str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(name).or_default())
    }
}

impl Context {
    /// The pipeline of a kernel, compiled on first use.
    pub(crate) fn pipeline(&self, kernel: &'static Kernel) -> Result<Pipeline> {
        let slot = self.pipelines().slot(kernel.name);
        let mut pipeline = slot.lock().unwrap_or_else(PoisonError::into_inner);
        match &*pipeline {
            Some(pipeline) => Ok(pipeline.clone()),
            None => Ok(pipeline.insert(Pipeline::compile(self, kernel)?).clone()),
        }
    }

    /// The WGSL to compile, with an injected fault if there is one.
    pub(super) fn wgsl(&self, kernel: &Kernel) -> String {
        let text = kernel.wgsl(self.adapter().info.subgroup_min_size);
        #[cfg(test)]
        {
            let faults = self.pipelines().injected_faults.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some([name, from, to]) = faults.iter().find(|[name, ..]| *name == kernel.name) {
                assert!(text.contains(from), "{name} does not contain {from}");
                return text.replace(from, to);
            }
        }
        text
    }

    /// Makes a kernel compute wrong values in plans created from now on: `fault` is its name, a piece of its WGSL, and the
    /// replacement. `None` removes the fault.
    #[cfg(test)]
    pub(crate) fn inject_fault(&self, fault: Option<[&'static str; 3]>) {
        self.inject_faults(fault.into_iter().collect());
    }

    /// Replaces the faults by these, at most one for each kernel.
    #[cfg(test)]
    pub(crate) fn inject_faults(&self, faults: Vec<[&'static str; 3]>) {
        let pipelines = self.pipelines();
        let mut slots = pipelines.slots.lock().unwrap();
        let mut injected = pipelines.injected_faults.lock().unwrap();
        injected.iter().chain(&faults).for_each(|[name, ..]| drop(slots.remove(name)));
        *injected = faults;
    }

    /// Runs `work` while a few threads compile `kernels`; returns when both are done.
    pub(crate) fn compile_during<T>(&self, kernels: &[&'static Kernel], work: impl FnOnce() -> Result<T>) -> Result<T> {
        let next = AtomicUsize::new(0);
        let compile = || {
            while let Some(kernel) = kernels.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.pipeline(kernel)?;
            }
            Ok(())
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS).min(kernels.len());
        thread::scope(|scope| {
            let spawn = || thread::Builder::new().name("kokoro compile".to_owned()).spawn_scoped(scope, compile);
            // This thread helps after `work`. If none can be spawned, it compiles them all.
            let threads: Vec<_> = (0..threads).map_while(|_| spawn().ok()).collect();
            let value = work().inspect_err(|_| next.store(kernels.len(), Ordering::Relaxed));
            let compiled = value.is_ok().then(&compile).unwrap_or(Ok(()));
            let join = |thread: thread::ScopedJoinHandle<'_, Result<()>>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            let others: Vec<Result<()>> = threads.into_iter().map(join).collect();
            let value = value?;
            others.into_iter().chain([compiled]).collect::<Result<()>>().map(|()| value)
        })
    }

    /// Number of pipelines compiled so far.
    pub fn compiled_pipelines(&self) -> usize {
        self.compiled_kernels().len()
    }

    /// Names of the compiled kernels, sorted.
    pub(crate) fn compiled_kernels(&self) -> Vec<&'static str> {
        // Cloned, so that the map is not locked while waiting for a kernel that is being compiled.
        let slots = self.pipelines().slots.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let compiled = |slot: &Slot| slot.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let mut names: Vec<_> = slots.into_iter().filter(|(_, slot)| compiled(slot)).map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }
}
