//! PyTorch checkpoints: a zip archive with one pickle that describes the tensors, and one file per storage.
//!
//! Dicts may be nested, a storage may be shared by several tensors, and a tensor may be any strided view of it.

use std::collections::HashMap;

use super::archive::Archive;
use super::entry::Entry;
use super::pickle::{self, Pickle, Ref, Tensor, Value};

/// Dicts within dicts.
const DEPTH_LIMIT: usize = 16;
/// Items of all dicts, counted each time that one is met: 30 times as many as the published checkpoint has. A few
/// hundred bytes of pickle can share dicts so that they spell out billions.
const ITEM_LIMIT: usize = 1 << 14;
const NAME_LIMIT: usize = 1 << 10;
/// Tensors may share storages, but not so that they are this many times as large as the file.
const EXPANSION_LIMIT: usize = 8;

/// Whether a file that begins so is a zip archive.
pub(crate) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// The tensors of the whole file `bytes`, by the names of the dicts that hold them, joined by dots. A tensor outside
/// of any dict has the empty name. The error is a reason, to be put behind the file's name.
pub(crate) fn entries(bytes: &[u8]) -> Result<HashMap<String, Entry>, String> {
    let archive = Archive::parse(bytes)?;
    let pickles: Vec<&str> =
        archive.names().filter(|name| *name == "data.pkl" || name.ends_with("/data.pkl")).collect();
    let &[path] = pickles.as_slice() else {
        return Err(format!("is a zip archive with {} files data.pkl, one that PyTorch wrote has 1", pickles.len()));
    };
    let root = &path[..path.len() - "data.pkl".len()];
    let byte_order = format!("{root}byteorder");
    if archive.names().any(|name| name == byte_order) && archive.read(&byte_order, 16)?.as_ref() != b"little" {
        return Err("was written on a machine of another byte order, only little-endian values are read".to_owned());
    }
    // Not compressed, so that names can be borrowed from the file.
    let text = &bytes[archive.stored(path)?];
    if text.len() > pickle::SIZE_LIMIT {
        return Err(format!("its {path} is {} bytes, at most {} are read", text.len(), pickle::SIZE_LIMIT));
    }
    let pickle = Pickle::parse(text)?;
    let mut reader = Reader { archive, root, pickle: &pickle, items: 0, bytes: 0, tensors: HashMap::new() };
    reader.collect(pickle.root(), "", 0)?;
    if reader.bytes > bytes.len().saturating_mul(EXPANSION_LIMIT) {
        return Err(format!("its tensors overlap: {} bytes of values in {} of file", reader.bytes, bytes.len()));
    }
    Ok(reader.tensors)
}

struct Reader<'a> {
    archive: Archive<'a>,
    /// The archive's folder, with its slash.
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
                    // What a training run also saved, under numbers say, is no tensor of the network.
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
                "is of a storage of {} {}, its file has {} bytes",
                storage.count,
                storage.dtype,
                data.len()
            )),
        }
    }
}
