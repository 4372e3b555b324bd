//! Tensors of linear layers, convolutions and LSTMs.

use super::epilogue::{bias_after, scale_after};
use super::finder::{Finder, module_of};
use super::graph::{Constant, Node};
use super::module_path;
use super::operators::{Operator, Scale};
use crate::checkpoint::derived::{Derived, Encoding, GroupQuantised, MatrixView, Offset};
use crate::checkpoint::numbers::Type;

impl<'a> Finder<'_, 'a> {
    /// A linear layer or a convolution.
    pub fn layer(&mut self, node: &Node<'a>, operator: &Operator) -> Result<(), String> {
        let graph = self.graph;
        let Some(weight) = node.input(operator.weight).and_then(|name| graph.constant(name)) else { return Ok(()) };
        let rank = if operator.is_matrix { 2 } else { 3 };
        if weight.tensor.dims.len() != rank || weight.reshaped {
            return Ok(());
        }
        let is_out_in = node.integer("transB") == Some(1);
        let out = usize::from(operator.is_matrix && !is_out_in);
        let scale = match operator.scale {
            Scale::None => None,
            Scale::Operand(operand) => node.input(operand),
            Scale::Later => scale_after(graph, node),
        };
        let zero = operator.zero.and_then(|operand| node.input(operand));
        // The dimension of the layer's outputs in the stored tensor.
        let axis = if weight.transposed { rank - 1 - out } else { out };
        let width = weight.tensor.dims[axis];
        // The weight of ConvTranspose is [in, out, taps], so `width` is not the number of its outputs; 0 finds no bias.
        let bias = match operator.bias.and_then(|operand| node.input(operand)) {
            Some(name) => graph.constant(name),
            None => bias_after(graph, node, if node.op == "ConvTranspose" { 0 } else { width }),
        };
        let module = (self.module(node))
            .or_else(|| module_of(&weight))
            .or_else(|| bias.as_ref().and_then(module_of))
            .or_else(|| shortcut(&weight));
        let Some(module) = module else { return Ok(()) };
        for name in ["alpha", "beta"] {
            if let Some(factor) = node.float(name).filter(|factor| *factor != 1.0) {
                self.scaled.extend([Some(weight.name), bias.map(|bias| bias.name)].into_iter().flatten());
                return Err(format!("tensor {} is used with {name} = {factor}, only 1 is supported", weight.name));
            }
        }

        let encoding = graph.encoding(&weight, scale.map(|scale| (scale, zero.unwrap_or(""))), axis)?;
        let dims = &weight.tensor.dims;
        let tensor = match (operator.is_matrix, weight.transposed ^ is_out_in) {
            (true, false) => transposed(dims, encoding),
            (true, true) | (false, false) => Derived::new(dims.clone(), encoding, None),
            (false, true) => None,
        };
        self.add(format!("{module}.weight"), weight.name, tensor)?;
        let Some(bias) = bias else { return Ok(()) };
        // Static quantisation adds the bias to products of integers, so its scale is the product of their scales.
        let is_static = matches!(operator.scale, Scale::Operand(_));
        let scales = operator.bias.filter(|_| is_static).and_then(|_| node.input(1)).zip(scale);
        let tensor = graph.vector(&bias, scales)?;
        self.add(format!("{module}.bias"), bias.name, tensor)
    }

    /// A linear layer with a few bits per weight: `B[out, blocks, bytes]`, a scale and possibly a zero point per block.
    pub fn block_quantised_layer(&mut self, node: &Node<'a>) -> Result<(), String> {
        let graph = self.graph;
        let Some(codes) = node.input(1).and_then(|name| graph.constant(name)) else { return Ok(()) };
        let size = |name| node.integer(name).and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        let bias = match node.input(5) {
            Some(name) => graph.constant(name),
            None => bias_after(graph, node, size("N")),
        };
        let Some(module) = self.module(node).or_else(|| bias.as_ref().and_then(module_of)) else { return Ok(()) };
        if node.input(4).is_some() {
            return Err(format!("tensor {} has permuted groups (g_idx), which are not supported", codes.name));
        }
        let bits = node.integer("bits").map_or(4, |bits| usize::try_from(bits).unwrap_or(0));
        let numbers = |operand: usize| node.input(operand).map(|name| graph.numbers(name)).transpose();
        let offset = match numbers(3)? {
            None => Offset::Zero(f32::from(1u8.checked_shl(bits.saturating_sub(1) as u32).unwrap_or(0))),
            Some(zeros) if zeros.kind == Type::U8 && zeros.is_raw() => Offset::PackedZeros(zeros.range()),
            Some(zeros) => Offset::Zeros(zeros),
        };
        let codes_and_scales = numbers(1)?.filter(|codes| codes.is_raw() && codes.kind == Type::U8).zip(numbers(2)?);
        let quantised = codes_and_scales.map(|(codes, scales)| {
            let (group, rows, columns) = (size("block_size"), size("N"), size("K"));
            GroupQuantised { codes: codes.range(), bits, group, rows, columns, scales, offset }
        });
        let tensor = quantised.filter(GroupQuantised::is_consistent).and_then(|quantised| {
            let shape = vec![quantised.rows, quantised.columns];
            Derived::new(shape, Encoding::GroupQuantised(quantised), None)
        });
        self.add(format!("{module}.weight"), codes.name, tensor)?;
        let Some(bias) = bias else { return Ok(()) };
        let tensor = graph.vector(&bias, None)?;
        self.add(format!("{module}.bias"), bias.name, tensor)
    }

    /// Both directions of an LSTM: `W[directions, 4 * hidden, in]`, `R` likewise, `B[directions, 8 * hidden]`. The
    /// quantised operator has the last two dimensions of `W` and `R` exchanged.
    pub fn lstm(&mut self, node: &Node<'a>) -> Result<(), String> {
        let graph = self.graph;
        let constants = [1, 2, 3].map(|operand| node.input(operand).and_then(|name| graph.constant(name)));
        let [Some(input), Some(hidden), Some(bias)] = constants else { return Ok(()) };
        let Some(module) = self.module(node) else { return Ok(()) };
        let is_quantised = node.op == "DynamicQuantizeLSTM";
        for (constant, leaf, operand) in [(input, "weight_ih", 8), (hidden, "weight_hh", 10)] {
            let &[directions, first, second] = constant.tensor.dims.as_slice() else {
                return Err(format!("tensor {} has shape {:?}", constant.name, constant.tensor.dims));
            };
            let scale = node.input(operand).filter(|_| is_quantised);
            let scale_and_zero = scale.map(|scale| (scale, node.input(operand + 1).unwrap_or("")));
            let encoding = graph.encoding(&constant, scale_and_zero, 0)?;
            let is_transposed = is_quantised ^ constant.transposed;
            let (shape, strides) =
                if is_transposed { (vec![second, first], [1, second]) } else { (vec![first, second], [second, 1]) };
            for (direction, suffix) in ["", "_reverse"].into_iter().enumerate().take(directions) {
                let start = direction.saturating_mul(first).saturating_mul(second);
                let view = MatrixView { start, strides, onnx_gates: true };
                let tensor = Derived::new(shape.clone(), encoding.clone(), Some(view));
                self.add(format!("{module}.{leaf}_l0{suffix}"), constant.name, tensor)?;
            }
        }
        let &[directions, both] = bias.tensor.dims.as_slice() else {
            return Err(format!("tensor {} has shape {:?}", bias.name, bias.tensor.dims));
        };
        let encoding = graph.encoding(&bias, None, 0)?;
        for (direction, suffix) in ["", "_reverse"].into_iter().enumerate().take(directions) {
            for (half, leaf) in ["bias_ih", "bias_hh"].into_iter().enumerate() {
                let start = direction.saturating_mul(both).saturating_add(both / 2 * half);
                let view = MatrixView { start, strides: [1, 0], onnx_gates: true };
                let tensor = Derived::new(vec![both / 2], encoding.clone(), Some(view));
                self.add(format!("{module}.{leaf}_l0{suffix}"), bias.name, tensor)?;
            }
        }
        Ok(())
    }
}

/// `[in, out]` as `[out, in]`.
fn transposed(dims: &[usize], encoding: Encoding) -> Option<Derived> {
    let &[rows, columns] = dims else { return None };
    let view = MatrixView { start: 0, strides: [1, columns], onnx_gates: false };
    Derived::new(vec![columns, rows], encoding, Some(view))
}

/// The module of a residual block's 1x1 convolution. It has no bias, and its weight is named after the block.
fn shortcut(weight: &Constant<'_, '_>) -> Option<String> {
    let block = module_path::of_path(weight.name).filter(|_| weight.tensor.dims.get(2) == Some(&1))?;
    let known = block == "decoder.encode"
        || ["decoder.decode.", "predictor.F0.", "predictor.N."].iter().any(|prefix| block.starts_with(prefix));
    known.then(|| format!("{block}.conv1x1"))
}
