//! The device: our own, or one that the host lends.

use std::sync::{Arc, Mutex, OnceLock};

use super::cooperative_matrix::{self, MATRICES};
use super::created::Created;
use super::memory::Memory;
use super::pipelines::Pipelines;
use super::requirements;
use super::throughput::Throughput;
use super::watcher::{self, Watcher};
use crate::variant::ConvChoice;
use crate::{Error, Result};

/// Which adapter to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// A discrete GPU before an integrated one, a CPU implementation last; of a kind, the driver's first.
    #[default]
    Fastest,
    /// The first whose name contains this, ignoring case.
    Name(String),
    /// Position in [`adapters`].
    Index(usize),
}

impl AdapterChoice {
    /// A number is an index, everything else a part of the name.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Index)
    }

    /// The position of the adapter meant, among adapters of these names.
    ///
    /// # Errors
    /// [`Error::NoAdapter`] with the names.
    pub fn position(&self, names: &[String]) -> Result<usize> {
        let index = match self {
            Self::Fastest => Some(0),
            // 4090 is no position, but part of a name.
            Self::Index(index) if *index >= names.len() => {
                names.iter().position(|name| name.contains(&index.to_string()))
            }
            Self::Index(index) => Some(*index),
            Self::Name(part) => {
                let part = part.to_lowercase();
                names.iter().position(|name| name.to_lowercase().contains(&part))
            }
        };
        index.filter(|index| *index < names.len()).ok_or_else(|| Error::NoAdapter {
            wanted: match self {
                Self::Fastest => None,
                Self::Name(name) => Some(name.clone()),
                Self::Index(index) => Some(index.to_string()),
            },
            available: names.iter().enumerate().map(|(index, name)| format!("{index}: {name}")).collect(),
        })
    }
}

/// One adapter of this machine, with what matters to this crate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AdapterSummary {
    /// Name, backend, type, driver.
    pub info: wgpu::AdapterInfo,
    /// Features offered.
    pub features: wgpu::Features,
    /// Limits offered.
    pub limits: wgpu::Limits,
}

fn instance() -> wgpu::Instance {
    /// Vulkan's loader unloads a driver with its last instance. A device may be let go of by the thread that watched it,
    /// while the process ends and runs what the driver left for its end: code that is gone then, with Mesa's.
    static KEEPS_THE_DRIVER: OnceLock<wgpu::Instance> = OnceLock::new();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    KEEPS_THE_DRIVER.get_or_init(|| instance.clone());
    instance
}

/// The compute adapters of this machine, in the order that [`AdapterChoice::Index`] counts.
pub async fn adapters() -> Vec<AdapterSummary> {
    compute_adapters(&instance())
        .await
        .iter()
        .map(|a| AdapterSummary {
            info: a.get_info(),
            features: cooperative_matrix::supported_features(a),
            limits: a.limits(),
        })
        .collect()
}

/// Like [`adapters`], and waits for them.
pub fn adapters_blocking() -> Vec<AdapterSummary> {
    pollster::block_on(adapters())
}

async fn compute_adapters(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    let mut found = instance.enumerate_adapters(wgpu::Backends::PRIMARY).await;
    // The order within a kind is the driver's.
    found.sort_by_key(|a| match a.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    });
    found
}

/// A device with its queue, and the pipelines compiled on it. Clones share all of it.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    limits: wgpu::Limits,
    pipelines: Pipelines,
    created: Created,
    lost: Arc<OnceLock<String>>,
    conv: ConvChoice,
    watcher: Watcher,
    throughput: Arc<Mutex<Throughput>>,
    memory: Arc<Memory>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("adapter", &self.inner.info.name).finish_non_exhaustive()
    }
}

impl Context {
    /// Opens a device of its own on an adapter, with all the limits the adapter has.
    ///
    /// # Errors
    /// [`Error::NoAdapter`] names the adapters there are; [`Error::Unsupported`] names a limit below
    /// WebGPU's defaults; [`Error::Gpu`] if the driver refuses a device.
    pub async fn new(choice: &AdapterChoice) -> Result<Self> {
        Self::open(choice, None, wgpu::Features::empty()).await
    }

    /// Like [`Context::new`], and where the adapter multiplies cooperative matrices of float32, its device may:
    /// [`ConvVariant::Matrix`](crate::ConvVariant::Matrix) is then among [`Context::conv_variants`]. wgpu calls the
    /// feature experimental, and no hardware that has it was at hand to test it.
    ///
    /// # Errors
    /// As [`Context::new`].
    pub async fn with_matrices(choice: &AdapterChoice) -> Result<Self> {
        Self::open(choice, None, MATRICES).await
    }

    /// Like [`Context::new`], and waits for it.
    ///
    /// # Errors
    /// As [`Context::new`].
    pub fn new_blocking(choice: &AdapterChoice) -> Result<Self> {
        pollster::block_on(Self::new(choice))
    }

    /// Opens a device limited to `limits`, to prove that a smaller adapter would do.
    ///
    /// # Errors
    /// As [`Context::new`].
    pub async fn with_limits(choice: &AdapterChoice, limits: wgpu::Limits) -> Result<Self> {
        Self::open(choice, Some(limits), wgpu::Features::empty()).await
    }

    async fn open(choice: &AdapterChoice, limits: Option<wgpu::Limits>, experimental: wgpu::Features) -> Result<Self> {
        let mut found = compute_adapters(&instance()).await;
        let names: Vec<String> = found.iter().map(|adapter| adapter.get_info().name).collect();
        let index = choice.position(&names)?;
        let adapter = found.swap_remove(index);
        let experimental = experimental & cooperative_matrix::supported_features(&adapter);
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("kokoro"),
                required_features: Self::useful_features(&adapter) | experimental,
                required_limits: limits.unwrap_or_else(|| adapter.limits()),
                experimental_features: if experimental.is_empty() {
                    wgpu::ExperimentalFeatures::disabled()
                } else {
                    cooperative_matrix::enable_experimental()
                },
                // A few large buffers that live long: small allocator blocks waste the least.
                memory_hints: wgpu::MemoryHints::MemoryUsage,
                trace: wgpu::Trace::Off,
            })
            .await
            .map_err(|e| Error::Gpu { what: "opening the device", message: e.to_string() })?;
        let lost = Arc::new(OnceLock::new());
        let seen = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            let _ = seen.set(message); // only the first loss has a cause worth telling
        });
        let features = device.features();
        Self::build(device, queue, lost, features)
    }

    /// Uses a device of the host's, which [`Context::required_limits`] and [`Context::useful_features`] help to make. Several
    /// contexts may share one, and several models one context. Its error handlers and its callback for a lost device stay
    /// the host's. [`Model::load`](crate::Model::load) and the calls whose names say so wait for it; while the GPU works for
    /// us a thread of ours polls it, without waiting in wgpu: callbacks that the host gives to wgpu may run there, and one that
    /// panics counts as the device's loss.
    ///
    /// # Errors
    /// [`Error::Unsupported`] names every limit that is below [`Context::required_limits`].
    pub fn from_wgpu(device: wgpu::Device, queue: wgpu::Queue) -> Result<Self> {
        // Which matrices a lent device multiplies is not to be learnt from it.
        let features = device.features() - MATRICES;
        Self::build(device, queue, Arc::default(), features)
    }

    fn build(
        device: wgpu::Device,
        queue: wgpu::Queue,
        lost: Arc<OnceLock<String>>,
        features: wgpu::Features,
    ) -> Result<Self> {
        let have = device.limits();
        requirements::check(&have)?;
        let info = device.adapter_info();
        let conv = ConvChoice::new(features, &info);
        let inner = Inner {
            device,
            queue,
            info,
            limits: have,
            pipelines: Pipelines::default(),
            created: Created::default(),
            lost,
            conv,
            watcher: Watcher::default(),
            throughput: Arc::default(),
            memory: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The adapter's name, backend and driver.
    pub fn info(&self) -> &wgpu::AdapterInfo {
        &self.inner.info
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

    /// Bytes that one binding may span: the size of a weight slab, and what bounds an utterance.
    pub(crate) fn max_binding(&self) -> u64 {
        self.inner.limits.max_storage_buffer_binding_size.min(self.inner.limits.max_buffer_size)
    }

    pub(super) fn pipelines(&self) -> &Pipelines {
        &self.inner.pipelines
    }

    pub(super) fn created(&self) -> &Created {
        &self.inner.created
    }

    pub(super) fn watcher(&self) -> &Watcher {
        &self.inner.watcher
    }

    pub(super) fn throughput(&self) -> &Arc<Mutex<Throughput>> {
        &self.inner.throughput
    }

    pub(super) fn counters(&self) -> &Arc<Memory> {
        &self.inner.memory
    }

    /// Where the device's loss is told.
    pub(super) fn loss(&self) -> Arc<OnceLock<String>> {
        Arc::clone(&self.inner.lost)
    }

    /// Runs `work` with every error it causes on the device returned here rather than sent to the
    /// device's global handler, which is the host's (and by default a panic).
    pub(crate) fn guarded<T>(&self, what: &'static str, work: impl FnOnce() -> T) -> Result<T> {
        use wgpu::ErrorFilter::{Internal, OutOfMemory, Validation};
        let scopes = [Validation, OutOfMemory, Internal].map(|filter| self.inner.device.push_error_scope(filter));
        let value = work();
        // Scopes nest: the last pushed is popped first. On native the futures are ready at once.
        let mut first = None;
        for scope in scopes.into_iter().rev() {
            first = first.or(pollster::block_on(scope.pop()));
        }
        if first.is_some() {
            // A destroyed device tells so only when it is polled. This does not wait, and an error says all it can.
            let _ = watcher::poll(&self.inner.device);
        }
        self.check_lost()?;
        match first {
            None => Ok(value),
            Some(wgpu::Error::OutOfMemory { .. }) => {
                Err(Error::OutOfMemory { what, reason: "the driver has no more".to_owned() })
            }
            Some(error) => Err(Error::Gpu { what, message: error.to_string() }),
        }
    }

    /// The device's loss, if it was lost.
    pub(crate) fn check_lost(&self) -> Result<()> {
        self.inner.lost.get().map_or(Ok(()), |message| Err(Error::DeviceLost { message: message.clone() }))
    }
}
