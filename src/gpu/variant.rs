//! The forms of the convolution, which of them a device can run, and which of those is likely to be the fastest there.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::Context;
use crate::{Error, Result};

/// How the convolutions and linear layers are summed. All forms read the same weights and agree but for rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConvVariant {
    /// A tile of registers an invocation, operands straight from their buffers.
    #[default]
    Registers,
    /// Both operands through workgroup memory.
    Shared,
    /// One operand loaded once a subgroup, and broadcast. Needs [`wgpu::Features::SUBGROUP`].
    Subgroup,
    /// 8 x 8 matrices that a subgroup multiplies together. Needs [`wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX`],
    /// for which a device must be asked: [`Context::with_matrices`].
    Matrix,
}

impl ConvVariant {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Registers, Self::Shared, Self::Subgroup, Self::Matrix];

    const fn name(self) -> &'static str {
        match self {
            Self::Registers => "registers",
            Self::Shared => "shared",
            Self::Subgroup => "subgroup",
            Self::Matrix => "matrix",
        }
    }

    /// Whether a device with these features, of an adapter that says this of itself, can run it.
    pub fn runs_on(self, features: wgpu::Features, info: &wgpu::AdapterInfo) -> bool {
        let sizes = [info.subgroup_min_size, info.subgroup_max_size];
        match self {
            Self::Registers | Self::Shared => true,
            // A row is handed round by each of a subgroup's first four invocations.
            Self::Subgroup => features.contains(wgpu::Features::SUBGROUP) && sizes[0] >= 4,
            // The kernel gives each subgroup of 32 its quarter of the tile.
            Self::Matrix => features.contains(MATRICES | wgpu::Features::SUBGROUP) && sizes == [32; 2],
        }
    }

    /// The form that a device starts with, until [`Context::tune`] measures all of them. Only the CPUs' rows were measured
    /// (benches/results/notes.md), and with one version of each driver; the GPUs' is what others report of such hardware.
    pub fn likely_fastest(features: wgpu::Features, info: &wgpu::AdapterInfo) -> Self {
        use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu};
        let choice = match (info.device_type, info.subgroup_min_size) {
            // Measured on llvmpipe, whose subgroups are of 8: loads cost more than products, barriers more than they save.
            (Cpu, 8..) => Self::Subgroup,
            // Measured on SwiftShader, whose are of 4.
            (Cpu, _) => Self::Registers,
            // Assumed: arithmetic outruns the caches by far, and workgroup memory is there for it.
            (DiscreteGpu | IntegratedGpu, _) => Self::Shared,
            // Unknown: what works everywhere.
            _ => Self::Registers,
        };
        if choice.runs_on(features, info) { choice } else { Self::Registers }
    }
}

impl Display for ConvVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ConvVariant {
    type Err = Error;

    /// `registers`, `shared`, `subgroup` or `matrix`.
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|variant| variant.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::Argument { name: "conv", reason: format!("{text:?} is none of {names}") }
        })
    }
}

/// What an adapter offers, but cooperative matrices only if it multiplies float32 ones of 8 by 8, rounding as float32
/// does.
pub(super) fn offered(adapter: &wgpu::Adapter) -> wgpu::Features {
    use wgpu::CooperativeScalarType::F32;
    let fits = |p: &wgpu::CooperativeMatrixProperties| {
        [p.m_size, p.n_size, p.k_size] == [8; 3] && [p.ab_type, p.cr_type] == [F32; 2] && !p.saturating_accumulation
    };
    if adapter.cooperative_matrix_properties().iter().any(fits) {
        return adapter.features();
    }
    adapter.features() - MATRICES
}

/// What wgpu calls experimental here, and wants to be told of.
pub(super) const MATRICES: wgpu::Features = wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX;

/// wgpu's word that experimental features may be used.
#[expect(unsafe_code, reason = "wgpu hands it out in no other way")]
pub(super) fn experimental() -> wgpu::ExperimentalFeatures {
    // SAFETY: what may go wrong is that naga's checks have gaps for such features. Ours is one kernel: its matrices lie
    // inside its array of workgroup memory whatever the sizes, and it runs only where a user asked for it by name.
    unsafe { wgpu::ExperimentalFeatures::enabled() }
}

/// A context's choice, and what it is chosen from.
pub(super) struct Choice {
    variant: AtomicUsize,
    /// What the self-check left out, a bit a form.
    wrong: AtomicUsize,
    features: wgpu::Features,
}

impl Choice {
    /// `features`: those of the device, as far as they are known to serve.
    pub fn new(features: wgpu::Features, info: &wgpu::AdapterInfo) -> Self {
        let likely = ConvVariant::likely_fastest(features, info);
        Self { variant: AtomicUsize::new(likely as usize), wrong: AtomicUsize::new(0), features }
    }

    fn is_wrong(&self, variant: ConvVariant) -> bool {
        self.wrong.load(Ordering::Relaxed) & (1 << variant as usize) != 0
    }
}

impl Context {
    /// The form of the convolutions that what is made next will run.
    pub fn conv_variant(&self) -> ConvVariant {
        ConvVariant::ALL[self.conv_choice().variant.load(Ordering::Relaxed)]
    }

    /// The forms that this device can run, without those that a [`self_check`](Self::self_check) found wrong.
    pub fn conv_variants(&self) -> Vec<ConvVariant> {
        let runnable = self.runnable_conv_variants().into_iter();
        runnable.filter(|variant| !self.conv_choice().is_wrong(*variant)).collect()
    }

    /// Right or wrong.
    pub(crate) fn runnable_conv_variants(&self) -> Vec<ConvVariant> {
        let (features, info) = (self.conv_choice().features, self.info());
        ConvVariant::ALL.into_iter().filter(|variant| variant.runs_on(features, info)).collect()
    }

    /// Leaves out these forms and no others, unless nothing would be left. If the one in use is among them, the first that
    /// is right takes its place.
    pub(crate) fn leave_out(&self, wrong: &[ConvVariant]) {
        let choice = self.conv_choice();
        let left = self.runnable_conv_variants().into_iter().find(|variant| !wrong.contains(variant));
        let bits = |variants: &[ConvVariant]| variants.iter().fold(0, |bits, variant| bits | 1 << *variant as usize);
        choice.wrong.store(left.map_or(0, |_| bits(wrong)), Ordering::Relaxed);
        if let Some(left) = left.filter(|_| wrong.contains(&self.conv_variant())) {
            choice.variant.store(left as usize, Ordering::Relaxed);
        }
    }

    /// Chooses the form of the convolutions for every [`Synthesizer`](crate::Synthesizer) that is made from now on, on
    /// any model of this context; those there are keep theirs.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the device can't run it; [`Error::Argument`] if a
    /// [`self_check`](Self::self_check) found it wrong.
    pub fn set_conv_variant(&self, variant: ConvVariant) -> Result<()> {
        let usable = self.conv_variants();
        if !usable.contains(&variant) {
            let have = usable.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            if self.conv_choice().is_wrong(variant) {
                let reason =
                    format!("the self-check found {variant} wrong on this adapter; what is right there: {have}");
                return Err(Error::Argument { name: "conv", reason });
            }
            return Err(Error::unsupported("convolution", &variant, &have));
        }
        self.conv_choice().variant.store(variant as usize, Ordering::Relaxed);
        Ok(())
    }
}
