//! LayerNorm and AdaLayerNorm over channels.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Operand, Tensor};
use crate::shape::Shape;

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
    rows: u32,
    pitch4: u32,
    gamma_at4: u32,
    beta_at4: u32,
    gamma_plus: f32,
    eps: f32,
    slope: f32,
    at4: u32,
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
        let Self { gamma: (gamma, gamma_at4), beta: (beta, beta_at4), gamma_plus, eps, slope } = self;
        // Every utterance has its own style, and all have the same weights.
        let [own_gamma, own_beta] = [&gamma, &beta].map(|operand| match operand {
            Operand::Tensor(tensor) => Some(tensor.shape),
            Operand::Buffer(_) => None,
        });
        graph.step(&LAYER_NORM, vec![x.into(), gamma, beta, y.into()], move |run| {
            let start4 = |own: Option<Shape>| own.map_or(0, |shape| shape.start4(run));
            let (gamma_at4, beta_at4) = (gamma_at4 + start4(own_gamma), beta_at4 + start4(own_beta));
            let (rows, pitch4, at4) = (shape.rows.at(run), shape.pitch4(), shape.start4(run));
            (Params { rows, pitch4, gamma_at4, beta_at4, gamma_plus, eps, slope, at4 }, [rows, 1, 1])
        })?;
        Ok(y)
    }
}
