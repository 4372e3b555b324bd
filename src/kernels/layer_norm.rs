//! LayerNorm and AdaLayerNorm over the channels of each row, and the LeakyReLU that follows.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Operand, Tensor};
use crate::shape::Shape;

pub(super) static LAYER_NORM: Kernel = Kernel {
    name: "layer_norm",
    source: shader!("layer_norm.wgsl", "lib/reduce.wgsl"),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    pitch4: u32,
    gamma_offset4: u32,
    beta_offset4: u32,
    gamma_plus: f32,
    eps: f32,
    slope: f32,
    offset4: u32,
}

/// y = leaky(x_hat (gamma + gamma_plus) + beta), where x_hat is x with mean 0 and variance 1 in each row.
pub(crate) struct LayerNorm {
    /// The operand that contains gamma, and its offset there in vec4.
    pub gamma: (Operand, u32),
    /// Likewise for beta.
    pub beta: (Operand, u32),
    /// 0 for LayerNorm, 1 for AdaLayerNorm.
    pub gamma_plus: f32,
    pub eps: f32,
    /// Slope of the LeakyReLU; 1 is none.
    pub slope: f32,
}

impl LayerNorm {
    pub fn record(self, graph: &mut Graph, x: Tensor) -> Result<Tensor> {
        let shape = x.shape;
        graph.check("layer_norm", shape.channels == shape.pitch, || {
            format!("x is {shape}, expected a multiple of 4 channels")
        })?;
        let y = graph.tensor(shape);
        let Self { gamma: (gamma, gamma_offset4), beta: (beta, beta_offset4), gamma_plus, eps, slope } = self;
        // Each utterance has its own style, whereas the weights are the same for all.
        let [gamma_shape, beta_shape] = [&gamma, &beta].map(|operand| match operand {
            Operand::Tensor(tensor) => Some(tensor.shape),
            Operand::Buffer(_) => None,
        });
        graph.step(&LAYER_NORM, vec![x.into(), gamma, beta, y.into()], move |entry| {
            let start4 = |shape: Option<Shape>| shape.map_or(0, |shape| shape.start4(entry));
            let (gamma_offset4, beta_offset4) =
                (gamma_offset4 + start4(gamma_shape), beta_offset4 + start4(beta_shape));
            let (rows, pitch4, offset4) = (shape.rows.at(entry), shape.pitch4(), shape.start4(entry));
            (Params { rows, pitch4, gamma_offset4, beta_offset4, gamma_plus, eps, slope, offset4 }, [rows, 1, 1])
        })?;
        // Three passes over the row by 64 invocations.
        graph.executed(|params: &Params, _, executed| executed.rounds = 3 * u64::from(params.pitch4.div_ceil(64)));
        Ok(y)
    }
}
