//! ONNX models: the network's tensors, found by what the graph does with them.
//!
//! Exporters keep the names of few parameters. A linear layer's weight is `onnx::MatMul_6547`, an LSTM's is
//! `onnx::LSTM_6930`, a folded convolution's is `/encoder/F0.0/Mul_output_0`, the numbers differ from file to file, and
//! equal constants are merged. What stays is which node reads them, as which operand, and where the node stands in the
//! network. That decides first; a parameter's own name, if it has one, does for the rest.

mod follow;
mod graph;
mod place;
mod roles;

use std::collections::HashMap;

use self::graph::Graph;
use self::roles::Roles;
use super::derived::Derived;
use super::is_config;
use super::protobuf::{Fields, Value};

/// What a model's file holds. Errors are reasons, to be put behind the file's name.
pub(crate) struct Model {
    /// By published name, with the names that the file has.
    pub(crate) tensors: HashMap<String, (String, Derived)>,
    /// What may be a weight, but was not understood: which node has it, and why.
    pub(crate) strange: Vec<String>,
    /// The network's config.json, if the exporter left it in the metadata.
    pub(crate) config: Option<String>,
}

/// Whether the bytes are an ONNX model's: the fields of a ModelProto, up to its graph.
pub(crate) fn is_onnx(bytes: &[u8]) -> bool {
    for field in Fields::new(bytes, 0..bytes.len()).take(64) {
        match field {
            Ok((7, Value::Bytes(_))) => return true,
            Ok((1 | 5, Value::Varint(_)) | (2..=4 | 6 | 8 | 14 | 20 | 25 | 26, Value::Bytes(_))) => {}
            _ => return false,
        }
    }
    false
}

/// Reads a whole file, all but the values.
pub(crate) fn read(file: &[u8]) -> Result<Model, String> {
    let graph = Graph::parse(file)?;
    let config = graph.metadata.iter().find(|text| is_config(text)).map(|text| (*text).to_owned());
    let (tensors, strange) = Roles::new(&graph).find();
    if tensors.is_empty() {
        let nodes = graph.nodes.len();
        return Err(format!("none of its {nodes} nodes is known as a part of the network"));
    }
    Ok(Model { tensors, strange, config })
}
