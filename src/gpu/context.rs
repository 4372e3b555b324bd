//! The device: the crate's own, or one borrowed from the app.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};

use super::adapter::{AdapterChoice, AdapterSummary, compute_adapters, instance};
use super::completion::CompletionThread;
use super::cooperative_matrix;
use super::memory::MemoryCounters;
use super::pipelines::Pipelines;
use super::requirements;
use super::resource_counters::ResourceCounters;
use super::throughput::{MIN_FLOPS_PER_SUBMIT, Throughput};
use crate::error::{Error, Result};
use crate::variant::{ConvChoice, ConvVariant, MATRICES};

/// A device with its queue and compiled pipelines. Clones share them.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    device: wgpu::Device,
    queue: wgpu::Queue,
    /// The device as an adapter that offers no more than it.
    adapter: AdapterSummary,
    pipelines: Pipelines,
    resource_counters: ResourceCounters,
    /// The message of the device's loss, once it is lost.
    lost: Arc<OnceLock<String>>,
    conv: ConvChoice,
    completion_thread: CompletionThread,
    throughput: Arc<Mutex<Throughput>>,
    flops_per_submit: AtomicU64,
    memory_counters: Arc<MemoryCounters>,
    /// The first error that the browser has told and nobody has returned.
    #[cfg(target_family = "wasm")]
    late_error: Arc<Mutex<Option<Error>>>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("adapter", &self.inner.adapter.info.name).finish_non_exhaustive()
    }
}

impl Context {
    /// Opens a device on an adapter, with all of the adapter's limits.
    ///
    /// # Errors
    /// [`Error::NoAdapter`] with the adapters of this machine; [`Error::Unsupported`] with the limits below WebGPU's
    /// defaults; [`Error::Gpu`] if the driver refuses.
    pub async fn new(choice: &AdapterChoice) -> Result<Self> {
        Self::open(choice, None, false).await
    }

    /// Like [`Context::new`], but enables float16 arithmetic where the adapter has it, and cooperative matrices where it multiplies
    /// those of float16. That adds [`ConvVariant::Half`], [`ConvVariant::Matrix8`] and [`ConvVariant::Matrix16`], or those that
    /// it can run, to [`Context::conv_variants`]. wgpu calls the matrices experimental, and only a CPU adapter (llvmpipe of Mesa
    /// 26.2) has run them.
    ///
    /// # Errors
    /// As [`Context::new`].
    pub async fn with_half_precision(choice: &AdapterChoice) -> Result<Self> {
        Self::open(choice, None, true).await
    }

    /// Opens a device with these limits, for example to show that a smaller adapter suffices.
    ///
    /// # Errors
    /// As [`Context::new`].
    pub async fn with_limits(choice: &AdapterChoice, limits: wgpu::Limits) -> Result<Self> {
        Self::open(choice, Some(limits), false).await
    }

    async fn open(choice: &AdapterChoice, limits: Option<wgpu::Limits>, half_precision: bool) -> Result<Self> {
        let mut found = compute_adapters(&instance()).await;
        let names: Vec<String> = found.iter().map(|adapter| adapter.get_info().name).collect();
        let index = choice.position(&names)?;
        let adapter = found.swap_remove(index);
        let summary = AdapterSummary::of(&adapter);
        let has_matrices = [ConvVariant::Matrix8, ConvVariant::Matrix16].iter().any(|v| v.runs_on(&summary));
        let uses_matrices = half_precision && has_matrices;
        let features = match half_precision {
            _ if uses_matrices => MATRICES,
            true => adapter.features() & wgpu::Features::SHADER_F16,
            false => wgpu::Features::empty(),
        };
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("kokoro"),
                required_features: Self::useful_features(&adapter) | features,
                required_limits: limits.unwrap_or_else(|| adapter.limits()),
                experimental_features: if uses_matrices {
                    cooperative_matrix::enable_experimental()
                } else {
                    wgpu::ExperimentalFeatures::disabled()
                },
                // We allocate a few large, long-lived buffers, for which small allocator blocks waste the least memory.
                memory_hints: wgpu::MemoryHints::MemoryUsage,
                trace: wgpu::Trace::Off,
            })
            .await
            .map_err(|error| Error::gpu("opening the device", error))?;
        let lost = Arc::new(OnceLock::new());
        let set_lost = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            let _ = set_lost.set(message); // later messages follow from the first loss
        });
        Self::build(device, queue, lost, summary.matrix_sizes)
    }

    /// Borrows the app's device, created with [`Context::required_limits`] and [`Context::useful_features`]. Several
    /// contexts may share a device, and several models a context. The device's error handlers and its device-lost callback
    /// stay the app's.
    ///
    /// While the GPU works for this crate, the context's own thread polls the device. The app's wgpu callbacks may run on that
    /// thread; if one panics, the device counts as lost. While speaking, no thread waits inside wgpu: [`block_on`](crate::block_on)
    /// and the iterator of a [`Narration`](crate::Narration) wait for the context's thread.
    /// [`Model::load`](crate::Model::load), [`Context::tune`], a self-check and
    /// [`PeakThroughput::measure`](crate::PeakThroughput::measure) wait inside wgpu.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with every limit that is below [`Context::required_limits`].
    pub fn from_wgpu(device: wgpu::Device, queue: wgpu::Queue) -> Result<Self> {
        // A borrowed device does not report the sizes and types of its cooperative matrices.
        Self::build(device, queue, Arc::default(), Vec::new())
    }

    fn build(
        device: wgpu::Device,
        queue: wgpu::Queue,
        lost: Arc<OnceLock<String>>,
        matrix_sizes: Vec<u32>,
    ) -> Result<Self> {
        let have = device.limits();
        requirements::check(&have)?;
        let (info, features) = (device.adapter_info(), device.features());
        let adapter = AdapterSummary { info, features, limits: have, matrix_sizes };
        let conv = ConvChoice::new(ConvVariant::likely_fastest(&adapter));
        let inner = Inner {
            device,
            queue,
            adapter,
            pipelines: Pipelines::default(),
            resource_counters: ResourceCounters::default(),
            lost,
            conv,
            completion_thread: CompletionThread::default(),
            throughput: Arc::default(),
            flops_per_submit: AtomicU64::new(MIN_FLOPS_PER_SUBMIT),
            memory_counters: Arc::default(),
            #[cfg(target_family = "wasm")]
            late_error: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The adapter's properties: name, backend, driver.
    pub fn info(&self) -> &wgpu::AdapterInfo {
        &self.inner.adapter.info
    }

    /// The device as an adapter that offers no more than it.
    pub(crate) fn adapter(&self) -> &AdapterSummary {
        &self.inner.adapter
    }

    pub(crate) fn conv_choice(&self) -> &ConvChoice {
        &self.inner.conv
    }

    /// The device.
    pub fn device(&self) -> &wgpu::Device {
        &self.inner.device
    }

    /// The queue.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.inner.queue
    }

    /// Maximum size of a binding in bytes. Limits the length of an utterance.
    pub(crate) fn max_binding(&self) -> u64 {
        self.adapter().limits.max_storage_buffer_binding_size.min(self.adapter().limits.max_buffer_size)
    }

    pub(super) fn pipelines(&self) -> &Pipelines {
        &self.inner.pipelines
    }

    pub(super) fn resource_counters(&self) -> &ResourceCounters {
        &self.inner.resource_counters
    }

    pub(super) fn completion_thread(&self) -> &CompletionThread {
        &self.inner.completion_thread
    }

    pub(super) fn throughput(&self) -> &Arc<Mutex<Throughput>> {
        &self.inner.throughput
    }

    pub(super) fn flops_per_submit_cell(&self) -> &AtomicU64 {
        &self.inner.flops_per_submit
    }

    pub(super) fn memory_counters(&self) -> &Arc<MemoryCounters> {
        &self.inner.memory_counters
    }

    /// The shared message of the device's loss, empty while it is not lost.
    pub(super) fn lost_message(&self) -> Arc<OnceLock<String>> {
        Arc::clone(&self.inner.lost)
    }

    /// The first error that the browser has told and nobody has returned.
    #[cfg(target_family = "wasm")]
    pub(super) fn late_error(&self) -> &Arc<Mutex<Option<Error>>> {
        &self.inner.late_error
    }
}
