//! What selects a variant of a kernel: how convolutions are computed, and how weights are stored.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The features of a device that the matrix variants need.
pub(crate) const MATRICES: wgpu::Features =
    wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX.union(wgpu::Features::SUBGROUP).union(wgpu::Features::SHADER_F16);

/// How convolutions and linear layers are computed. All variants read the same weights; their results differ by
/// rounding only, and only the matrix variants round to less than float32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConvVariant {
    /// Each invocation computes a tile in registers and reads both operands straight from their buffers.
    #[default]
    Registers,
    /// A workgroup stages both operands in workgroup memory; an invocation computes 8 rows by 4 columns.
    Shared,
    /// As [`Shared`](Self::Shared), but an invocation computes 8 rows by 8 columns: fewer loads, more registers.
    Wide,
    /// A subgroup loads one operand once and broadcasts it. Needs [`wgpu::Features::SUBGROUP`].
    Subgroup,
    /// Half precision: with weights stored as float16 ([`Precision::F16`]), the decoder rounds the inputs to float16 too, and
    /// each subgroup multiplies 8 x 8 cooperative matrices of them, with float32 sums; the rest as [`Shared`](Self::Shared).
    /// Needs [`wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX`], which a device has only if it is requested:
    /// [`Context::with_matrices`](crate::Context::with_matrices). Never chosen unless named.
    Matrix8,
    /// As [`Matrix8`](Self::Matrix8), with matrices of 16 x 16.
    Matrix16,
}

impl ConvVariant {
    /// Every variant.
    pub const ALL: [Self; 6] =
        [Self::Registers, Self::Shared, Self::Wide, Self::Subgroup, Self::Matrix8, Self::Matrix16];

    const fn name(self) -> &'static str {
        match self {
            Self::Registers => "registers",
            Self::Shared => "shared",
            Self::Wide => "wide",
            Self::Subgroup => "subgroup",
            Self::Matrix8 => "matrix8",
            Self::Matrix16 => "matrix16",
        }
    }

    /// Whether it rounds inputs to float16.
    pub const fn is_half_precision(self) -> bool {
        self.matrix_size().is_some()
    }

    /// The variant of the text side and of the curves of F0 and energy, where rounded inputs would move durations and pitch.
    pub(crate) const fn full_precision(self) -> Self {
        if self.is_half_precision() { Self::Shared } else { self }
    }

    /// Rows and columns of the cooperative matrices of float16, with float32 sums, that the variant needs.
    const fn matrix_size(self) -> Option<u32> {
        match self {
            Self::Matrix8 => Some(8),
            Self::Matrix16 => Some(16),
            _ => None,
        }
    }

    /// Whether a device with these features, on the adapter that `info` describes, can run the variant. `matrix_sizes`: as in
    /// [`AdapterSummary`](crate::AdapterSummary).
    pub fn runs_on(self, features: wgpu::Features, info: &wgpu::AdapterInfo, matrix_sizes: &[u32]) -> bool {
        match self.matrix_size() {
            // A workgroup of 128 computes four quarters of a tile, at most two in each subgroup.
            Some(size) => features.contains(MATRICES) && matrix_sizes.contains(&size) && info.subgroup_max_size <= 64,
            // The first four invocations of each subgroup broadcast a row each.
            None if self == Self::Subgroup => {
                features.contains(wgpu::Features::SUBGROUP) && info.subgroup_min_size >= 4
            }
            None => true,
        }
    }

    /// The variant that a device uses until [`Context::tune`](crate::Context::tune) has measured those of full precision. Only the
    /// CPU adapters were measured (benches/results/notes.md), each with one driver version; the choice for GPUs is an
    /// assumption.
    pub fn likely_fastest(features: wgpu::Features, info: &wgpu::AdapterInfo) -> Self {
        use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu};
        let choice = match (info.device_type, info.subgroup_min_size) {
            // Measured on llvmpipe, with subgroups of 8: loads cost more than products, barriers more than they save.
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
        if choice.runs_on(features, info, &[]) { choice } else { Self::Registers }
    }
}

impl Display for ConvVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ConvVariant {
    type Err = Error;

    /// `registers`, `shared`, `wide`, `subgroup`, `matrix8` or `matrix16`.
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|variant| variant.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::argument("conv", format!("{text:?} is none of {names}"))
        })
    }
}

/// How the large weights are stored. Sums are float32 in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Float32 everywhere: the reference.
    #[default]
    F32,
    /// The weights of all layers as float16, in half the memory. Embeddings, biases and norms are float32.
    F16,
}

impl Precision {
    /// Bytes of a value.
    pub(crate) const fn bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }
}

impl FromStr for Precision {
    type Err = Error;

    /// `f32` or `f16`.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            _ => Err(Error::argument("precision", format!("{text:?} is neither f32 nor f16"))),
        }
    }
}

/// The variant that a device uses, and those that its self-check excluded.
pub(crate) struct ConvChoice {
    selected: AtomicUsize,
    /// One bit per variant, by its position in [`ConvVariant::ALL`].
    excluded: AtomicUsize,
    /// As in [`AdapterSummary`](crate::AdapterSummary).
    pub matrix_sizes: Vec<u32>,
}

impl ConvChoice {
    pub fn new(features: wgpu::Features, info: &wgpu::AdapterInfo, matrix_sizes: Vec<u32>) -> Self {
        let likely = ConvVariant::likely_fastest(features, info);
        Self { selected: AtomicUsize::new(likely as usize), excluded: AtomicUsize::new(0), matrix_sizes }
    }

    pub fn selected(&self) -> ConvVariant {
        ConvVariant::ALL[self.selected.load(Ordering::Relaxed)]
    }

    pub fn select(&self, variant: ConvVariant) {
        self.selected.store(variant as usize, Ordering::Relaxed);
    }

    pub fn is_excluded(&self, variant: ConvVariant) -> bool {
        self.excluded.load(Ordering::Relaxed) & (1 << variant as usize) != 0
    }

    /// Excludes these variants and no others.
    pub fn exclude(&self, variants: &[ConvVariant]) {
        let bits = variants.iter().fold(0, |bits, variant| bits | 1 << *variant as usize);
        self.excluded.store(bits, Ordering::Relaxed);
    }
}
