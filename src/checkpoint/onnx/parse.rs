//! Parses a model file into its graph. Errors are reasons, to be preceded by the file's name.
//!
//! The numbers in the patterns are field numbers of onnx.proto: those of ModelProto, GraphProto, NodeProto, AttributeProto and
//! TensorProto, in the order of the functions; metadata are StringStringEntryProto.

use std::ops::Range;

use super::graph::{Attribute, Graph, Node};
use super::tensor::{Data, Tensor};
use crate::checkpoint::content::View;
use crate::checkpoint::protobuf::{Fields, Value, varint};

/// Largest number of nodes, and of tensors: ten times that of Kokoro's exports. A parsed node takes several times the
/// memory of its bytes.
const COUNT_LIMIT: usize = 1 << 15;
/// Largest number of bytes in a name.
const NAME_LIMIT: usize = 1 << 10;
/// Largest number of attributes of a node.
const ATTRIBUTE_LIMIT: usize = 64;
/// Largest number of dimensions of a tensor, and of integers in an attribute.
const INTEGERS_LIMIT: usize = 64;

impl<'a> Graph<'a> {
    /// Parses a file, as far as it is there.
    pub fn parse(file: View<'a>) -> Result<Self, String> {
        let mut graph = Self::new(file);
        for field in Fields::new(file, 0..file.len()) {
            match field? {
                (7, Value::Bytes(range)) => graph.read_graph(range)?,
                (14, Value::Bytes(range)) => {
                    for field in Fields::new(file, range) {
                        if let (2, Value::Bytes(range)) = field? {
                            graph.metadata.extend(std::str::from_utf8(file.get(range).unwrap_or_default()));
                        }
                    }
                }
                _ => {}
            }
        }
        graph.link();
        Ok(graph)
    }

    fn read_graph(&mut self, range: Range<usize>) -> Result<(), String> {
        for field in Fields::new(self.file, range) {
            match field? {
                (_, Value::Bytes(range)) if range.end > self.file.available() => break,
                (1, Value::Bytes(range)) => {
                    let node = self.read_node(range)?;
                    if node.op == "Constant" {
                        self.read_constant(&node)?;
                    }
                    self.nodes.push(node);
                }
                (5, Value::Bytes(range)) => {
                    let (name, tensor) = self.read_tensor(range)?;
                    self.tensors.insert(name, tensor);
                    self.has_initialisers = true;
                }
                (15, Value::Bytes(_)) => return Err("has sparse tensors, which are not supported".to_owned()),
                _ => {}
            }
            if self.nodes.len() > COUNT_LIMIT || self.tensors.len() > COUNT_LIMIT {
                return Err(format!("has more than {COUNT_LIMIT} nodes or tensors"));
            }
        }
        Ok(())
    }

    fn read_node(&self, range: Range<usize>) -> Result<Node<'a>, String> {
        let mut node =
            Node { name: "", op: "", scope: None, inputs: Vec::new(), outputs: Vec::new(), attributes: Vec::new() };
        for field in Fields::new(self.file, range) {
            match field? {
                (1, Value::Bytes(range)) => node.inputs.push(self.text(range)?),
                (2, Value::Bytes(range)) => node.outputs.push(self.text(range)?),
                (3, Value::Bytes(range)) => node.name = self.text(range)?,
                (4, Value::Bytes(range)) => node.op = self.text(range)?,
                (5, Value::Bytes(range)) => node.attributes.push(self.read_attribute(range)?),
                (9, Value::Bytes(range)) => node.scope = node.scope.or(self.read_scope(range)?),
                _ => {}
            }
            if node.attributes.len() > ATTRIBUTE_LIMIT {
                return Err(format!("node {} has more than {ATTRIBUTE_LIMIT} attributes", node.name));
            }
        }
        Ok(node)
    }

    /// The module in a node's metadata. It is a Python list, `['', 'kmodel', 'kmodel.bert_encoder', 'linear']`, whose
    /// last item is the operation.
    fn read_scope(&self, range: Range<usize>) -> Result<Option<&'a str>, String> {
        let (mut key, mut value) = ("", "");
        for field in Fields::new(self.file, range) {
            match field? {
                (1, Value::Bytes(range)) => key = std::str::from_utf8(self.bytes(range)?).unwrap_or(""),
                (2, Value::Bytes(range)) => value = std::str::from_utf8(self.bytes(range)?).unwrap_or(""),
                _ => {}
            }
        }
        Ok((key == "pkg.torch.onnx.name_scopes").then(|| value.rsplit('\'').nth(3)).flatten())
    }

    fn read_attribute(&self, range: Range<usize>) -> Result<Attribute<'a>, String> {
        let mut attribute = Attribute::default();
        for field in Fields::new(self.file, range) {
            match field? {
                (1, Value::Bytes(range)) => attribute.name = self.text(range)?,
                (2, Value::Fixed(range)) => {
                    attribute.float = self.bytes(range)?.try_into().map_or(f32::NAN, f32::from_le_bytes);
                }
                (3, Value::Varint(int)) => attribute.int = int as i64,
                (5, Value::Bytes(range)) => attribute.tensor = Some(range),
                // Longer lists than any used here are cut off.
                (8, value) => drop(self.integers(value, &mut attribute.ints, Some)),
                _ => {}
            }
        }
        Ok(attribute)
    }

    fn read_constant(&mut self, node: &Node<'a>) -> Result<(), String> {
        let tensor = node.attribute("value").and_then(|attribute| attribute.tensor.clone());
        if let (Some(range), Some(&output)) = (tensor, node.outputs.first()) {
            let (_, tensor) = self.read_tensor(range)?;
            self.tensors.insert(output, tensor);
        }
        Ok(())
    }

    fn read_tensor(&self, range: Range<usize>) -> Result<(&'a str, Tensor), String> {
        let mut tensor = Tensor { code: 0, dims: Vec::new(), data: Data::None };
        let (mut name, mut pieces, mut external) = ("", 0, false);
        for field in Fields::new(self.file, range) {
            let (number, value) = field?;
            match (number, value) {
                (1, value) => self.integers(value, &mut tensor.dims, |dim| usize::try_from(dim).ok())?,
                (2, Value::Varint(code)) => tensor.code = code,
                (8, Value::Bytes(range)) => name = self.text(range)?,
                (14, Value::Varint(location)) => external = location == 1,
                // Floats and doubles are packed as in memory, integers and float16 as varints.
                (4 | 9 | 10, Value::Bytes(range)) if !range.is_empty() => {
                    (tensor.data, pieces) = (Data::Raw(range), pieces + 1);
                }
                (5 | 7 | 11, Value::Bytes(range)) if !range.is_empty() => {
                    (tensor.data, pieces) = (Data::Varints(range), pieces + 1);
                }
                (4 | 5 | 7 | 10 | 11, Value::Varint(_) | Value::Fixed(_)) => pieces = 2, // unpacked: one value per field
                _ => {}
            }
        }
        if external {
            tensor.data = Data::External;
        } else if pieces > 1 {
            return Err(format!("tensor {name} is in pieces, which no exporter writes"));
        }
        Ok((name, tensor))
    }

    /// Appends a single integer or packed ones.
    fn integers<T>(&self, value: Value, to: &mut Vec<T>, convert: impl Fn(i64) -> Option<T>) -> Result<(), String> {
        let mut add = |value: u64| match convert(value as i64) {
            Some(value) if to.len() < INTEGERS_LIMIT => {
                to.push(value);
                Ok(())
            }
            _ => Err(format!("damaged: a shape has {}, or more than {INTEGERS_LIMIT} dimensions", value as i64)),
        };
        match value {
            Value::Varint(value) => add(value),
            Value::Bytes(range) => {
                let mut rest = self.bytes(range)?;
                while let Some((value, length)) = varint(rest) {
                    add(value)?;
                    rest = &rest[length..];
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn text(&self, range: Range<usize>) -> Result<&'a str, String> {
        let bytes = if range.len() <= NAME_LIMIT { self.bytes(range)? } else { &[0xFF] };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(_) => Err(format!("damaged: a name in it is not text of at most {NAME_LIMIT} bytes")),
        }
    }

    /// Bytes of a range that a field has.
    fn bytes(&self, range: Range<usize>) -> Result<&'a [u8], String> {
        self.file.get(range).ok_or_else(|| "cannot be read".to_owned())
    }
}
