//! Twins: a kernel that reads storage buffers alone, and one that computes the same from textures, for [`ConvVariant::Texture`].

use crate::gpu::{Access, Kernel};
use crate::variant::ConvVariant;

/// Two kernels with the same uniforms, operands and results.
pub(crate) struct Twins {
    pub buffers: Kernel,
    /// Reads operands that `buffers` reads from storage buffers from textures.
    pub textures: Kernel,
}

/// Name, source and bindings of a kernel.
type Form = (&'static str, &'static str, &'static [Access]);

impl Twins {
    /// `P` is the struct of uniforms.
    pub const fn new<P>(buffers: Form, textures: Form) -> Self {
        Self { buffers: kernel::<P>(buffers), textures: kernel::<P>(textures) }
    }

    /// Whether a kernel is one of the two.
    pub fn contains(&self, kernel: &Kernel) -> bool {
        [&self.buffers, &self.textures].iter().any(|own| own.name == kernel.name)
    }

    /// The kernel of a variant of the convolution.
    pub const fn of(&self, conv: ConvVariant) -> &Kernel {
        match conv {
            ConvVariant::Texture => &self.textures,
            _ => &self.buffers,
        }
    }
}

const fn kernel<P>((name, source, bindings): Form) -> Kernel {
    Kernel { name, source, bindings, params_bytes: size_of::<P>(), clamped: true }
}
