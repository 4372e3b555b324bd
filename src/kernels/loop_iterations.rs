//! A probe: how many iterations a loop really runs on this device.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::error::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static LOOP_ITERATIONS: Kernel = Kernel {
    name: "loop_iterations",
    source: shader!("loop_iterations.wgsl"),
    bindings: &[Access::Write],
    params_bytes: size_of::<Params>(),
    clamped: true,
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    iterations: u32,
}

/// The value that a loop of so many iterations computes: one u32, for [`iterations_of`].
pub(crate) fn loop_iterations(graph: &mut Graph, iterations: u32) -> Result<Tensor> {
    let y = graph.tensor(Shape::dense(Dim::fixed(1)));
    graph.step(&LOOP_ITERATIONS, vec![y.into()], move |_| (Params { iterations }, [1, 1, 1]))?;
    Ok(y)
}

/// The number of iterations after which the loop has this value, if it is at most `limit`.
pub(crate) fn iterations_of(value: u32, limit: u32) -> Option<u32> {
    let mut x = 0_u32;
    for iteration in 0..=limit {
        if x == value {
            return Some(iteration);
        }
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_are_counted() {
        for (value, iterations) in [(0, Some(0)), (1_013_904_223, Some(1)), (1_196_435_762, Some(2)), (1, None)] {
            assert_eq!(iterations_of(value, 100_000), iterations, "{value}");
        }
    }
}
