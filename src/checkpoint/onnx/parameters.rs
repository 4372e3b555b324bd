//! Parameters of norms, embeddings and Snake activations.

use super::finder::Finder;
use super::graph::{MAX_STEPS, Node};
use crate::checkpoint::derived::Derived;

impl<'a> Finder<'_, 'a> {
    /// A layer norm, or the affine part of an instance norm: vectors at operands `first` and `first + 1`.
    pub fn norm(&mut self, node: &Node<'a>, first: usize) -> Result<(), String> {
        let Some(module) = self.module(node) else { return Ok(()) };
        let (parent, last) = module.rsplit_once('.').unwrap_or(("", &module));
        let leaves = match last {
            "LayerNorm" | "full_layer_layer_norm" | "norm" => ["weight", "bias"],
            "1" if parent.starts_with("text_encoder.cnn.") => ["gamma", "beta"],
            // Adaptive norms have no parameters of their own: these operands are ones and zeros.
            _ => return Ok(()),
        };
        for (operand, leaf) in (first..).zip(leaves) {
            let Some(constant) = node.input(operand).and_then(|name| self.graph.constant(name)) else { continue };
            let tensor = self.graph.vector(&constant, None)?;
            self.add(format!("{module}.{leaf}"), constant.name, tensor)?;
        }
        Ok(())
    }

    /// An embedding's table.
    pub fn embedding(&mut self, node: &Node<'a>) -> Result<(), String> {
        let Some(table) = node.input(0).and_then(|name| self.graph.constant(name)) else { return Ok(()) };
        let is_embedding = |module: &String| module.ends_with("embeddings") || module.ends_with("embedding");
        let Some(module) = self.module(node).filter(is_embedding) else { return Ok(()) };
        // Quantised rows are looked up first and scaled afterwards.
        let scale_and_zero = node.outputs.first().and_then(|output| {
            let node = self.graph.consumers(output).find(|user| user.op == "DequantizeLinear")?;
            Some((*node.inputs.get(1)?, node.inputs.get(2).copied().unwrap_or("")))
        });
        let encoding = self.graph.encoding(&table, scale_and_zero, 0)?;
        let tensor = Derived::new(table.tensor.dims.clone(), encoding, None);
        let tensor = tensor.filter(|_| !table.transposed && !table.reshaped);
        self.add(format!("{module}.weight"), table.name, tensor)
    }

    /// The alpha of a Snake activation, `x + sin(alpha x)^2 / alpha`. A block's six sines are in execution order.
    pub fn snake_alpha(&mut self, node: &Node<'a>) -> Result<(), String> {
        let Some(module) = self.module(node) else { return Ok(()) };
        let block = module.strip_prefix("decoder.generator.").and_then(|rest| rest.split_once('.'));
        let Some(("noise_res" | "resblocks", number)) = block else { return Ok(()) };
        if number.parse::<u32>().is_err() {
            return Ok(());
        }
        let mut argument = node.inputs.first().copied().unwrap_or("");
        // Static quantisation rounds between the product and the sine.
        for _ in 0..MAX_STEPS {
            let is_rounding = |node: &&Node<'a>| matches!(node.op, "DequantizeLinear" | "QuantizeLinear");
            let Some(node) = self.graph.producer(argument).filter(is_rounding) else { break };
            argument = node.inputs.first().copied().unwrap_or("");
        }
        let product = self.graph.producer(argument).filter(|node| matches!(node.op, "Mul" | "QLinearMul"));
        let constant = product.and_then(|node| node.inputs.iter().find_map(|name| self.graph.constant(name)));
        let count = self.sines.entry(module.clone()).or_default();
        let index = *count;
        *count += 1;
        let Some(constant) = constant.filter(|constant| constant.tensor.dims.len() == 3) else { return Ok(()) };
        let encoding = self.graph.encoding(&constant, None, 1)?;
        let tensor = Derived::new(constant.tensor.dims.clone(), encoding, None);
        self.add(format!("{module}.alpha{}.{}", 1 + index % 2, index / 2), constant.name, tensor)
    }
}
