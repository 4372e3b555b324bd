//! ONNX models: the network's tensors, identified by how the graph uses them.
//!
//! Exporters keep the names of few parameters. A linear layer's weight is `onnx::MatMul_6547`, an LSTM's is
//! `onnx::LSTM_6930`, a folded convolution's is `/encoder/F0.0/Mul_output_0`. The numbers differ from file to file, and
//! equal constants are merged. Stable are the node that reads a tensor, the operand's position, and the module that the
//! node belongs to; these decide first. A parameter's own name, if it kept one, decides for the rest.

mod constants;
mod epilogue;
mod finder;
mod graph;
mod layers;
mod module_path;
mod operators;
mod parameters;
mod parse;
mod tensor;

use std::collections::HashMap;

use self::finder::Finder;
use self::graph::Graph;
use self::operators::operator;
use super::content::View;
use super::derived::Derived;
use super::format;
use super::protobuf::{Fields, Value};

/// The content of a model file. Errors are reasons, to be preceded by the file's name.
pub(super) struct Model {
    /// By published name: the name in the file, and the tensor.
    pub tensors: HashMap<String, (String, Derived)>,
    /// Reasons why possible weights were not used, each with the node that reads the weight.
    pub problems: Vec<String>,
    /// The network's config.json, if the exporter stored it in the metadata.
    pub config: Option<String>,
}

/// Whether the bytes look like an ONNX model: only fields of a ModelProto, up to its graph.
pub(super) fn is_onnx(file: View) -> bool {
    for field in Fields::new(file, 0..file.len()).take(64) {
        match field {
            Ok((7, Value::Bytes(_))) => return true,
            Ok((1 | 5, Value::Varint(_)) | (2..=4 | 6 | 8 | 14 | 20 | 25 | 26, Value::Bytes(_))) => {}
            _ => return false,
        }
    }
    false
}

/// Reads a file except the tensors' values. Of a file that is still on its way: the tensors that are there, and whose place in the
/// network does not depend on others.
pub(super) fn read(file: View) -> Result<Model, String> {
    let graph = Graph::parse(file)?;
    if file.is_prefix() && !graph.has_initialisers {
        return Err("its nodes are not there yet".to_owned());
    }
    let config = graph.metadata.iter().find(|text| format::is_config(text)).map(|text| (*text).to_owned());
    let mut finder = Finder::new(&graph);
    for node in &graph.nodes {
        let read = match node.op {
            "LSTM" | "DynamicQuantizeLSTM" => finder.lstm(node),
            "MatMulNBits" => finder.block_quantised_layer(node),
            "LayerNormalization" | "InstanceNormalization" => finder.norm(node, 1),
            "SkipLayerNormalization" => finder.norm(node, 2),
            "Gather" => finder.embedding(node),
            "Sin" => finder.snake_alpha(node),
            op => operator(op).map_or(Ok(()), |operator| finder.layer(node, &operator)),
        };
        if let Err(reason) = read {
            finder.report(format!("node {} ({}): {reason}", node.name, node.op));
        }
        finder.end_node();
    }
    // These rest on what no node reads.
    if !file.is_prefix() {
        finder.find_by_name();
        finder.report_unused_matrices();
    }
    if finder.found.is_empty() {
        return Err(format!("none of its {} nodes is known as a part of the network", graph.nodes.len()));
    }
    Ok(Model { tensors: finder.found, problems: finder.problems, config })
}
