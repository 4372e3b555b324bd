//! LayerNorm and AdaLayerNorm over channels.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Operand, Tensor};

pub(super) static LAYER_NORM: Kernel = Kernel {
    name: "layer_norm",
    prelude: "",
    source: shader!("lib/reduce.wgsl", "layer_norm.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Write],
    params: size_of::<Params>(),
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    pitch4: u32,
    gamma_at4: u32,
    beta_at4: u32,
    gamma_plus: f32,
    eps: f32,
    slope: f32,
}

/// y = leaky(x_hat (gamma + gamma_plus) + beta), a row at a time.
pub(crate) struct LayerNorm {
    /// Where gamma and beta lie, and at which vec4.
    pub gamma: (Operand, u32),
    pub beta: (Operand, u32),
    /// 0 for LayerNorm, 1 for AdaLayerNorm.
    pub gamma_plus: f32,
    pub eps: f32,
    /// Of the LeakyReLU behind; 1 is none.
    pub slope: f32,
}

impl LayerNorm {
    pub fn record(self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let shape = x.shape;
        graph.check("layer_norm", shape.channels == shape.pitch, || {
            format!("x is {shape}, expected a multiple of 4 channels")
        })?;
        let y = graph.tensor(shape);
        let (gamma_at4, beta_at4) = (self.gamma.1, self.beta.1);
        let params = Params {
            pitch4: shape.pitch4(),
            gamma_at4,
            beta_at4,
            gamma_plus: self.gamma_plus,
            eps: self.eps,
            slope: self.slope,
        };
        graph.step(&LAYER_NORM, vec![x.into(), self.gamma.0, self.beta.0, y.into()], move |run| {
            (params, [shape.rows.at(run), 1, 1])
        })?;
        Ok(y)
    }
}
