//! Converts any checkpoint to a safetensors file with the published names and layouts.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use safetensors::tensor::Dtype;
use serde_json::{Map, Value, json};

use super::content::View;
use super::file::{File, Stored, Values};
use super::reader::{Checkpoint, Source};
use super::safetensors::CONFIG;
use crate::error::{Error, Result};
use crate::util::files;

/// Bytes of a config.json that is converted: hundreds of times the published one, and well within a header's limit.
const CONFIG_LIMIT: usize = 1 << 20;

/// Writes a checkpoint as safetensors with the published names and shapes. Tensors keep their types, weight norms stay
/// unfolded, and quantised tensors become F32. With `half`, F32 and BF16 values are rounded to the nearest F16, ties to
/// even.
///
/// The file appears whole or not at all, and one tensor at a time is in memory: see [`convert_into`].
///
/// # Errors
/// As [`convert_into`]; [`Error::Io`] names the file.
pub fn convert(input: &Checkpoint, output: impl AsRef<Path>, half: bool) -> Result<()> {
    let mut failed = None;
    let written = files::replace(output.as_ref(), |out| {
        convert_into(input, &mut *out, half).map(drop).map_err(|error| match error {
            Error::Io { action: "write", source, .. } => source,
            error => {
                failed = Some(error);
                std::io::ErrorKind::InvalidData.into()
            }
        })
    });
    // The checkpoint's error is the cause of the write error.
    failed.map_or(written, Err)
}

/// Writes what [`convert`] does into `out`, and gives the number of bytes. A config.json in `input` becomes the
/// entry `config` of the metadata. Tensors of an ONNX model that were not recognised are logged as warnings and left
/// out.
///
/// # Errors
/// [`Error::Argument`] for a seeded checkpoint, which has no list of tensors; [`Error::NonFinite`] for a value that is
/// NaN or infinite, or becomes infinite as F16 (65,520 and more); [`Error::Io`].
pub fn convert_into(input: &Checkpoint, mut out: impl Write, half: bool) -> Result<u64> {
    let origin = input.origin();
    let Source::File(File { content, tensors, problems, config }) = &input.source else {
        let reason = format!("{origin} has no list of tensors, it computes any tensor on request");
        return Err(Error::argument("checkpoint", reason));
    };
    let file = content.view();
    let mut tensors: Vec<Tensor> = tensors
        .iter()
        .map(|(name, Stored { values, .. })| Tensor { name, values, dtype: dtype(values, half) })
        .collect();
    // Wide types first, so that every tensor is aligned; then by name.
    tensors.sort_unstable_by_key(|tensor| (usize::MAX - tensor.dtype.bitsize(), tensor.name));
    for reason in problems {
        log::warn!("{origin}: not converted: {reason}");
    }
    let config = config.as_deref().filter(|config| {
        let fits = config.len() <= CONFIG_LIMIT;
        if !fits {
            log::warn!("{origin}: its config.json has {} bytes and is not converted", config.len());
        }
        fits
    });
    let header = header(&tensors, config);

    let mut written = 0;
    let mut write = |bytes: &[u8]| {
        written += bytes.len() as u64;
        out.write_all(bytes).map_err(Error::io("write", Path::new("the converted checkpoint")))
    };
    write(&(header.len() as u64).to_le_bytes())?;
    write(header.as_bytes())?;
    for tensor in &tensors {
        write(&tensor.bytes(origin, file).map_err(|error| content.failure(origin).unwrap_or(error))?)?;
    }
    out.flush().map_err(Error::io("write", Path::new("the converted checkpoint")))?;
    Ok(written)
}

/// The type that values are written in.
fn dtype(values: &Values, half: bool) -> Dtype {
    match values {
        Values::Entry(entry) if half && entry.is_float() => Dtype::F16,
        Values::Entry(entry) => entry.dtype,
        Values::Derived(derived) if half || derived.is_half() => Dtype::F16,
        Values::Derived(_) => Dtype::F32,
    }
}

struct Tensor<'a> {
    name: &'a str,
    values: &'a Values,
    dtype: Dtype,
}

impl Tensor<'_> {
    fn byte_len(&self) -> usize {
        self.values.shape().iter().product::<usize>() * self.dtype.bitsize() / 8
    }

    fn bytes<'a>(&self, origin: &str, file: View<'a>) -> Result<Cow<'a, [u8]>> {
        if let Values::Entry(entry) = self.values
            && entry.dtype == self.dtype
        {
            if entry.is_float() {
                drop(entry.floats(origin, self.name, file)?); // checks that they are finite
            }
            return entry.packed(origin, self.name, file);
        }
        let values = self.values.floats(origin, self.name, file)?;
        if self.dtype == Dtype::F32 {
            return Ok(Cow::Owned(values.into_iter().flat_map(f32::to_le_bytes).collect()));
        }
        let mut bytes = Vec::with_capacity(2 * values.len());
        for (index, value) in values.into_iter().enumerate() {
            let rounded = half::f16::from_f32(value);
            if !rounded.is_finite() {
                let (origin, name) = (format!("{origin} as f16"), self.name.to_owned());
                return Err(Error::NonFinite { origin, name, index, value: rounded.to_f32() });
            }
            bytes.extend_from_slice(&rounded.to_le_bytes());
        }
        Ok(Cow::Owned(bytes))
    }
}

/// The header's JSON, padded so that the data is aligned to 8 bytes.
fn header(tensors: &[Tensor], config: Option<&str>) -> String {
    let mut metadata = json!({"format": "pt"});
    if let Some(config) = config {
        metadata[CONFIG] = config.into();
    }
    let mut entries = Map::from_iter([("__metadata__".to_owned(), metadata)]);
    let mut end = 0;
    for tensor in tensors {
        let start = end;
        end += tensor.byte_len();
        let dtype = tensor.dtype.to_string();
        let entry = json!({"dtype": dtype, "shape": tensor.values.shape(), "data_offsets": [start, end]});
        entries.insert(tensor.name.to_owned(), entry);
    }
    let mut header = Value::Object(entries).to_string();
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    header
}
