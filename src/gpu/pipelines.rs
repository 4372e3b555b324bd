//! The kernels that are compiled on a device: each once, whoever asks first.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use super::Context;
use super::kernel::{Kernel, Pipeline};
use super::pipeline_cache::CacheFile;
use crate::Result;

/// Threads that compile, at most: the slowest kernel bounds what more of them could save.
const MOST_THREADS: usize = 4;

/// Locked by whoever compiles it, so that others wait for the pipeline rather than compile it too.
type Slot = Arc<Mutex<Option<Pipeline>>>;

#[derive(Default)]
pub(super) struct Pipelines {
    slots: Mutex<HashMap<&'static str, Slot>>,
    pub(super) file: OnceLock<CacheFile>,
    /// Of a kernel: a piece of its text, and what is compiled in its place.
    #[cfg(test)]
    tampered: Mutex<Option<[&'static str; 3]>>,
}

impl Pipelines {
    /// Where the driver looks before it compiles.
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

    /// The text of a kernel that is compiled.
    pub(super) fn wgsl(&self, kernel: &Kernel) -> String {
        let text = kernel.source;
        #[cfg(test)]
        if let Some([name, from, to]) = *self.pipelines().tampered.lock().unwrap_or_else(PoisonError::into_inner)
            && name == kernel.name
        {
            assert!(text.contains(from), "{name} has no {from}");
            return text.replace(from, to);
        }
        text.to_owned()
    }

    /// Compiles a kernel wrong from now on, in what is made later: `fault` is its name, a piece of its text, and another.
    /// Without a fault, right again.
    #[cfg(test)]
    pub(crate) fn tamper(&self, fault: Option<[&'static str; 3]>) {
        let pipelines = self.pipelines();
        let before = std::mem::replace(&mut *pipelines.tampered.lock().unwrap(), fault);
        let mut slots = pipelines.slots.lock().unwrap();
        [before, fault].into_iter().flatten().for_each(|[name, ..]| drop(slots.remove(name)));
    }

    /// Does `work` while a few threads compile the kernels; returns when both are done.
    pub(crate) fn compile_during<T>(&self, kernels: &[&'static Kernel], work: impl FnOnce() -> Result<T>) -> Result<T> {
        let next = AtomicUsize::new(0);
        let compile = || {
            while let Some(kernel) = kernels.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.pipeline(kernel)?;
            }
            Ok(())
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS).min(kernels.len());
        thread::scope(|scope| {
            let spawn = || thread::Builder::new().name("kokoro compile".to_owned()).spawn_scoped(scope, compile);
            // Where no thread can be had, this one compiles what is left.
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

    /// Pipelines compiled so far.
    pub fn compiled_pipelines(&self) -> usize {
        self.compiled_kernels().len()
    }

    /// Their kernels' names, sorted.
    pub(crate) fn compiled_kernels(&self) -> Vec<&'static str> {
        // A copy: whoever looks for another kernel need not wait for one that is being compiled.
        let slots = self.pipelines().slots.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let compiled = |slot: &Slot| slot.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let mut names: Vec<_> = slots.into_iter().filter(|(_, slot)| compiled(slot)).map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }
}
