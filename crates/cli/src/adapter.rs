//! Options for the GPU adapter, and names of adapters and drivers for messages.

use std::path::Path;
use std::time::Duration;

use kokoro_wgpu::{AdapterChoice, Context, ConvVariant, Error, Result, block_on, wgpu};

use crate::{cache, format};

#[derive(clap::Args)]
pub struct AdapterArg {
    /// GPU adapter: a part of its name, or its index in `kokoro info` [default: the fastest]
    #[arg(long = "adapter", value_name = "NAME|INDEX")]
    choice: Option<AdapterChoice>,
    /// Convolution kernel: registers, shared, wide, subgroup, texture, or auto for the fastest, measured at first use; half,
    /// matrix8 or matrix16 for half precision, with `--precision f16`
    #[arg(long, value_name = "KERNEL", default_value = "auto")]
    conv: KernelChoice,
    /// Limit of GPU memory, such as 800M or 1.5G. Long text is then spoken in shorter chunks
    #[arg(long, value_name = "BYTES", value_parser = format::parse_bytes)]
    max_gpu_memory: Option<u64>,
    /// Seconds to wait for the GPU before its driver counts as hung
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    gpu_timeout: Duration,
}

/// The convolution kernel selected by the user.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KernelChoice {
    Auto,
    Fixed(ConvVariant),
}

impl std::str::FromStr for KernelChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Fixed) }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds
        .filter(|seconds| !seconds.is_zero())
        .ok_or_else(|| "expected a number of seconds above 0, at most 1.8e19".to_owned())
}

impl AdapterArg {
    pub fn choice(&self) -> AdapterChoice {
        self.choice.clone().unwrap_or_default()
    }

    /// The convolution kernel that the user asked for by name.
    pub fn conv(&self) -> Option<ConvVariant> {
        match self.conv {
            KernelChoice::Auto => None,
            KernelChoice::Fixed(variant) => Some(variant),
        }
    }

    /// Opens a device that passed the self-check, without the pipeline cache of earlier runs.
    pub fn open_cold(&self) -> Result<Context> {
        let open = || self.open_with(cache::self_check);
        let context = open()?;
        // At first use the self-check compiled kernels. The caller wants to time their compilation: use a fresh device.
        if context.compiled_pipelines() == 0 { Ok(context) } else { open() }
    }

    /// Opens a device that passed the self-check, with the pipeline cache of earlier runs.
    pub fn open(&self) -> Result<Context> {
        self.open_with(|context| {
            cache::load_pipelines(context);
            cache::self_check(context)
        })
    }

    /// Opens a device without a self-check, with the kernel that an earlier one measured as the fastest.
    pub fn open_unchecked(&self) -> Result<Context> {
        self.open_with(|context| {
            cache::load_pipelines(context);
            cache::use_fastest(context)
        })
    }

    /// Repeats the self-check and the measurement of an adapter, and stores the results in `folder`.
    pub fn tune(&self, choice: &AdapterChoice, folder: &Path) -> Result<()> {
        let context = self.device(choice)?;
        block_on(context.self_check_again(folder)).map(drop)
    }

    fn open_with(&self, prepare: impl Fn(&Context) -> Result<()>) -> Result<Context> {
        let context = self.device(&self.choice())?;
        prepare(&context)?;
        match self.conv {
            KernelChoice::Fixed(variant) => context.set_conv_variant(variant).map(|()| context),
            KernelChoice::Auto => Ok(context),
        }
    }

    fn device(&self, choice: &AdapterChoice) -> Result<Context> {
        let context = match self.conv {
            KernelChoice::Fixed(variant) if variant.is_half_precision() => {
                block_on(Context::with_half_precision(choice))?
            }
            _ => block_on(Context::new(choice))?,
        };
        context.set_timeout(self.gpu_timeout);
        if let Some(bytes) = self.max_gpu_memory {
            context.set_memory_limit(bytes);
        }
        Ok(context)
    }
}

/// Name and backend, such as `llvmpipe (LLVM 15.0.6, 256 bits), Vulkan`.
pub fn name(info: &wgpu::AdapterInfo) -> String {
    format!("{}, {:?}", info.name, info.backend)
}

/// Name and version of the driver, such as `llvmpipe Mesa 22.3.6 (LLVM 15.0.6)`.
pub fn driver(info: &wgpu::AdapterInfo) -> String {
    match [info.driver.trim(), info.driver_info.trim()] {
        ["", ""] => "unnamed".to_owned(),
        [name, ""] | ["", name] => name.to_owned(),
        [name, details] => format!("{name} {details}"),
    }
}
