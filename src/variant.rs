//! What selects a variant of a kernel: how convolutions are computed, and how weights are stored.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The features of a device that the variants for cooperative matrices need.
pub(crate) const MATRICES: wgpu::Features =
    wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX.union(wgpu::Features::SUBGROUP).union(wgpu::Features::SHADER_F16);

/// How convolutions and linear layers are computed. All variants read the same weights; their results differ by
/// rounding only. [`Half`](Self::Half), [`Matrix8`](Self::Matrix8) and [`Matrix16`](Self::Matrix16) are of half precision: they round
/// to less than float32, and are never chosen unless named.
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
    /// As [`Subgroup`](Self::Subgroup), but both operands are copied into textures before each dispatch, and read from there. Only on
    /// processors, by Vulkan, with subgroups of at least 4: llvmpipe's loads from textures are far cheaper than those from buffers.
    /// Winograd's transforms, the norms' statistics and the LSTMs read textures then too.
    Texture,
    /// Half precision by ordinary arithmetic: with weights stored as float16 ([`Precision::F16`]), the decoder rounds the inputs to
    /// float16 too, and multiplies and sums 8 or 16 input channels in float16, and those sums in float32; the rest as
    /// [`Shared`](Self::Shared). float16 ends at 65,504: what is larger becomes an infinity, and an error where it reaches the audio,
    /// unless the driver rounds towards zero. Needs [`wgpu::Features::SHADER_F16`], which a device has only if it is requested, by
    /// [`Context::with_half_precision`](crate::Context::with_half_precision) or by the app that lends it.
    Half,
    /// Half precision by cooperative matrices: inputs are rounded as for [`Half`](Self::Half), those past 65,504 to that, and each
    /// subgroup multiplies matrices of 8 x 8, with float32 sums. Needs [`wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX`],
    /// [`wgpu::Features::SUBGROUP`] and [`wgpu::Features::SHADER_F16`], and only
    /// [`Context::with_half_precision`](crate::Context::with_half_precision) knows the sizes that an adapter multiplies.
    Matrix8,
    /// As [`Matrix8`](Self::Matrix8), with matrices of 16 x 16.
    Matrix16,
}

impl ConvVariant {
    /// Every variant.
    pub const ALL: [Self; 8] = [
        Self::Registers,
        Self::Shared,
        Self::Wide,
        Self::Subgroup,
        Self::Texture,
        Self::Half,
        Self::Matrix8,
        Self::Matrix16,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Registers => "registers",
            Self::Shared => "shared",
            Self::Wide => "wide",
            Self::Subgroup => "subgroup",
            Self::Texture => "texture",
            Self::Half => "half",
            Self::Matrix8 => "matrix8",
            Self::Matrix16 => "matrix16",
        }
    }

    /// Whether it rounds inputs to float16.
    pub const fn is_half_precision(self) -> bool {
        matches!(self, Self::Half | Self::Matrix8 | Self::Matrix16)
    }

    /// The variant of the text side and of the curves of F0 and energy, where rounded inputs would move durations and pitch.
    pub(crate) const fn full_precision(self) -> Self {
        if self.is_half_precision() { Self::Shared } else { self }
    }

    /// Rows and columns of the cooperative matrices of float16, with float32 sums, that the variant needs.
    pub(crate) const fn matrix_size(self) -> Option<u32> {
        match self {
            Self::Matrix8 => Some(8),
            Self::Matrix16 => Some(16),
            _ => None,
        }
    }
}

impl Display for ConvVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ConvVariant {
    type Err = Error;

    /// `registers`, `shared`, `wide`, `subgroup`, `texture`, `half`, `matrix8` or `matrix16`.
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|variant| variant.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::argument("conv", format!("{text:?} is none of {names}"))
        })
    }
}

/// How the large weights are stored. Sums are float32 in either case, but for those of [`ConvVariant::Half`].
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
}

impl ConvChoice {
    /// `likely`: the variant until another is selected.
    pub fn new(likely: ConvVariant) -> Self {
        Self { selected: AtomicUsize::new(likely as usize), excluded: AtomicUsize::new(0) }
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
