//! An ONNX model's graph: nodes, tensors, and the edges between them.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use super::tensor::{Data, Tensor};
use crate::checkpoint::content::View;

/// Longest path from an operand to the constant that it is made from.
pub(super) const MAX_STEPS: usize = 8;
/// Bytes of a tensor that may be an LSTM's initial state; the network's have 2,048.
const MAX_STATE: usize = 1 << 14;

/// The parts of a model that identify its weights.
pub(super) struct Graph<'a> {
    pub file: View<'a>,
    pub nodes: Vec<Node<'a>>,
    /// Initialisers and constants, by name.
    pub tensors: HashMap<&'a str, Tensor>,
    /// Whether there are tensors behind the nodes. Writers keep this order, so all nodes are known then.
    pub has_initialisers: bool,
    /// Whether a constant was looked up that may be in the part of the file that is not there yet.
    pub awaits: Cell<bool>,
    /// Values of the exporter's metadata.
    pub metadata: Vec<&'a str>,
    /// Index of the node that computes each value.
    producers: HashMap<&'a str, usize>,
    /// Indices of the nodes that read each value.
    consumers: HashMap<&'a str, Vec<usize>>,
}

pub(super) struct Node<'a> {
    pub name: &'a str,
    pub op: &'a str,
    /// The PyTorch module that the node comes from, if the exporter noted it.
    pub scope: Option<&'a str>,
    /// Empty where an optional input is left out.
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    pub attributes: Vec<Attribute<'a>>,
}

/// An attribute's value, by type.
#[derive(Default)]
pub(super) struct Attribute<'a> {
    pub name: &'a str,
    pub float: f32,
    pub int: i64,
    pub ints: Vec<i64>,
    pub tensor: Option<Range<usize>>,
}

/// A constant operand, and the operators between the constant and its reader.
pub(super) struct Constant<'g, 'a> {
    pub name: &'a str,
    pub tensor: &'g Tensor,
    /// Scale, zero point (may be empty) and axis.
    pub scale: Option<(&'a str, &'a str, Option<i64>)>,
    /// Whether the last two dimensions are exchanged.
    pub transposed: bool,
    /// Whether dimensions of 1 may have been added or removed.
    pub reshaped: bool,
}

impl<'a> Graph<'a> {
    pub fn new(file: View<'a>) -> Self {
        Self {
            file,
            nodes: Vec::new(),
            tensors: HashMap::new(),
            has_initialisers: false,
            awaits: Cell::new(false),
            metadata: Vec::new(),
            producers: HashMap::new(),
            consumers: HashMap::new(),
        }
    }

    /// Indexes the edges once all nodes are there.
    pub fn link(&mut self) {
        for (index, node) in self.nodes.iter().enumerate() {
            for &output in node.outputs.iter().filter(|output| !output.is_empty()) {
                self.producers.insert(output, index);
            }
            for &input in node.inputs.iter().filter(|input| !input.is_empty()) {
                self.consumers.entry(input).or_default().push(index);
            }
        }
    }

    /// Whether a tensor, as small as an LSTM's state, consists of zeros.
    pub fn is_zero(&self, tensor: &Tensor) -> bool {
        match &tensor.data {
            Data::Raw(range) if range.len() <= MAX_STATE => {
                self.file.read(range.clone()).is_ok_and(|bytes| bytes.iter().all(|byte| *byte == 0))
            }
            _ => false,
        }
    }

    /// The node that computes a value.
    pub fn producer(&self, value: &str) -> Option<&Node<'a>> {
        self.producers.get(value).map(|&index| &self.nodes[index])
    }

    /// The first few nodes that read a value. A product's result has one or two; a damaged file in which all nodes read the same
    /// value must not take quadratic time.
    pub fn consumers(&self, value: &str) -> impl Iterator<Item = &Node<'a>> {
        self.consumers.get(value).into_iter().flatten().take(8).map(|&index| &self.nodes[index])
    }

    /// The constant that a value is, or is made from by casts, transpositions, reshapes and (de)quantisation.
    pub fn constant(&self, value: &'a str) -> Option<Constant<'_, 'a>> {
        let mut scale: Option<(&'a str, &'a str, Option<i64>)> = None;
        let (mut name, mut transposed, mut reshaped) = (value, false, false);
        for _ in 0..MAX_STEPS {
            if let Some((&name, tensor)) = self.tensors.get_key_value(name) {
                return Some(Constant { name, tensor, scale, transposed, reshaped });
            }
            let Some(node) = self.producer(name) else {
                self.awaits.set(self.file.is_prefix());
                return None;
            };
            let &first = node.inputs.first()?;
            match node.op {
                "Identity" | "Cast" => {}
                "DequantizeLinear" if scale.is_none() => {
                    let zero = node.inputs.get(2).copied().unwrap_or("");
                    scale = Some((*node.inputs.get(1)?, zero, node.integer("axis")));
                }
                // Its input has the values before they were rounded.
                "QuantizeLinear" => scale = None,
                "Transpose" => {
                    let perm = node.attribute("perm").map(|perm| perm.ints.as_slice()).unwrap_or_default();
                    if !matches!(perm, [] | [1, 0] | [0, 2, 1]) {
                        return None;
                    }
                    transposed = !transposed;
                    // The scale's axis refers to the transposed tensor.
                    if let Some((.., axis)) = &mut scale {
                        let rank = perm.len().max(2) as i64;
                        *axis = Some(match axis.unwrap_or(1) {
                            at if at == rank - 1 || at == -1 => rank - 2,
                            at if at == rank - 2 || at == -2 => rank - 1,
                            at => at,
                        });
                    }
                }
                "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" => reshaped = true,
                _ => return None,
            }
            name = first;
        }
        None
    }
}

impl<'a> Node<'a> {
    pub fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// An integer attribute.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.attribute(name).map(|attribute| attribute.int)
    }

    /// A float attribute.
    pub fn float(&self, name: &str) -> Option<f32> {
        self.attribute(name).map(|attribute| attribute.float)
    }

    /// The name of an input, unless it is left out.
    pub fn input(&self, index: usize) -> Option<&'a str> {
        self.inputs.get(index).copied().filter(|name| !name.is_empty())
    }
}
