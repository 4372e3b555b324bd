//! Collects the network's tensors from an ONNX graph.

use std::collections::{HashMap, HashSet};

use super::graph::{Constant, Graph, Node};
use super::module_path;
use crate::checkpoint::derived::Derived;

/// Number of reported problems: the first ones are enough to find the cause.
const REPORT_LIMIT: usize = 8;

/// The search for the network's tensors: those found so far, and why others were not.
pub(super) struct Finder<'g, 'a> {
    pub graph: &'g Graph<'a>,
    /// By published name: the name in the file, and the tensor.
    pub found: HashMap<String, (String, Derived)>,
    /// What the present node has, in the same form.
    of_node: Vec<(String, (String, Derived))>,
    /// Names in the file of all tensors that were added.
    used: HashSet<&'a str>,
    /// Names in the file of tensors whose operator multiplies them by a factor other than 1; `find_by_name` skips them,
    /// because their values would be wrong.
    pub scaled: HashSet<&'a str>,
    /// Reasons why possible weights were not used, at most [`REPORT_LIMIT`].
    pub problems: Vec<String>,
    /// Number of Sin nodes seen so far in each block of the generator: its index tells which of the block's six Snake
    /// alphas a node uses.
    pub sines: HashMap<String, usize>,
}

impl<'g, 'a> Finder<'g, 'a> {
    pub fn new(graph: &'g Graph<'a>) -> Self {
        Self {
            graph,
            found: HashMap::new(),
            of_node: Vec::new(),
            used: HashSet::new(),
            scaled: HashSet::new(),
            problems: Vec::new(),
            sines: HashMap::new(),
        }
    }

    /// Reports a problem, to be shown if a tensor is missing.
    pub fn report(&mut self, reason: String) {
        if self.problems.len() < REPORT_LIMIT && !self.problems.contains(&reason) {
            self.problems.push(reason);
        }
    }

    /// Records a tensor by its published name; `name` is its name in the file.
    pub fn add(&mut self, published: String, name: &'a str, tensor: Option<Derived>) -> Result<(), String> {
        self.used.insert(name);
        let tensor = tensor.ok_or_else(|| format!("tensor {name} is damaged, or not the expected {published}"))?;
        self.of_node.push((published, (name.to_owned(), tensor)));
        Ok(())
    }

    /// Ends a node. What it has is not sure if it looked for a tensor that is still on its way.
    pub fn end_node(&mut self) {
        let is_sure = !self.graph.awaits.take();
        for (published, tensor) in self.of_node.drain(..).filter(|_| is_sure) {
            // ALBERT's layers share their weights, so the same tensor is found repeatedly.
            self.found.entry(published).or_insert(tensor);
        }
    }

    /// The published name of a node's module.
    pub fn module(&self, node: &Node<'a>) -> Option<String> {
        let mut paths = std::iter::once(&node.name).chain(&node.outputs);
        let by_path = || paths.find_map(|path| module_path::of_path(path));
        node.scope.and_then(module_path::published).or_else(by_path)
    }

    /// Finds tensors that kept their names and that no node identified.
    pub fn find_by_name(&mut self) {
        let graph = self.graph;
        let mut names: Vec<&'a str> = graph.tensors.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            let published = module_path::of_parameter(name).filter(|published| !self.found.contains_key(published));
            let Some(published) = published else { continue };
            let Some(constant) = graph.constant(name).filter(|_| !self.scaled.contains(name)) else { continue };
            let encoding = graph.encoding(&constant, None, 0);
            let tensor = encoding.map(|encoding| Derived::new(constant.tensor.dims.clone(), encoding, None));
            if let Err(reason) = tensor.and_then(|tensor| self.add(published, name, tensor)) {
                self.report(reason);
            }
            self.end_node();
        }
    }

    /// Reports matrices that nothing identified, but zeros that an LSTM reads: its initial state.
    pub fn report_unused_matrices(&mut self) {
        let graph = self.graph;
        // The bases of the STFT follow from its definition.
        let is_transform = |name: &str| name.contains("stft");
        for node in graph.nodes.iter().filter(|node| !is_transform(node.name)) {
            let is_lstm = node.op.contains("LSTM");
            for name in node.inputs.iter().filter(|name| !self.used.contains(*name) && !is_transform(name)) {
                if let Some(tensor) =
                    graph.tensors.get(name).filter(|tensor| tensor.is_matrix() && !(is_lstm && graph.is_zero(tensor)))
                    && self.problems.len() < REPORT_LIMIT
                {
                    let (kind, dims) = (tensor.type_name(), &tensor.dims);
                    self.problems.push(format!(
                        "node {} ({}) reads tensor {name}, {kind} {dims:?}, whose place in the network is unknown",
                        node.name, node.op
                    ));
                }
            }
        }
    }
}

/// The module of a constant that kept its name.
pub(super) fn module_of(constant: &Constant<'_, '_>) -> Option<String> {
    Some(module_path::of_parameter(constant.name)?.rsplit_once('.')?.0.to_owned())
}
