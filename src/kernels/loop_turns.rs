//! A probe: how many turns a loop has on this device.

use bytemuck::{Pod, Zeroable};

use super::shader;
use crate::Result;
use crate::gpu::{Access, Kernel};
use crate::graph::{Graph, Tensor};
use crate::shape::{Dim, Shape};

pub(super) static LOOP_TURNS: Kernel = Kernel {
    name: "loop_turns",
    prelude: "",
    source: shader!("loop_turns.wgsl"),
    bindings: &[Access::Write],
    params: size_of::<Params>(),
};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    turns: u32,
}

/// What a loop of so many turns arrives at: one u32, for [`turns_of`].
pub(crate) fn loop_turns(graph: &mut Graph, turns: u32) -> Result<Tensor> {
    let y = graph.tensor(Shape::dense(Dim::fixed(1)));
    graph.step(&LOOP_TURNS, vec![y.into()], move |_| (Params { turns }, [1, 1, 1]))?;
    Ok(y)
}

/// The turns after which the loop is there, if it is so within `most` of them.
pub(crate) fn turns_of(reached: u32, most: u32) -> Option<u32> {
    let mut x = 0_u32;
    for turn in 0..=most {
        if x == reached {
            return Some(turn);
        }
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted() {
        for (reached, turns) in [(0, Some(0)), (1_013_904_223, Some(1)), (1_196_435_762, Some(2)), (1, None)] {
            assert_eq!(turns_of(reached, 100_000), turns, "{reached}");
        }
    }
}
