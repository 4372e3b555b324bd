//! Values built by a pickle's globals, references and calls.

use safetensors::tensor::Dtype;

use super::machine::{Fault, Machine};
use super::values::{Global, Ref, Storage, Tensor, Value};

impl<'a> Machine<'a> {
    pub(super) fn global(&mut self, module: &str, name: &str) -> Result<(), Fault> {
        let global = match (module, name) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
            ("torch", "Size") => Global::Size,
            ("torch", "device") => Global::Device,
            ("torch", "FloatStorage") => Global::Storage(Dtype::F32),
            ("torch", "HalfStorage") => Global::Storage(Dtype::F16),
            ("torch", "BFloat16Storage") => Global::Storage(Dtype::BF16),
            ("torch", "DoubleStorage") => Global::Storage(Dtype::F64),
            ("torch", "LongStorage") => Global::Storage(Dtype::I64),
            ("torch", "IntStorage") => Global::Storage(Dtype::I32),
            ("torch", "ShortStorage") => Global::Storage(Dtype::I16),
            ("torch", "CharStorage") => Global::Storage(Dtype::I8),
            ("torch", "ByteStorage") => Global::Storage(Dtype::U8),
            ("torch", "BoolStorage") => Global::Storage(Dtype::BOOL),
            // Escaped, because a hostile name may contain control sequences.
            _ => return Err(Fault::Refused(format!("{module}.{name}").escape_debug().take(200).collect())),
        };
        self.push(Value::Global(global));
        Ok(())
    }

    /// BINPERSID of `("storage", type, key, device, count)`.
    pub(super) fn persistent(&mut self) -> Result<(), Fault> {
        let id = self.pop()?;
        let storage = match self.tuple(id)? {
            &[tag, dtype, key, _, count] => match [tag, dtype, key, count].map(|part| self.get(part)) {
                [
                    Value::Text("storage"),
                    Value::Global(Global::Storage(dtype)),
                    Value::Text(key),
                    Value::Int(count),
                ] => usize::try_from(*count).ok().map(|count| Storage { dtype: *dtype, key, count }),
                _ => None,
            },
            _ => None,
        };
        self.push(Value::Storage(storage.ok_or("a reference to something other than a storage")?));
        Ok(())
    }

    /// REDUCE: instead of calling a global, builds the value that PyTorch would.
    pub(super) fn reduce(&mut self) -> Result<(), Fault> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let Value::Global(callee) = *self.get(callee) else {
            return Err("a call of a value that is not a global".into());
        };
        let arguments = self.tuple(arguments)?;
        let value = match (callee, arguments) {
            (Global::OrderedDict, []) => Value::Dict(Vec::new()),
            (Global::Size, &[sizes]) => Value::Tuple(self.dimensions(sizes)?.to_vec()),
            (Global::Device, _) => Value::Other,
            (Global::RebuildTensor, &[storage, offset, shape, strides, ..]) => {
                Value::Tensor(self.tensor(storage, offset, shape, strides)?)
            }
            (Global::RebuildParameter, &[tensor, ..]) => match self.get(tensor) {
                Value::Tensor(tensor) => Value::Tensor(tensor.clone()),
                _ => return Err("a parameter that is not a tensor".into()),
            },
            _ => return Err(Fault::Broken(format!("a call of {callee:?} with other arguments than PyTorch's"))),
        };
        self.push(value);
        Ok(())
    }

    fn tensor(&self, storage: Ref, offset: Ref, shape: Ref, strides: Ref) -> Result<Tensor<'a>, Fault> {
        let Value::Storage(storage) = *self.get(storage) else { return Err("a tensor without a storage".into()) };
        let (offset, shape, strides) = (self.size(offset)?, self.sizes(shape)?, self.sizes(strides)?);
        if shape.len() != strides.len() {
            return Err("a tensor with another number of strides than of dimensions".into());
        }
        Ok(Tensor { storage, offset, shape, strides })
    }

    fn tuple(&self, value: Ref) -> Result<&[Ref], Fault> {
        match self.get(value) {
            Value::Tuple(items) => Ok(items),
            _ => Err("something else where a tuple belongs".into()),
        }
    }

    /// At most 8 items, because every tensor that shares a tuple copies it.
    fn dimensions(&self, value: Ref) -> Result<&[Ref], Fault> {
        let items = self.tuple(value)?;
        if items.len() <= 8 { Ok(items) } else { Err("a tensor of more than 8 dimensions".into()) }
    }

    fn sizes(&self, value: Ref) -> Result<Vec<usize>, Fault> {
        self.dimensions(value)?.iter().map(|&item| self.size(item)).collect()
    }

    fn size(&self, value: Ref) -> Result<usize, Fault> {
        match self.get(value) {
            Value::Int(int) => usize::try_from(*int).map_err(|_| "a negative size".into()),
            _ => Err("something else where a size belongs".into()),
        }
    }
}
