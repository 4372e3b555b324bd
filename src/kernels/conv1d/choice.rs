//! Which variants of the convolution a device can run, and the context's choice among them.

use crate::error::{Error, Result};
use crate::gpu::{AdapterSummary, Context};
use crate::graph::has_textures;
use crate::variant::{ConvVariant, MATRICES};

impl ConvVariant {
    /// Whether a device with all that an adapter offers can run the variant.
    pub fn runs_on(self, adapter: &AdapterSummary) -> bool {
        let AdapterSummary { info, features, limits, matrix_sizes } = adapter;
        // The first four invocations of each subgroup broadcast a row each, or the first eight where it has as many.
        let broadcasts = features.contains(wgpu::Features::SUBGROUP) && info.subgroup_min_size >= 4;
        match self {
            Self::Registers | Self::Shared | Self::Wide => true,
            Self::Subgroup => broadcasts,
            Self::Texture => {
                let is_processor = info.device_type == wgpu::DeviceType::Cpu && info.backend == wgpu::Backend::Vulkan;
                broadcasts && is_processor && has_textures(limits)
            }
            Self::Half => features.contains(wgpu::Features::SHADER_F16),
            // A workgroup of 128 computes four quarters of a tile, at most two in each subgroup.
            Self::Matrix8 | Self::Matrix16 => {
                let multiplies = self.matrix_size().is_some_and(|size| matrix_sizes.contains(&size));
                multiplies && features.contains(MATRICES) && info.subgroup_max_size <= 64
            }
        }
    }

    /// The variant that a device uses until [`Context::tune`](crate::Context::tune) has measured those of full precision. Only the
    /// CPU adapters were measured (benches/results/notes.md), each with one driver version; the choice for GPUs is an
    /// assumption.
    pub fn likely_fastest(adapter: &AdapterSummary) -> Self {
        use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu};
        let choice = match (adapter.info.device_type, adapter.info.subgroup_min_size) {
            // Measured on llvmpipe, with subgroups of 8: loads cost more than products, barriers more than they save.
            (Cpu, 8..) if Self::Texture.runs_on(adapter) => Self::Texture,
            (Cpu, 8..) => Self::Subgroup,
            // Measured on SwiftShader, with subgroups of 4.
            (Cpu, _) => Self::Registers,
            // Assumed: arithmetic is much faster than the caches, which workgroup memory relieves. The compilers for the chips
            // of AMD and NVIDIA have the registers that Wide takes; those for Apple and Qualcomm spill (notes.md).
            (DiscreteGpu, _) => Self::Wide,
            (IntegratedGpu, _) => Self::Shared,
            // Unknown devices get the variant with the fewest requirements.
            _ => Self::Registers,
        };
        if choice.runs_on(adapter) { choice } else { Self::Registers }
    }
}

impl Context {
    /// The variant of the convolution that the next [`Synthesizer`](crate::Synthesizer) will use.
    pub fn conv_variant(&self) -> ConvVariant {
        self.conv_choice().selected()
    }

    /// The variants that this device can run, without those that a [`self_check`](Self::self_check) found wrong.
    pub fn conv_variants(&self) -> Vec<ConvVariant> {
        let runnable = self.runnable_conv_variants().into_iter();
        runnable.filter(|variant| !self.conv_choice().is_excluded(*variant)).collect()
    }

    /// The variants that this device can run, correct or not.
    pub(crate) fn runnable_conv_variants(&self) -> Vec<ConvVariant> {
        ConvVariant::ALL.into_iter().filter(|variant| variant.runs_on(self.adapter())).collect()
    }

    /// Excludes these variants and no others, unless all that were `checked` are wrong. If the selected one is excluded, the
    /// first correct one replaces it.
    pub(crate) fn set_excluded_conv_variants(&self, wrong: &[ConvVariant], checked: &[ConvVariant]) {
        let choice = self.conv_choice();
        let correct = checked.iter().copied().find(|variant| !wrong.contains(variant));
        choice.exclude(if correct.is_some() { wrong } else { &[] });
        if let Some(correct) = correct.filter(|_| wrong.contains(&choice.selected())) {
            choice.select(correct);
        }
    }

    /// Selects the variant of the convolution for every [`Synthesizer`](crate::Synthesizer) created from now on, with
    /// any model of this context. Existing ones keep theirs.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the device can't run it; [`Error::Argument`] if a
    /// [`self_check`](Self::self_check) found it wrong.
    pub fn set_conv_variant(&self, variant: ConvVariant) -> Result<()> {
        let usable = self.conv_variants();
        if !usable.contains(&variant) {
            let have = usable.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            if self.conv_choice().is_excluded(variant) {
                let reason = format!("the self-check found {variant} wrong on this adapter; use one of: {have}");
                return Err(Error::argument("conv", reason));
            }
            return Err(Error::unsupported("convolution", &variant, &have));
        }
        self.conv_choice().select(variant);
        self.forget_convolution_speed(); // another kernel's
        Ok(())
    }
}
