//! Headers of safetensors files.

use std::collections::HashMap;

use safetensors::tensor::Metadata;

use super::content::View;
use super::entry::Entry;
use super::format::{HEAD, describe};
use crate::error::{Error, Result};

/// Bytes of a header: a hundred times the network's own (80 KB). A parsed header takes several times its size in
/// memory.
const HEADER_LIMIT: u64 = 8 << 20;

/// Metadata key of a model's config.json.
pub(crate) const CONFIG: &str = "config";

/// A parsed header, without tensor data.
pub(crate) struct Header {
    pub(crate) tensors: HashMap<String, Entry>,
    pub(crate) metadata: HashMap<String, String>,
}

impl Header {
    /// Parses the header of a whole file, and checks that every tensor is within the file.
    pub(crate) fn parse(origin: &str, file: View) -> Result<Self> {
        Self::parse_or(origin, file, "a safetensors file is needed")
    }

    /// Like [`parse`](Self::parse), with another remedy in the error for other formats.
    pub(crate) fn parse_or(origin: &str, file: View, needed: &str) -> Result<Self> {
        let head = file.head(HEAD);
        let other_format = || Error::bad_file(origin, format!("{}; {needed}", describe(origin, head)));
        let Some((&size, rest)) = head.split_first_chunk::<8>() else {
            return Err(other_format());
        };
        let size = u64::from_le_bytes(size);
        if rest.first() != Some(&b'{') {
            return Err(other_format());
        }
        if size > HEADER_LIMIT {
            return Err(Error::bad_file(
                origin,
                format!("its header claims {size} bytes, at most {HEADER_LIMIT} are allowed"),
            ));
        }
        let size = size as usize;
        let Some(text) = file.get(8..8 + size) else {
            return Err(Error::bad_file(
                origin,
                format!("truncated: its header is {size} bytes, the file has {}", file.len()),
            ));
        };
        let header: Metadata =
            serde_json::from_slice(text).map_err(|error| Error::bad_file(origin, format!("broken header: {error}")))?;
        let start = 8 + size;
        let (expected, found) = (header.data_len() as u64 + start as u64, file.len() as u64);
        if expected != found {
            let state = if found < expected { "truncated" } else { "damaged" };
            return Err(Error::bad_file(
                origin,
                format!("{state}: its header describes {expected} bytes, the file has {found}"),
            ));
        }
        let tensors = header.tensors().into_iter().map(|(name, info)| {
            let (from, to) = info.data_offsets;
            (name, Entry::dense(info.dtype, info.shape.clone(), start + from..start + to))
        });
        Ok(Self { tensors: tensors.collect(), metadata: header.metadata().clone().unwrap_or_default() })
    }
}
