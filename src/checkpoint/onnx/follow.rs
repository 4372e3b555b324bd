//! What becomes of a node's result: the scale that it is multiplied by, the bias that is added to it.

use super::graph::{Constant, Graph, Node};

/// Nodes between a product and the addition of its bias.
const STEPS: usize = 6;

/// An operand's name, unless it is left out.
pub(super) fn operand<'a>(node: &Node<'a>, at: usize) -> Option<&'a str> {
    node.inputs.get(at).copied().filter(|name| !name.is_empty())
}

/// The nodes that take a value on, one after the other, up to the addition of a bias or the like.
fn chain<'g, 'a>(graph: &'g Graph<'a>, node: &'g Node<'a>) -> impl Iterator<Item = (&'a str, &'g Node<'a>)> {
    let first = node.outputs.first().copied().unwrap_or("");
    let step = move |value: &&'a str| {
        let on = |op| matches!(op, "Cast" | "Mul" | "Add" | "QuantizeLinear" | "DequantizeLinear");
        let next = graph.users(value).find(|user| on(user.op))?;
        next.outputs.first().copied()
    };
    let values = std::iter::successors(Some(first), step).take(STEPS);
    values.flat_map(move |value| graph.users(value).map(move |user| (value, user)))
}

/// The scale of a weight whose product is of integers: that is multiplied by the product of two scales, of which the
/// weight's is the constant.
pub(super) fn scale_after<'a>(graph: &Graph<'a>, node: &Node<'a>) -> Option<&'a str> {
    chain(graph, node).find_map(|(value, user)| {
        let other = *user.inputs.iter().find(|input| user.op == "Mul" && **input != value)?;
        let made = graph.producer(other)?;
        let scales = if made.op == "Cast" { graph.producer(made.inputs.first()?)? } else { made };
        let scales = Some(scales).filter(|node| node.op == "Mul")?;
        scales.inputs.iter().copied().find(|input| graph.constant(input).is_some())
    })
}

/// The constant of so many values that is added to a node's result.
pub(super) fn bias_after<'g, 'a>(graph: &'g Graph<'a>, node: &'g Node<'a>, width: usize) -> Option<Constant<'g, 'a>> {
    chain(graph, node).find_map(|(value, user)| {
        let at = match user.op {
            "Add" | "FastGelu" | "BiasGelu" => user.inputs.iter().position(|input| *input != value)?,
            "QLinearAdd" => *[0, 3].iter().find(|&&at| user.inputs.get(at) != Some(&value))?,
            "SkipLayerNormalization" => 4,
            _ => return None,
        };
        let bias = bias_source(graph, operand(user, at)?)?;
        (bias.tensor.count() == Some(width) && width > 0).then_some(bias)
    })
}

/// A constant, also behind the operators that round it to the scale of an integer product.
fn bias_source<'g, 'a>(graph: &'g Graph<'a>, mut name: &'a str) -> Option<Constant<'g, 'a>> {
    for _ in 0..STEPS {
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
