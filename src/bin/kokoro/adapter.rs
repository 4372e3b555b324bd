//! The adapter that the user asks for, and its name for the user.

use std::time::Duration;

use kokoro_wgpu::{AdapterChoice, Context, Result, wgpu};

use crate::{cache, conv, figures};

#[derive(clap::Args)]
pub struct AdapterArg {
    /// Adapter to run on: a part of its name, or its number in `kokoro info` [default: the fastest]
    #[arg(long = "adapter", value_name = "NAME|INDEX", value_parser = |text: &str| Ok::<_, String>(AdapterChoice::parse(text)))]
    choice: Option<AdapterChoice>,
    /// Form of the convolutions: registers, shared, subgroup, matrix, or auto: what `kokoro bench --refill` found here, or else a guess
    #[arg(long, value_name = "FORM", default_value = "auto")]
    conv: conv::Form,
    /// GPU memory to take at most, such as 800M or 1.5G; long text is then spoken in shorter pieces
    #[arg(long, value_name = "BYTES", value_parser = figures::size)]
    max_gpu_memory: Option<u64>,
    /// Seconds that the GPU may take for one piece of work, before its driver counts as hung
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    gpu_timeout: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or_else(|| "expected seconds above 0".to_owned())
}

impl AdapterArg {
    pub fn choice(&self) -> AdapterChoice {
        self.choice.clone().unwrap_or_default()
    }

    /// Found right, and knowing nothing of earlier runs but the form of the convolutions.
    pub fn open_cold(&self) -> Result<Context> {
        let open = || self.open_with(cache::self_check);
        let context = open()?;
        // At first use the check has compiled what is yet to be measured.
        if context.compiled_pipelines() == 0 { Ok(context) } else { open() }
    }

    /// Found right, and with the kernels that earlier runs compiled.
    pub fn open(&self) -> Result<Context> {
        self.open_with(|context| {
            cache::load(context);
            cache::self_check(context)
        })
    }

    /// The same, right or wrong.
    pub fn open_unchecked(&self) -> Result<Context> {
        self.open_with(|context| {
            cache::load(context);
            Ok(())
        })
    }

    fn open_with(&self, prepare: impl Fn(&Context) -> Result<()>) -> Result<Context> {
        self.conv.open(&self.choice(), |context| {
            context.set_timeout(self.gpu_timeout);
            if let Some(bytes) = self.max_gpu_memory {
                context.set_memory_limit(bytes);
            }
            prepare(context)
        })
    }
}

/// Such as `llvmpipe (LLVM 15.0.6, 256 bits), Vulkan`.
pub fn name(info: &wgpu::AdapterInfo) -> String {
    format!("{}, {:?}", info.name, info.backend)
}

/// Such as `llvmpipe Mesa 22.3.6 (LLVM 15.0.6)`.
pub fn driver(info: &wgpu::AdapterInfo) -> String {
    match [info.driver.trim(), info.driver_info.trim()] {
        ["", ""] => "unnamed".to_owned(),
        [name, ""] | ["", name] => name.to_owned(),
        [name, details] => format!("{name} {details}"),
    }
}
