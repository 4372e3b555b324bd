//! The safetensors container: its header.

use std::collections::HashMap;

use safetensors::tensor::Metadata;

use super::entry::Entry;
use super::file::{bad, describe};
use crate::Result;

/// A hundred times the network's own header (80 KB). A header costs several times its size once parsed.
const HEADER_LIMIT: u64 = 8 << 20;

/// The metadata's entry for a model's config.json.
pub(crate) const CONFIG: &str = "config";

/// A parsed header. It holds no tensor data.
pub(crate) struct Header {
    pub(crate) tensors: HashMap<String, Entry>,
    pub(crate) metadata: HashMap<String, String>,
}

impl Header {
    /// Parses and checks the header of the whole file `bytes`: every entry then lies within it.
    pub(crate) fn parse(origin: &str, bytes: &[u8]) -> Result<Self> {
        Self::parse_or(origin, bytes, "a safetensors file is needed")
    }

    /// As [`parse`](Self::parse), saying `needed` of a file that is another format.
    pub(crate) fn parse_or(origin: &str, bytes: &[u8], needed: &str) -> Result<Self> {
        let accepted = |what: &str| bad(origin, format!("{what}; {needed}"));
        let Some((&size, rest)) = bytes.split_first_chunk::<8>() else {
            return Err(accepted(describe(origin, bytes)));
        };
        let size = u64::from_le_bytes(size);
        if rest.first() != Some(&b'{') {
            return Err(accepted(describe(origin, bytes)));
        }
        if size > HEADER_LIMIT {
            return Err(bad(origin, format!("its header claims {size} bytes, at most {HEADER_LIMIT} are read")));
        }
        let size = size as usize;
        let Some(text) = rest.get(..size) else {
            return Err(bad(origin, format!("truncated: its header is {size} bytes, the file has {}", bytes.len())));
        };
        let header: Metadata =
            serde_json::from_slice(text).map_err(|error| bad(origin, format!("broken header: {error}")))?;
        let start = 8 + size;
        let (expected, found) = (header.data_len() as u64 + start as u64, bytes.len() as u64);
        if expected != found {
            let what = if found < expected { "truncated" } else { "damaged" };
            return Err(bad(origin, format!("{what}: its header describes {expected} bytes, the file has {found}")));
        }
        let tensors = header.tensors().into_iter().map(|(name, info)| {
            let (from, to) = info.data_offsets;
            (name, Entry::dense(info.dtype, info.shape.clone(), start + from..start + to))
        });
        Ok(Self { tensors: tensors.collect(), metadata: header.metadata().clone().unwrap_or_default() })
    }
}
