//! The context's choice among the variants of the convolution.

use crate::error::{Error, Result};
use crate::gpu::Context;
use crate::variant::ConvVariant;

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
        let (features, matrix_sizes) = (self.device().features(), &self.conv_choice().matrix_sizes);
        let runs = |variant: &ConvVariant| variant.runs_on(features, self.info(), matrix_sizes);
        ConvVariant::ALL.into_iter().filter(runs).collect()
    }

    /// Excludes these variants and no others, unless that would exclude all. If the selected one is excluded, the first
    /// correct one replaces it.
    pub(crate) fn set_excluded_conv_variants(&self, wrong: &[ConvVariant]) {
        let choice = self.conv_choice();
        let correct = self.runnable_conv_variants().into_iter().find(|variant| !wrong.contains(variant));
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
        Ok(())
    }
}
