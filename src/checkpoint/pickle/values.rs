//! Values of a pickle.

use safetensors::tensor::Dtype;

/// Index of a value in its pickle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ref(pub(super) usize);

#[derive(Debug)]
pub(crate) enum Value<'a> {
    /// None, a float, a device: anything that tensors do not depend on.
    Other,
    Int(i64),
    Text(&'a str),
    Tuple(Vec<Ref>),
    List(Vec<Ref>),
    Dict(Vec<(Ref, Ref)>),
    Global(Global),
    Storage(Storage<'a>),
    Tensor(Tensor<'a>),
}

/// Supported globals. Calling one builds a value; nothing else happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Size,
    Device,
    Storage(Dtype),
}

/// A member of the archive with `count` values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Storage<'a> {
    pub(crate) dtype: Dtype,
    pub(crate) key: &'a str,
    pub(crate) count: usize,
}

/// A view of a storage, not checked yet.
#[derive(Clone, Debug)]
pub(crate) struct Tensor<'a> {
    pub(crate) storage: Storage<'a>,
    pub(crate) offset: usize,
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<usize>,
}
