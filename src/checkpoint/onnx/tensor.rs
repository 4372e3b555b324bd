//! Tensors of an ONNX graph: initialisers and constants.

use std::ops::Range;

use crate::checkpoint::numbers::{Numbers, Type};

pub(super) struct Tensor {
    /// ONNX's number of the data type.
    pub code: u64,
    pub dims: Vec<usize>,
    pub data: Data,
}

/// Where the values are in the file.
pub(super) enum Data {
    None,
    Raw(Range<usize>),
    Varints(Range<usize>),
    /// In another file.
    External,
}

impl Tensor {
    /// The values; the reason if their type is not supported, or their number does not match the shape.
    pub fn numbers(&self) -> Result<Numbers, String> {
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
            _ => return Err(format!("is stored as {}, which is not supported", self.type_name())),
        };
        let numbers = self.count().and_then(|count| match &self.data {
            Data::Raw(range) => Numbers::raw(kind, count, range.clone()),
            Data::Varints(range) => Numbers::varints(kind, count, range.clone()),
            Data::None => Numbers::raw(kind, count, 0..0),
            Data::External => None,
        });
        numbers.ok_or_else(|| match self.data {
            Data::External => "is in another file: save the model as a single one".to_owned(),
            _ => format!("is damaged: its data does not match its shape {:?}", self.dims),
        })
    }

    /// Number of values in the shape; `None` if it overflows.
    pub fn count(&self) -> Option<usize> {
        self.dims.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))
    }

    /// Whether the tensor may be a weight: a matrix of floats, or of integers of a quantised type.
    pub fn is_matrix(&self) -> bool {
        self.dims.iter().filter(|&&dim| dim > 1).count() > 1 && !matches!(self.code, 6..=9 | 12 | 13)
    }

    /// ONNX's name of the data type.
    pub fn type_name(&self) -> String {
        #[rustfmt::skip]
        const NAMES: [&str; 27] = [
            "UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16",
            "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ",
            "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4", "INT4", "FLOAT4E2M1", "FLOAT8E8M0", "UINT2", "INT2",
        ];
        let name = usize::try_from(self.code).ok().and_then(|code| NAMES.get(code));
        name.map_or_else(|| format!("type {}", self.code), |name| (*name).to_owned())
    }
}
