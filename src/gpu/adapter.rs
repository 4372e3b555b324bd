//! The adapters of this machine, and the choice of one.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::OnceLock;

use super::cooperative_matrix;
use crate::error::{Error, Result};

/// The adapter to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// A discrete GPU before an integrated one, a CPU implementation last; ties keep the driver's order.
    #[default]
    Fastest,
    /// The first adapter whose name contains this, ignoring case.
    Name(String),
    /// Position in [`adapters`].
    Index(usize),
}

impl FromStr for AdapterChoice {
    type Err = Infallible;

    /// An index, or else part of a name.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Index))
    }
}

impl AdapterChoice {
    /// The position of the chosen adapter among adapters with these names.
    ///
    /// # Errors
    /// [`Error::NoAdapter`] with the names.
    pub fn position(&self, names: &[String]) -> Result<usize> {
        let index = match self {
            Self::Fastest => Some(0),
            // 4090 is not a position but part of a name.
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

/// An adapter of this machine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AdapterSummary {
    /// Name, backend, type, driver.
    pub info: wgpu::AdapterInfo,
    /// The features it offers.
    pub features: wgpu::Features,
    /// The limits it offers.
    pub limits: wgpu::Limits,
    /// Sizes of the square cooperative matrices of float16 that it multiplies with float32 sums.
    pub matrix_sizes: Vec<u32>,
}

impl AdapterSummary {
    pub(super) fn of(adapter: &wgpu::Adapter) -> Self {
        Self {
            info: adapter.get_info(),
            features: adapter.features(),
            limits: adapter.limits(),
            matrix_sizes: cooperative_matrix::sizes(adapter),
        }
    }
}

pub(super) fn instance() -> wgpu::Instance {
    /// Keeps the driver loaded: Vulkan's loader unloads it with its last instance. If the completion thread drops the last
    /// device while the process exits, the exit handlers that Mesa's drivers have registered are no longer mapped.
    static DRIVER_GUARD: OnceLock<wgpu::Instance> = OnceLock::new();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    DRIVER_GUARD.get_or_init(|| instance.clone());
    instance
}

/// The adapters of this machine, in the order of [`AdapterChoice::Index`].
pub async fn adapters() -> Vec<AdapterSummary> {
    compute_adapters(&instance()).await.iter().map(AdapterSummary::of).collect()
}

/// The adapters of this machine, sorted by type.
pub(super) async fn compute_adapters(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    #[cfg(not(target_family = "wasm"))]
    let mut found = instance.enumerate_adapters(wgpu::Backends::PRIMARY).await;
    // A browser lists none, and offers one for a preference.
    #[cfg(target_family = "wasm")]
    let mut found: Vec<_> = {
        let power_preference = wgpu::PowerPreference::HighPerformance;
        let options = wgpu::RequestAdapterOptions { power_preference, ..Default::default() };
        instance.request_adapter(&options).await.into_iter().collect()
    };
    // A stable sort: ties keep the driver's order.
    found.sort_by_key(|a| match a.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    });
    found
}
