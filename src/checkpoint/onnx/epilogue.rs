//! Operators that follow a product: the scale that multiplies it, the bias added to it.

use super::graph::{Constant, Graph, Node};

/// Longest path from a product to its bias.
const MAX_STEPS: usize = 6;

/// The nodes that pass a node's result on, up to the addition of a bias, each with the value it reads.
fn chain<'g, 'a>(graph: &'g Graph<'a>, node: &'g Node<'a>) -> impl Iterator<Item = (&'a str, &'g Node<'a>)> {
    let first = node.outputs.first().copied().unwrap_or("");
    let step = move |value: &&'a str| {
        let passes = |op| matches!(op, "Cast" | "Mul" | "Add" | "QuantizeLinear" | "DequantizeLinear");
        let next = graph.consumers(value).find(|user| passes(user.op))?;
        next.outputs.first().copied()
    };
    let values = std::iter::successors(Some(first), step).take(MAX_STEPS);
    values.flat_map(move |value| graph.consumers(value).map(move |user| (value, user)))
}

/// The scale of an integer product's weight. The product is multiplied by the product of two scales, of which the
/// weight's is the constant one.
pub(super) fn scale_after<'a>(graph: &Graph<'a>, node: &Node<'a>) -> Option<&'a str> {
    chain(graph, node).find_map(|(value, user)| {
        let other = *user.inputs.iter().find(|input| user.op == "Mul" && **input != value)?;
        let producer = graph.producer(other)?;
        let scales = if producer.op == "Cast" { graph.producer(producer.inputs.first()?)? } else { producer };
        let scales = Some(scales).filter(|node| node.op == "Mul")?;
        scales.inputs.iter().copied().find(|input| graph.constant(input).is_some())
    })
}

/// The constant of `width` values that is added to a node's result.
pub(super) fn bias_after<'g, 'a>(graph: &'g Graph<'a>, node: &'g Node<'a>, width: usize) -> Option<Constant<'g, 'a>> {
    chain(graph, node).find_map(|(value, user)| {
        let operand = match user.op {
            "Add" | "FastGelu" | "BiasGelu" => user.inputs.iter().position(|input| *input != value)?,
            "QLinearAdd" => *[0, 3].iter().find(|&&operand| user.inputs.get(operand) != Some(&value))?,
            "SkipLayerNormalization" => 4,
            _ => return None,
        };
        let bias = bias_constant(graph, user.input(operand)?)?;
        (bias.tensor.count() == Some(width) && width > 0).then_some(bias)
    })
}

/// A constant, possibly behind operators that round it to the scale of an integer product.
fn bias_constant<'g, 'a>(graph: &'g Graph<'a>, mut name: &'a str) -> Option<Constant<'g, 'a>> {
    for _ in 0..MAX_STEPS {
        if let Some(constant) = graph.constant(name) {
            return Some(constant);
        }
        let node = graph.producer(name)?;
        if !matches!(node.op, "Reshape" | "Unsqueeze" | "Cast" | "Floor" | "Round" | "Div") {
            return None;
        }
        name = *node.inputs.first()?;
    }
    None
}
