//! An ONNX model's graph: its nodes, its tensors, and which of them meet.

use std::collections::HashMap;
use std::ops::Range;

use crate::checkpoint::numbers::{Numbers, Type};
use crate::checkpoint::protobuf::{Fields, Value};

/// Nodes and tensors, each: ten times as many as Kokoro's exports have. A node costs several times its size once parsed.
const COUNT_LIMIT: usize = 1 << 15;
const NAME_LIMIT: usize = 1 << 10;
const ATTRIBUTE_LIMIT: usize = 64;
/// Dimensions of a tensor, and as many integers of an attribute.
const INTEGERS_LIMIT: usize = 64;
/// Edges between a value and the constant that it is made from.
pub(super) const STEPS: usize = 8;

/// What of a model is needed to find its weights. Errors are reasons, to be put behind the file's name.
pub(crate) struct Graph<'a> {
    pub(crate) file: &'a [u8],
    pub(crate) nodes: Vec<Node<'a>>,
    /// Initialisers and constants, by name.
    pub(crate) tensors: HashMap<&'a str, Tensor>,
    /// Texts that the exporter left.
    pub(crate) metadata: Vec<&'a str>,
    producers: HashMap<&'a str, usize>,
    users: HashMap<&'a str, Vec<usize>>,
}

pub(crate) struct Node<'a> {
    pub(crate) name: &'a str,
    pub(crate) op: &'a str,
    /// The module in PyTorch that it comes from, as newer exporters note it.
    pub(crate) scope: Option<&'a str>,
    /// Empty where an optional one is left out.
    pub(crate) inputs: Vec<&'a str>,
    pub(crate) outputs: Vec<&'a str>,
    attributes: Vec<Attribute<'a>>,
}

pub(crate) struct Tensor {
    /// ONNX's number for the type of its values.
    code: u64,
    pub(crate) dims: Vec<usize>,
    data: Data,
}

enum Data {
    None,
    Raw(Range<usize>),
    Varints(Range<usize>),
    /// In another file.
    External,
}

/// An attribute's value: what of it is needed.
#[derive(Default)]
struct Attribute<'a> {
    name: &'a str,
    float: f32,
    int: i64,
    ints: Vec<i64>,
    tensor: Option<Range<usize>>,
}

/// A constant, and what the graph makes of it before it is used.
pub(crate) struct Constant<'g, 'a> {
    pub(crate) name: &'a str,
    pub(crate) tensor: &'g Tensor,
    /// Scale, zero point (which may be empty) and axis.
    pub(crate) scale: Option<(&'a str, &'a str, Option<i64>)>,
    /// Whether its last two dimensions are exchanged.
    pub(crate) transposed: bool,
    /// Whether dimensions of 1 may have come or gone.
    pub(crate) reshaped: bool,
}

impl<'a> Graph<'a> {
    /// Parses a whole file.
    pub(crate) fn parse(file: &'a [u8]) -> Result<Self, String> {
        let mut graph = Self {
            file,
            nodes: Vec::new(),
            tensors: HashMap::new(),
            metadata: Vec::new(),
            producers: HashMap::new(),
            users: HashMap::new(),
        };
        for field in Fields::new(file, 0..file.len()) {
            match field? {
                (7, Value::Bytes(range)) => graph.read_graph(range)?,
                (14, Value::Bytes(range)) => {
                    for field in Fields::new(file, range) {
                        if let (2, Value::Bytes(range)) = field? {
                            graph.metadata.extend(std::str::from_utf8(&file[range]));
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
                }
                (15, Value::Bytes(_)) => return Err("has sparse tensors, which are not read".to_owned()),
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
                (9, Value::Bytes(range)) => node.scope = node.scope.or(self.scope(range)?),
                _ => {}
            }
            if node.attributes.len() > ATTRIBUTE_LIMIT {
                return Err(format!("node {} has more than {ATTRIBUTE_LIMIT} attributes", node.name));
            }
        }
        Ok(node)
    }

    /// The module of a node's metadata, a list as Python prints it: `['', 'kmodel', 'kmodel.bert_encoder', 'linear']`, of
    /// which the last is the operation.
    fn scope(&self, range: Range<usize>) -> Result<Option<&'a str>, String> {
        let (mut key, mut value) = ("", "");
        for field in Fields::new(self.file, range) {
            match field? {
                (1, Value::Bytes(range)) => key = std::str::from_utf8(&self.file[range]).unwrap_or(""),
                (2, Value::Bytes(range)) => value = std::str::from_utf8(&self.file[range]).unwrap_or(""),
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
                    attribute.float = self.file[range].try_into().map_or(f32::NAN, f32::from_le_bytes);
                }
                (3, Value::Varint(int)) => attribute.int = int as i64,
                (5, Value::Bytes(range)) => attribute.tensor = Some(range),
                // Of a list that is longer than any here the beginning is enough.
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
                (14, Value::Varint(place)) => external = place == 1,
                // Floats and doubles are packed as they are in memory, integers and float16 as varints.
                (4 | 9 | 10, Value::Bytes(range)) if !range.is_empty() => {
                    (tensor.data, pieces) = (Data::Raw(range), pieces + 1);
                }
                (5 | 7 | 11, Value::Bytes(range)) if !range.is_empty() => {
                    (tensor.data, pieces) = (Data::Varints(range), pieces + 1);
                }
                (4 | 5 | 7 | 10 | 11, Value::Varint(_) | Value::Fixed(_)) => pieces = 2,
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

    /// Adds integers, packed or a single one.
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
                let mut rest = &self.file[range];
                while let Some((value, length)) = crate::checkpoint::protobuf::varint(rest) {
                    add(value)?;
                    rest = &rest[length..];
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn text(&self, range: Range<usize>) -> Result<&'a str, String> {
        match std::str::from_utf8(&self.file[range]) {
            Ok(text) if text.len() <= NAME_LIMIT => Ok(text),
            _ => Err(format!("damaged: a name in it is no text of at most {NAME_LIMIT} bytes")),
        }
    }

    fn link(&mut self) {
        for (index, node) in self.nodes.iter().enumerate() {
            for &output in node.outputs.iter().filter(|output| !output.is_empty()) {
                self.producers.insert(output, index);
            }
            for &input in node.inputs.iter().filter(|input| !input.is_empty()) {
                self.users.entry(input).or_default().push(index);
            }
        }
    }

    /// The node that makes a value.
    pub(crate) fn producer(&self, value: &str) -> Option<&Node<'a>> {
        self.producers.get(value).map(|&index| &self.nodes[index])
    }

    /// The nodes that take a value, the first few of them.
    pub(crate) fn users(&self, value: &str) -> impl Iterator<Item = &Node<'a>> {
        self.users.get(value).into_iter().flatten().take(8).map(|&index| &self.nodes[index])
    }

    /// The constant that a value is, or is made from by casts, transpositions and (de)quantisation.
    pub(crate) fn constant(&self, value: &'a str) -> Option<Constant<'_, 'a>> {
        let mut scale: Option<(&'a str, &'a str, Option<i64>)> = None;
        let (mut name, mut transposed, mut reshaped) = (value, false, false);
        for _ in 0..STEPS {
            if let Some((&name, tensor)) = self.tensors.get_key_value(name) {
                return Some(Constant { name, tensor, scale, transposed, reshaped });
            }
            let node = self.producer(name)?;
            let &first = node.inputs.first()?;
            match node.op {
                "Identity" | "Cast" => {}
                "DequantizeLinear" if scale.is_none() => {
                    let zero = node.inputs.get(2).copied().unwrap_or("");
                    scale = Some((*node.inputs.get(1)?, zero, node.integer("axis")));
                }
                // What was rounded here is there unrounded.
                "QuantizeLinear" => scale = None,
                "Transpose" => {
                    let perm = node.attribute("perm").map(|perm| perm.ints.as_slice()).unwrap_or_default();
                    if !matches!(perm, [] | [1, 0] | [0, 2, 1]) {
                        return None;
                    }
                    transposed = !transposed;
                    // The scale's axis is that of the transposed tensor.
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
    /// The attribute of this name.
    fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// An attribute that is a number.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.attribute(name).map(|attribute| attribute.int)
    }

    /// An attribute that is a real number.
    pub(crate) fn float(&self, name: &str) -> Option<f32> {
        self.attribute(name).map(|attribute| attribute.float)
    }
}

impl Tensor {
    /// Its values; the reason if they are not of a type that is read, or not as many as its shape says.
    pub(crate) fn numbers(&self) -> Result<Numbers, String> {
        let kind = match self.code {
            1 => Type::F32,
            2 => Type::U8,
            3 => Type::I8,
            4 => Type::U16,
            5 => Type::I16,
            6 => Type::I32,
            7 => Type::I64,
            10 => Type::F16,
            11 => Type::F64,
            16 => Type::Bf16,
            _ => return Err(format!("is stored as {}, which is not read", self.type_name())),
        };
        let numbers = self.count().and_then(|count| match &self.data {
            Data::Raw(at) => Numbers::raw(kind, count, at.clone()),
            Data::Varints(at) => Numbers::varints(kind, count, at.clone()),
            Data::None => Numbers::raw(kind, count, 0..0),
            Data::External => None,
        });
        numbers.ok_or_else(|| match self.data {
            Data::External => "is in another file: save the model as a single one".to_owned(),
            _ => format!("is damaged: its data is not that of {:?}", self.dims),
        })
    }

    /// How many values its shape has; none if no memory could hold them.
    pub(crate) fn count(&self) -> Option<usize> {
        self.dims.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))
    }

    /// Whether it is a matrix of real numbers or of what may be quantised ones, and so perhaps a weight.
    pub(crate) fn is_matrix(&self) -> bool {
        self.dims.iter().filter(|&&dim| dim > 1).count() > 1 && !matches!(self.code, 6..=9 | 12 | 13)
    }

    /// ONNX's name for the type of its values.
    pub(crate) fn type_name(&self) -> String {
        const NAMES: [&str; 27] = [
            "nothing",
            "FLOAT",
            "UINT8",
            "INT8",
            "UINT16",
            "INT16",
            "INT32",
            "INT64",
            "STRING",
            "BOOL",
            "FLOAT16",
            "DOUBLE",
            "UINT32",
            "UINT64",
            "COMPLEX64",
            "COMPLEX128",
            "BFLOAT16",
            "FLOAT8E4M3FN",
            "FLOAT8E4M3FNUZ",
            "FLOAT8E5M2",
            "FLOAT8E5M2FNUZ",
            "UINT4",
            "INT4",
            "FLOAT4E2M1",
            "FLOAT8E8M0",
            "UINT2",
            "INT2",
        ];
        let name = usize::try_from(self.code).ok().and_then(|code| NAMES.get(code));
        name.map_or_else(|| format!("type {}", self.code), |name| (*name).to_owned())
    }
}
