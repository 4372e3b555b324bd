//! PyTorch checkpoints: zip archives with a pickle that describes the tensors, and one member per storage.
//!
//! Dicts may be nested, tensors may share a storage, and each tensor may be any strided view of it.

use std::collections::HashMap;

use super::archive::Archive;
use super::content::View;
use super::entry::Entry;
use super::pickle::values::{Ref, Tensor, Value};
use super::pickle::{Pickle, SIZE_LIMIT};

/// Depth of nested dicts.
const DEPTH_LIMIT: usize = 16;
/// Items of all dicts, counted each time a dict is visited: 30 times as many as in the published checkpoint. A few
/// hundred bytes of pickle can nest shared dicts into billions of items.
const ITEM_LIMIT: usize = 1 << 14;
/// Bytes of a tensor's name.
const NAME_LIMIT: usize = 1 << 10;
/// Largest ratio of the tensors' bytes to the file's: tensors may share storages, but not without limit.
const EXPANSION_LIMIT: usize = 8;

/// Lists the tensors of a whole file. A tensor's name is the path of dict keys to it, joined by dots; empty for a
/// tensor outside of any dict. The error is a reason, to be preceded by the file's name.
pub(crate) fn entries(file: View) -> Result<HashMap<String, Entry>, String> {
    let archive = Archive::parse(file)?;
    let pickles: Vec<&str> =
        archive.names().filter(|name| *name == "data.pkl" || name.ends_with("/data.pkl")).collect();
    let &[path] = pickles.as_slice() else {
        return Err(format!("is a zip archive with {} files data.pkl, PyTorch writes exactly 1", pickles.len()));
    };
    let root = &path[..path.len() - "data.pkl".len()];
    let byte_order = format!("{root}byteorder");
    if archive.names().any(|name| name == byte_order) && archive.read(&byte_order, 16)?.as_ref() != b"little" {
        return Err("was written on a machine of another byte order, only little-endian files are supported".to_owned());
    }
    // Uncompressed, so that names can be borrowed from the file.
    let range = archive.stored(path)?;
    if range.len() > SIZE_LIMIT {
        return Err(format!("its {path} is {} bytes, at most {} are allowed", range.len(), SIZE_LIMIT));
    }
    let text = file.get(range).ok_or_else(|| format!("its {path} cannot be read"))?;
    let pickle = Pickle::parse(text)?;
    let mut reader = Reader { archive, root, pickle: &pickle, items: 0, bytes: 0, tensors: HashMap::new() };
    reader.collect(pickle.root(), "", 0)?;
    if reader.bytes > file.len().saturating_mul(EXPANSION_LIMIT) {
        return Err(format!("its tensors overlap: {} bytes of values in {} of file", reader.bytes, file.len()));
    }
    Ok(reader.tensors)
}

struct Reader<'a> {
    archive: Archive<'a>,
    /// The archive's folder, with the slash.
    root: &'a str,
    pickle: &'a Pickle<'a>,
    items: usize,
    bytes: usize,
    tensors: HashMap<String, Entry>,
}

impl Reader<'_> {
    fn collect(&mut self, value: Ref, name: &str, depth: usize) -> Result<(), String> {
        match self.pickle.get(value) {
            Value::Tensor(tensor) => {
                let entry = self.entry(tensor).map_err(|reason| format!("tensor {name} {reason}"))?;
                self.bytes = self.bytes.saturating_add(entry.byte_len());
                if self.tensors.insert(name.to_owned(), entry).is_some() {
                    return Err(format!("has tensor {name} twice"));
                }
            }
            Value::Dict(_) if depth == DEPTH_LIMIT => {
                return Err(format!("has dicts nested more than {DEPTH_LIMIT} deep"));
            }
            Value::Dict(items) => {
                for &(key, value) in items {
                    self.items += 1;
                    if self.items > ITEM_LIMIT {
                        return Err(format!("has more than {ITEM_LIMIT} items"));
                    }
                    // Other keys, such as numbers, belong to the state of a training run.
                    let Value::Text(key) = self.pickle.get(key) else { continue };
                    if name.len() + key.len() > NAME_LIMIT {
                        return Err(format!("has a name of more than {NAME_LIMIT} bytes"));
                    }
                    let separator = if name.is_empty() { "" } else { "." };
                    self.collect(value, &format!("{name}{separator}{key}"), depth + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn entry(&self, tensor: &Tensor) -> Result<Entry, String> {
        let storage = tensor.storage;
        let data = self.archive.stored(&format!("{}data/{}", self.root, storage.key))?;
        match storage.count.checked_mul(storage.dtype.bitsize() / 8) {
            Some(length) if length <= data.len() => {
                let data = data.start..data.start + length;
                Entry::view(storage.dtype, tensor.shape.clone(), tensor.strides.clone(), data, tensor.offset)
            }
            _ => Err(format!(
                "needs a storage of {} {}, its file has {} bytes",
                storage.count,
                storage.dtype,
                data.len()
            )),
        }
    }
}
