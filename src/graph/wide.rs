//! Tensors in parts.

use super::builder::{Graph, Tensor};
use crate::shape::{Lengths, Shape};

/// A tensor whose channels lie in equal parts, each in a buffer of its own: in one part, unless that would be more
/// than the device binds at once. Whatever works on each channel by itself works on each part.
#[derive(Clone, Debug)]
pub(crate) struct Wide {
    pub shape: Shape,
    pub parts: Vec<Tensor>,
}

/// What a plan's tensors must fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub capacity: Lengths,
    /// Bytes of one binding.
    pub binding: u64,
}

impl Wide {
    /// Channels of a part, in vec4.
    pub fn pitch4(&self) -> u32 {
        self.parts[0].shape.pitch4()
    }

    /// The parts, and the vec4 of channels at which each begins.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Tensor)> + use<> {
        let pitch4 = self.pitch4();
        (0..).step_by(pitch4.max(1) as usize).zip(self.parts.clone())
    }
}

impl From<Tensor> for Wide {
    fn from(tensor: Tensor) -> Self {
        Self { shape: tensor.shape, parts: vec![tensor] }
    }
}

impl Graph {
    /// A tensor that steps will write, in as many parts as it takes.
    pub fn wide(&mut self, shape: Shape) -> Wide {
        let parts = self.room.map_or(1, |room| parts(shape, &room));
        let part = Shape::new(shape.rows, shape.channels / parts);
        Wide { shape, parts: (0..parts).map(|_| self.tensor(part)).collect() }
    }

    /// As [`Graph::stage`]. Only a tensor in one part can be looked at or given.
    pub fn wide_stage(&mut self, name: &str, wide: Wide) -> Wide {
        match wide.parts[..] {
            [whole] => self.stage(name, whole).into(),
            _ => wide,
        }
    }
}

/// The fewest parts of whole vec4 that each fit, in powers of two.
fn parts(shape: Shape, room: &Room) -> u32 {
    let bytes = shape.total_bytes(&room.capacity);
    let mut parts = 1;
    while bytes / u64::from(parts) > room.binding && shape.channels.is_multiple_of(8 * parts) {
        parts *= 2;
    }
    parts
}
