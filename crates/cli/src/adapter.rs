//! The adapter that the user asks for, and its name for the user.

use std::time::Duration;

use kokoro_wgpu::{AdapterChoice, Context, ConvVariant, Error, Result, wgpu};

use crate::failure::Failure;
use crate::{cache, figures};

#[derive(clap::Args)]
pub struct AdapterArg {
    /// Adapter to run on: a part of its name, or its number in `kokoro info` [default: the fastest]
    #[arg(long = "adapter", value_name = "NAME|INDEX", value_parser = |text: &str| Ok::<_, String>(AdapterChoice::parse(text)))]
    choice: Option<AdapterChoice>,
    /// Form of the convolutions: registers, shared, subgroup, matrix, or auto: the fastest, measured at first use
    #[arg(long, value_name = "FORM", default_value = "auto")]
    conv: Form,
    /// GPU memory to take at most, such as 800M or 1.5G; long text is then spoken in shorter pieces
    #[arg(long, value_name = "BYTES", value_parser = figures::size)]
    max_gpu_memory: Option<u64>,
    /// Seconds that the GPU may take for one piece of work, before its driver counts as hung
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    gpu_timeout: Duration,
}

/// The form of the convolutions that the command line asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Auto,
    Given(ConvVariant),
}

impl std::str::FromStr for Form {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Given) }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or_else(|| "expected seconds above 0".to_owned())
}

impl AdapterArg {
    pub fn choice(&self) -> AdapterChoice {
        self.choice.clone().unwrap_or_default()
    }

    /// A device that passed the self-check, without the kernels that earlier runs compiled.
    pub fn open_cold(&self) -> Result<Context> {
        let open = || self.open_with(cache::self_check);
        let context = open()?;
        // At first use the self-check has compiled kernels whose compilation is to be timed.
        if context.compiled_pipelines() == 0 { Ok(context) } else { open() }
    }

    /// A device that passed the self-check, with the kernels that earlier runs compiled.
    pub fn open(&self) -> Result<Context> {
        self.open_with(|context| {
            cache::load(context);
            cache::self_check(context)
        })
    }

    /// A device that need not pass a self-check, in the form that an earlier one measured as the fastest.
    pub fn open_unchecked(&self) -> Result<Context> {
        self.open_with(|context| {
            cache::load(context);
            cache::use_fastest(context)
        })
    }

    /// Checks and measures an adapter now, and replaces what is remembered of it.
    pub fn tune(&self, choice: &AdapterChoice) -> Result<(), Failure> {
        cache::tune(&self.device(choice, self.conv == Form::Given(ConvVariant::Matrix))?)
    }

    fn open_with(&self, prepare: impl Fn(&Context) -> Result<()>) -> Result<Context> {
        let open = |matrices: bool| {
            let context = self.device(&self.choice(), matrices)?;
            prepare(&context)?;
            Ok(context)
        };
        let context = open(self.conv == Form::Given(ConvVariant::Matrix))?;
        match self.conv {
            Form::Given(form) => context.set_conv_variant(form).map(|()| context),
            // Only a device that was asked for matrices has them. Asked for once by name, they were measured with the others.
            Form::Auto if cache::fastest(&context) == Some(ConvVariant::Matrix) => open(true),
            Form::Auto => Ok(context),
        }
    }

    fn device(&self, choice: &AdapterChoice, matrices: bool) -> Result<Context> {
        let context = match matrices {
            true => pollster::block_on(Context::with_matrices(choice))?,
            false => Context::new_blocking(choice)?,
        };
        context.set_timeout(self.gpu_timeout);
        if let Some(bytes) = self.max_gpu_memory {
            context.set_memory_limit(bytes);
        }
        Ok(context)
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
