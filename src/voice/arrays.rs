//! NumPy arrays (.npy).

use safetensors::tensor::Dtype;

use crate::checkpoint::entry::Entry;
use crate::checkpoint::format::NUMPY_MAGIC;

/// Describes the values of a whole .npy file. The error is a reason, to be preceded by the file's name.
pub(super) fn parse(bytes: &[u8]) -> Result<Entry, String> {
    let damaged = || "is a damaged NumPy array".to_owned();
    let version = bytes.get(6).filter(|_| bytes.starts_with(NUMPY_MAGIC)).ok_or_else(damaged)?;
    let byte = |at: usize| bytes.get(at).copied().map(usize::from);
    let low_word = byte(8).zip(byte(9)).map(|(low, high)| low | high << 8);
    let (start, length) = match version {
        1 => (10, low_word),
        // The length has 32 bits. Only headers of up to 64 KiB are accepted.
        _ => (12, low_word.filter(|_| bytes.get(10..12) == Some(&[0, 0]))),
    };
    let end = start + length.ok_or_else(damaged)?;
    let header = bytes.get(start..end).and_then(|header| std::str::from_utf8(header).ok()).ok_or_else(damaged)?;
    // A Python dict with three keys, always written in the same way.
    let field =
        |key: &str| header.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start()).ok_or_else(damaged);
    let dtype = match field("descr")?.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).ok_or_else(damaged)?.0 {
        "<f4" => Dtype::F32,
        "<f2" => Dtype::F16,
        other => return Err(format!("has values of type {other:?}, expected <f4 or <f2")),
    };
    let dims = field("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or_else(damaged)?.0;
    let dims = dims.split(',').map(str::trim).filter(|dim| !dim.is_empty());
    let shape: Vec<usize> = dims.map(|dim| dim.parse().map_err(|_| damaged())).collect::<Result<_, _>>()?;
    let is_fortran = field("fortran_order")?.starts_with("True");
    let mut strides = vec![0; shape.len()];
    let mut stride = 1usize;
    for index in 0..shape.len() {
        let axis = if is_fortran { index } else { shape.len() - 1 - index };
        strides[axis] = stride;
        stride = stride.checked_mul(shape[axis]).ok_or_else(damaged)?;
    }
    Entry::view(dtype, shape, strides, end..bytes.len(), 0)
}
