//! What each node of an ONNX graph says about the tensors that it reads.

use std::collections::{HashMap, HashSet};

use super::follow::{bias_after, operand, scale_after};
use super::graph::{Constant, Graph, Node, STEPS};
use super::place;
use crate::checkpoint::derived::{Derived, Form, Grouped, Offset, Pick, Scales};
use crate::checkpoint::numbers::{Numbers, Type};

/// Reasons that are kept: who reads them needs the first.
const STRANGE_LIMIT: usize = 8;

/// By published name: the file's name, and the tensor.
type Found = HashMap<String, (String, Derived)>;

/// The module that a constant belongs to by its own name, if it has kept one.
fn module_of(constant: &Constant<'_, '_>) -> Option<String> {
    Some(place::tensor(constant.name)?.rsplit_once('.')?.0.to_owned())
}

/// Where an operator has a layer's weight, and what else there is to it.
struct Operator {
    weight: usize,
    scale: Scale,
    zero: Option<usize>,
    bias: Option<usize>,
    /// A matrix, `[in, out]` unless an attribute says otherwise, rather than a convolution's `[out, in, taps]`.
    matrix: bool,
}

enum Scale {
    None,
    At(usize),
    /// The integers of the product are multiplied later.
    After,
}

fn operator(op: &str) -> Option<Operator> {
    let (weight, scale, zero, bias, matrix) = match op {
        "Conv" | "FusedConv" | "ConvTranspose" => (1, Scale::None, None, Some(2), false),
        "ConvInteger" => (1, Scale::After, Some(3), None, false),
        "QLinearConv" => (3, Scale::At(4), Some(5), Some(8), false),
        "MatMul" | "FusedMatMul" => (1, Scale::None, None, None, true),
        "Gemm" => (1, Scale::None, None, Some(2), true),
        "MatMulInteger" => (1, Scale::After, Some(3), None, true),
        "MatMulIntegerToFloat" => (1, Scale::At(3), Some(5), Some(6), true),
        "DynamicQuantizeMatMul" => (1, Scale::At(2), Some(3), Some(4), true),
        "QLinearMatMul" => (3, Scale::At(4), Some(5), None, true),
        "QGemm" => (3, Scale::At(4), Some(5), Some(6), true),
        _ => return None,
    };
    Some(Operator { weight, scale, zero, bias, matrix })
}

pub(super) struct Roles<'g, 'a> {
    graph: &'g Graph<'a>,
    found: Found,
    /// The file's names of what was found.
    placed: HashSet<&'a str>,
    /// The file's names of weights whose operator scales them, so that not even their own names make them known.
    scaled: HashSet<&'a str>,
    strange: Vec<String>,
    /// Sines so far in each block of the generator.
    sines: HashMap<String, usize>,
}

impl<'g, 'a> Roles<'g, 'a> {
    pub(super) fn new(graph: &'g Graph<'a>) -> Self {
        Self {
            graph,
            found: HashMap::new(),
            placed: HashSet::new(),
            scaled: HashSet::new(),
            strange: Vec::new(),
            sines: HashMap::new(),
        }
    }

    /// The network's tensors, and what was not understood.
    pub(super) fn find(mut self) -> (Found, Vec<String>) {
        for node in &self.graph.nodes {
            let understood = match node.op {
                "LSTM" | "DynamicQuantizeLSTM" => self.lstm(node),
                "MatMulNBits" => self.few_bits(node),
                "LayerNormalization" | "InstanceNormalization" => self.norm(node, 1),
                "SkipLayerNormalization" => self.norm(node, 2),
                "Gather" => self.embedding(node),
                "Sin" => self.alpha(node),
                op => operator(op).map_or(Ok(()), |operator| self.layer(node, &operator)),
            };
            if let Err(reason) = understood {
                self.note(format!("node {} ({}): {reason}", node.name, node.op));
            }
        }
        self.find_by_name();
        self.note_rest();
        (self.found, self.strange)
    }

    fn note(&mut self, reason: String) {
        if self.strange.len() < STRANGE_LIMIT && !self.strange.contains(&reason) {
            self.strange.push(reason);
        }
    }

    fn put(&mut self, published: String, name: &'a str, tensor: Option<Derived>) -> Result<(), String> {
        self.placed.insert(name);
        let tensor =
            tensor.ok_or_else(|| format!("tensor {name} is damaged, or not the {published} that it should be"))?;
        // ALBERT's layers are one that is used again and again.
        self.found.entry(published).or_insert_with(|| (name.to_owned(), tensor));
        Ok(())
    }

    fn module(&self, node: &Node<'a>) -> Option<String> {
        let by_path = || std::iter::once(&node.name).chain(&node.outputs).find_map(|path| place::module_of_path(path));
        node.scope.and_then(place::module).or_else(by_path)
    }

    /// A linear layer or a convolution.
    fn layer(&mut self, node: &Node<'a>, operator: &Operator) -> Result<(), String> {
        let graph = self.graph;
        let Some(weight) = operand(node, operator.weight).and_then(|name| graph.constant(name)) else { return Ok(()) };
        let rank = if operator.matrix { 2 } else { 3 };
        if weight.tensor.dims.len() != rank || weight.reshaped {
            return Ok(());
        }
        let turned = node.integer("transB") == Some(1);
        let out = usize::from(operator.matrix && !turned);
        let scale = match operator.scale {
            Scale::None => None,
            Scale::At(at) => operand(node, at),
            Scale::After => scale_after(graph, node),
        };
        let zero = operator.zero.and_then(|at| operand(node, at));
        // The tensor's dimension of the layer's outputs.
        let axis = if weight.transposed { rank - 1 - out } else { out };
        let width = weight.tensor.dims[axis];
        let bias = match operator.bias.and_then(|at| operand(node, at)) {
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
                return Err(format!("tensor {} is used with {name} = {factor}, only 1 is read", weight.name));
            }
        }

        let form = self.form(&weight, scale.map(|scale| (scale, zero.unwrap_or(""))), axis)?;
        let dims = &weight.tensor.dims;
        let tensor = match (operator.matrix, weight.transposed ^ turned) {
            (true, false) => transposed(dims, form),
            (true, true) | (false, false) => Derived::new(dims.clone(), form, None),
            (false, true) => None,
        };
        self.put(format!("{module}.weight"), weight.name, tensor)?;
        let Some(bias) = bias else { return Ok(()) };
        // The integers that a static quantisation adds to its products have their scales.
        let scales =
            operator.bias.filter(|_| matches!(operator.scale, Scale::At(_))).and_then(|_| operand(node, 1)).zip(scale);
        let tensor = self.bias(&bias, scales)?;
        self.put(format!("{module}.bias"), bias.name, tensor)
    }

    /// A vector, whatever dimensions of 1 it has. Integers without a scale have the product of these two.
    fn bias(&self, bias: &Constant<'_, 'a>, product: Option<(&'a str, &'a str)>) -> Result<Option<Derived>, String> {
        let numbers = bias.tensor.numbers().map_err(|reason| format!("tensor {} {reason}", bias.name))?;
        let count = numbers.count;
        let form = match product.filter(|_| bias.scale.is_none() && !numbers.kind.is_float()) {
            None => self.form(bias, None, 0)?,
            Some((input, weight)) => {
                let by = Scales::along(&[count], 0, self.numbers(weight)?, None);
                let by = by.zip(Some(self.numbers(input)?)).and_then(|(by, input)| by.times(input));
                let by = by.ok_or_else(|| format!("tensor {} has not as many scales as values", bias.name))?;
                Form::Affine { codes: numbers, dims: vec![count], by }
            }
        };
        Ok(Derived::new(vec![count], form, None))
    }

    /// How the file holds a constant's values. `quantised` names the scale and the zero point of integers, along `axis`.
    fn form(
        &self,
        constant: &Constant<'_, 'a>,
        quantised: Option<(&'a str, &'a str)>,
        axis: usize,
    ) -> Result<Form, String> {
        let failed = |reason: String| format!("tensor {} {reason}", constant.name);
        let numbers = constant.tensor.numbers().map_err(failed)?;
        let dims = &constant.tensor.dims;
        if numbers.kind.is_float() {
            return Ok(Form::Plain(numbers));
        }
        let (scale, zero, axis) = match (constant.scale, quantised) {
            (Some((scale, zero, axis)), _) => {
                let axis = axis.unwrap_or(1);
                (scale, zero, usize::try_from(if axis < 0 { axis + dims.len() as i64 } else { axis }).unwrap_or(0))
            }
            (None, Some((scale, zero))) => (scale, zero, axis),
            (None, None) => {
                let (scale, zero) = self.scale_by_name(constant.name);
                (
                    scale.ok_or_else(|| {
                        failed(format!("is {}, and its scale is not found", constant.tensor.type_name()))
                    })?,
                    zero,
                    axis,
                )
            }
        };
        let scale = self.numbers(scale)?;
        let zero = if zero.is_empty() { None } else { Some(self.numbers(zero)?) };
        let counts = (scale.count, zero.as_ref().map_or(0, |zero| zero.count));
        // A vector has but one axis.
        let axis = if dims.len() < 2 { 0 } else { axis };
        let by =
            Scales::along(dims, axis, scale.clone(), zero.clone()).or_else(|| Scales::of_columns(dims, scale, zero));
        let by =
            by.ok_or_else(|| failed(format!("is {dims:?} with {} scales and {} zero points", counts.0, counts.1)))?;
        Ok(Form::Affine { codes: numbers, dims: dims.clone(), by })
    }

    /// The scale and the zero point that belong to a quantised tensor as onnxruntime names them, or next to it among a
    /// reader's operands.
    fn scale_by_name(&self, name: &'a str) -> (Option<&'a str>, &'a str) {
        let beside = self.graph.users(name).find_map(|node| {
            let at = node.inputs.iter().position(|input| *input == name)?;
            let scale = *node.inputs.get(at + 1)?;
            let quantised = node.op.starts_with("QLinear") || node.op == "DequantizeLinear";
            quantised.then(|| (Some(scale), node.inputs.get(at + 2).copied().unwrap_or("")))
        });
        beside.unwrap_or_else(|| {
            let base = name.strip_suffix("_quantized").unwrap_or(name);
            let tensor =
                |suffix| self.graph.tensors.get_key_value(format!("{base}{suffix}").as_str()).map(|(name, _)| *name);
            (tensor("_scale"), tensor("_zero_point").unwrap_or(""))
        })
    }

    /// A scale's or zero point's values.
    fn numbers(&self, name: &'a str) -> Result<Numbers, String> {
        let failed = |reason: &str| format!("tensor {name} {reason}");
        let constant = self.graph.constant(name).ok_or_else(|| failed("is no constant"))?;
        constant.tensor.numbers().map_err(|reason| failed(&reason))
    }

    /// Both directions of an LSTM: `W[directions, 4 hidden, in]`, `R` likewise, `B[directions, 8 hidden]`; the quantised
    /// operator has the last two dimensions of the first two exchanged.
    fn lstm(&mut self, node: &Node<'a>) -> Result<(), String> {
        let graph = self.graph;
        let constants = [1, 2, 3].map(|at| operand(node, at).and_then(|name| graph.constant(name)));
        let [Some(input), Some(hidden), Some(bias)] = constants else { return Ok(()) };
        let Some(module) = self.module(node) else { return Ok(()) };
        let quantised = node.op == "DynamicQuantizeLSTM";
        for (constant, leaf, at) in [(input, "weight_ih", 8), (hidden, "weight_hh", 10)] {
            let &[directions, first, second] = constant.tensor.dims.as_slice() else {
                return Err(format!("tensor {} is {:?}", constant.name, constant.tensor.dims));
            };
            let scale = operand(node, at).filter(|_| quantised);
            let form = self.form(&constant, scale.map(|scale| (scale, operand(node, at + 1).unwrap_or(""))), 0)?;
            let columns_first = quantised ^ constant.transposed;
            let (shape, strides) =
                if columns_first { (vec![second, first], [1, second]) } else { (vec![first, second], [second, 1]) };
            for (direction, suffix) in ["", "_reverse"].into_iter().enumerate().take(directions) {
                let pick = Pick { start: direction.saturating_mul(first).saturating_mul(second), strides, gates: true };
                let tensor = Derived::new(shape.clone(), form.clone(), Some(pick));
                self.put(format!("{module}.{leaf}_l0{suffix}"), constant.name, tensor)?;
            }
        }
        let &[directions, both] = bias.tensor.dims.as_slice() else {
            return Err(format!("tensor {} is {:?}", bias.name, bias.tensor.dims));
        };
        let form = self.form(&bias, None, 0)?;
        for (direction, suffix) in ["", "_reverse"].into_iter().enumerate().take(directions) {
            for (half, leaf) in ["bias_ih", "bias_hh"].into_iter().enumerate() {
                let start = direction.saturating_mul(both).saturating_add(both / 2 * half);
                let pick = Pick { start, strides: [1, 0], gates: true };
                let tensor = Derived::new(vec![both / 2], form.clone(), Some(pick));
                self.put(format!("{module}.{leaf}_l0{suffix}"), bias.name, tensor)?;
            }
        }
        Ok(())
    }

    /// A linear layer of a few bits a weight: `B[out, blocks, bytes]`, a scale and perhaps a zero point a block.
    fn few_bits(&mut self, node: &Node<'a>) -> Result<(), String> {
        let graph = self.graph;
        let Some(codes) = operand(node, 1).and_then(|name| graph.constant(name)) else { return Ok(()) };
        let bias = match operand(node, 5) {
            Some(name) => graph.constant(name),
            None => bias_after(graph, node, node.integer("N").and_then(|n| usize::try_from(n).ok()).unwrap_or(0)),
        };
        let Some(module) = self.module(node).or_else(|| bias.as_ref().and_then(module_of)) else { return Ok(()) };
        if operand(node, 4).is_some() {
            return Err(format!("tensor {} has its groups in an order of their own, which is not read", codes.name));
        }
        let size = |name| node.integer(name).and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        let bits = node.integer("bits").map_or(4, |bits| usize::try_from(bits).unwrap_or(0));
        let numbers = |at: usize| operand(node, at).map(|name| self.numbers(name)).transpose();
        let offset = match numbers(3)? {
            None => Offset::Zero(f32::from(1u8.checked_shl(bits.saturating_sub(1) as u32).unwrap_or(0))),
            Some(zeros) if zeros.kind == Type::U8 && zeros.is_raw() => Offset::PackedZeros(zeros.range()),
            Some(zeros) => Offset::Zeros(zeros),
        };
        let grouped = numbers(1)?.filter(|codes| codes.is_raw() && codes.kind == Type::U8).zip(numbers(2)?).map(
            |(codes, scales)| {
                let (rows, columns) = (size("N"), size("K"));
                Grouped { codes: codes.range(), bits, group: size("block_size"), rows, columns, scales, offset }
            },
        );
        let grouped = grouped.filter(Grouped::is_whole);
        let tensor =
            grouped.and_then(|grouped| Derived::new(vec![grouped.rows, grouped.columns], Form::Grouped(grouped), None));
        self.put(format!("{module}.weight"), codes.name, tensor)?;
        let Some(bias) = bias else { return Ok(()) };
        let tensor = self.bias(&bias, None)?;
        self.put(format!("{module}.bias"), bias.name, tensor)
    }

    /// A layer norm, or the affine part of an instance norm: vectors at operands `at` and `at + 1`.
    fn norm(&mut self, node: &Node<'a>, at: usize) -> Result<(), String> {
        let Some(module) = self.module(node) else { return Ok(()) };
        let (parent, last) = module.rsplit_once('.').unwrap_or(("", &module));
        let leaves = match last {
            "LayerNorm" | "full_layer_layer_norm" | "norm" => ["weight", "bias"],
            "1" if parent.starts_with("text_encoder.cnn.") => ["gamma", "beta"],
            // The adaptive ones have none of their own: what stands there are ones and zeros.
            _ => return Ok(()),
        };
        for (at, leaf) in (at..).zip(leaves) {
            let Some(constant) = operand(node, at).and_then(|name| self.graph.constant(name)) else { continue };
            let tensor = self.bias(&constant, None)?;
            self.put(format!("{module}.{leaf}"), constant.name, tensor)?;
        }
        Ok(())
    }

    fn embedding(&mut self, node: &Node<'a>) -> Result<(), String> {
        let Some(table) = operand(node, 0).and_then(|name| self.graph.constant(name)) else { return Ok(()) };
        let Some(module) =
            self.module(node).filter(|module| module.ends_with("embeddings") || module.ends_with("embedding"))
        else {
            return Ok(());
        };
        // Rows are looked up as integers, then scaled.
        let after = node.outputs.first().and_then(|output| {
            let node = self.graph.users(output).find(|user| user.op == "DequantizeLinear")?;
            Some((*node.inputs.get(1)?, node.inputs.get(2).copied().unwrap_or("")))
        });
        let form = self.form(&table, after, 0)?;
        let tensor =
            Derived::new(table.tensor.dims.clone(), form, None).filter(|_| !table.transposed && !table.reshaped);
        self.put(format!("{module}.weight"), table.name, tensor)
    }

    /// Snake's `x + sin(alpha x)^2 / alpha`: a block's six sines follow one another.
    fn alpha(&mut self, node: &Node<'a>) -> Result<(), String> {
        let Some(module) = self.module(node) else { return Ok(()) };
        let block = module.strip_prefix("decoder.generator.").and_then(|rest| rest.split_once('.'));
        let Some(("noise_res" | "resblocks", number)) = block else { return Ok(()) };
        if number.parse::<u32>().is_err() {
            return Ok(());
        }
        let mut argument = node.inputs.first().copied().unwrap_or("");
        // Between them a static quantisation rounds.
        for _ in 0..STEPS {
            let rounding = |node: &&Node<'a>| matches!(node.op, "DequantizeLinear" | "QuantizeLinear");
            let Some(node) = self.graph.producer(argument).filter(rounding) else { break };
            argument = node.inputs.first().copied().unwrap_or("");
        }
        let product = self.graph.producer(argument).filter(|node| matches!(node.op, "Mul" | "QLinearMul"));
        let constant = product.and_then(|node| node.inputs.iter().find_map(|name| self.graph.constant(name)));
        let sine = self.sines.entry(module.clone()).or_default();
        let index = *sine;
        *sine += 1;
        let Some(constant) = constant.filter(|constant| constant.tensor.dims.len() == 3) else { return Ok(()) };
        let form = self.form(&constant, None, 1)?;
        let tensor = Derived::new(constant.tensor.dims.clone(), form, None);
        self.put(format!("{module}.alpha{}.{}", 1 + index % 2, index / 2), constant.name, tensor)
    }

    /// What no node's role has told: tensors that still have their names.
    fn find_by_name(&mut self) {
        let graph = self.graph;
        let mut names: Vec<&'a str> = graph.tensors.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            let Some(published) = place::tensor(name).filter(|published| !self.found.contains_key(published)) else {
                continue;
            };
            let Some(constant) = graph.constant(name).filter(|_| !self.scaled.contains(name)) else { continue };
            let tensor =
                self.form(&constant, None, 0).map(|form| Derived::new(constant.tensor.dims.clone(), form, None));
            if let Err(reason) = tensor.and_then(|tensor| self.put(published, name, tensor)) {
                self.note(reason);
            }
        }
    }

    /// Matrices whose role is not known.
    fn note_rest(&mut self) {
        let graph = self.graph;
        let transform = |name: &str| name.contains("stft");
        for node in graph.nodes.iter().filter(|node| !transform(node.name)) {
            for name in node.inputs.iter().filter(|name| !self.placed.contains(*name) && !transform(name)) {
                if let Some(tensor) = graph.tensors.get(name).filter(|tensor| tensor.is_matrix())
                    && self.strange.len() < STRANGE_LIMIT
                {
                    let (kind, dims) = (tensor.type_name(), &tensor.dims);
                    self.strange.push(format!(
                        "node {} ({}): tensor {name}, {kind} {dims:?}, has no known place in the network",
                        node.name, node.op
                    ));
                }
            }
        }
    }
}

/// `[in, out]` as `[out, in]`.
fn transposed(dims: &[usize], form: Form) -> Option<Derived> {
    let &[rows, columns] = dims else { return None };
    Derived::new(vec![columns, rows], form, Some(Pick { start: 0, strides: [1, columns], gates: false }))
}

/// A residual block's convolution of one tap, which has no bias, by its weight's name within the block.
fn shortcut(weight: &Constant<'_, '_>) -> Option<String> {
    let block = place::module_of_path(weight.name).filter(|_| weight.tensor.dims.get(2) == Some(&1))?;
    let known = block == "decoder.encode"
        || ["decoder.decode.", "predictor.F0.", "predictor.N."].iter().any(|prefix| block.starts_with(prefix));
    known.then(|| format!("{block}.conv1x1"))
}
