//! A parsed checkpoint file: its tensors by published name.

use std::collections::HashMap;
use std::ops::Range;

use super::content::{Content, View};
use super::derived::Derived;
use super::entry::{Entry, check_finite};
use super::format::{self, describe};
use super::safetensors::{CONFIG, Header};
use super::{mlx, names, onnx, torch};
use crate::error::{Error, Result};

/// Supported formats, for errors.
const NEEDED: &str = "a PyTorch checkpoint (.pth), an ONNX model or a safetensors file is needed";

pub(super) struct File {
    pub content: Content,
    /// By published name.
    pub tensors: HashMap<String, Stored>,
    /// Reasons why possible weights were not used.
    pub problems: Vec<String>,
    /// The network's config.json, if the file contains it.
    pub config: Option<String>,
}

pub(super) struct Stored {
    /// Name in the file.
    pub name: String,
    pub values: Values,
}

#[derive(PartialEq)]
pub(crate) enum Values {
    /// Stored as they are.
    Entry(Entry),
    /// Computed from what is stored.
    Derived(Derived),
}

impl File {
    /// Parses a file in any format.
    pub fn parse(origin: &str, mut content: Content) -> Result<Self> {
        let parsed = parse(origin, content.view());
        if let Some(unreadable) = content.failure(origin) {
            return Err(unreadable);
        }
        let Parsed { tensors, problems, config } = parsed?;
        content.forget();
        Ok(Self { content, tensors, problems, config })
    }

    /// Parses what is there of a file that is still on its way: nothing, if that tells no tensors yet. Has only tensors that are
    /// there in full.
    pub fn parse_prefix(origin: &str, mut content: Content) -> Result<Self> {
        let parsed = parse(origin, content.view());
        if let Some(unreadable) = content.failure(origin) {
            return Err(unreadable);
        }
        let Parsed { mut tensors, config, .. } = parsed.unwrap_or_default();
        content.forget();
        tensors.retain(|_, stored| stored.values.end() <= content.view().available());
        Ok(Self { content, tensors, problems: Vec::new(), config })
    }
}

/// What [`File`] has besides the content.
#[derive(Default)]
struct Parsed {
    tensors: HashMap<String, Stored>,
    problems: Vec<String>,
    config: Option<String>,
}

fn parse(origin: &str, file: View) -> Result<Parsed> {
    let head = file.head(format::HEAD);
    // The length at the start of a safetensors file could look like a small protocol buffer.
    let is_safetensors = head.get(8) == Some(&b'{');
    if !is_safetensors && (onnx::is_onnx(file) || describe(origin, head) == format::ONNX) {
        let bad = |reason| Error::bad_file(origin, format!("{}, but {reason}", format::ONNX));
        let onnx::Model { tensors, problems, config } = onnx::read(file).map_err(bad)?;
        let stored = |(published, (name, derived))| (published, Stored { name, values: Values::Derived(derived) });
        return Ok(Parsed { tensors: tensors.into_iter().map(stored).collect(), problems, config });
    }
    let (mut entries, config) = entries(origin, file)?;
    let quantised = mlx::take_quantised(&mut entries).map_err(|reason| Error::bad_file(origin, reason))?;
    let values = entries.into_iter().map(|(name, entry)| (name, Values::Entry(entry)));
    let values = values.chain(quantised.into_iter().map(|(name, derived)| (name, Values::Derived(derived))));
    let tensors = channels_first(by_published_name(origin, values)?);
    Ok(Parsed { tensors, problems: Vec::new(), config })
}

impl Values {
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Entry(entry) => &entry.shape,
            Self::Derived(derived) => &derived.shape,
        }
    }

    /// Where all that they are computed from has ended in the file.
    fn end(&self) -> usize {
        match self {
            Self::Entry(entry) => entry.range().end,
            Self::Derived(derived) => derived.end(),
        }
    }

    /// Range in the file.
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Entry(entry) => entry.range(),
            Self::Derived(derived) => derived.range(),
        }
    }

    /// The values as f32. All must be finite.
    pub fn floats(&self, origin: &str, name: &str, file: View) -> Result<Vec<f32>> {
        match self {
            Self::Entry(entry) => entry.floats(origin, name, file),
            Self::Derived(derived) => {
                let bad = |reason| Error::bad_file(origin, format!("tensor {name} {reason}"));
                let values = derived.read(file).map_err(bad)?;
                check_finite(origin, name, &values)?;
                Ok(values)
            }
        }
    }
}

fn by_published_name(origin: &str, values: impl Iterator<Item = (String, Values)>) -> Result<HashMap<String, Stored>> {
    let mut tensors: HashMap<String, Stored> = HashMap::new();
    for (name, values) in values {
        let Some(published) = names::published(&name) else { continue };
        if let Some(other) = tensors.get(&published) {
            let reason = format!("tensors {} and {name} are one and the same, {published}", other.name);
            return Err(Error::bad_file(origin, reason));
        }
        tensors.insert(published, Stored { name, values });
    }
    Ok(tensors)
}

/// Transposes convolutions to `[out, in, taps]` if the file has channels last.
fn channels_first(tensors: HashMap<String, Stored>) -> HashMap<String, Stored> {
    let entries = tensors.iter().filter_map(|(published, stored)| match &stored.values {
        Values::Entry(entry) => Some((published, entry)),
        Values::Derived(_) => None,
    });
    if !names::channels_last(entries) {
        return tensors;
    }
    let transpose = |(published, stored): (String, Stored)| match stored {
        Stored { name, values: Values::Entry(entry) } if names::is_convolution(&published, &entry) => {
            (published, Stored { name, values: Values::Entry(entry.transposed()) })
        }
        stored => (published, stored),
    };
    tensors.into_iter().map(transpose).collect()
}

/// Tensors of a .pth or safetensors file by their names in the file, and its config.json.
fn entries(origin: &str, file: View) -> Result<(HashMap<String, Entry>, Option<String>)> {
    let head = file.head(format::HEAD);
    let (entries, config) = match describe(origin, head) {
        format::NUMPY_ARCHIVE => {
            return Err(Error::bad_file(origin, format!("{}; {NEEDED}", format::NUMPY_ARCHIVE)));
        }
        format::PICKLE => {
            return Err(Error::bad_file(origin, format!("{}: {}", format::PICKLE, format::PICKLE_REMEDY)));
        }
        _ if format::is_zip(head) => (torch::entries(file).map_err(|reason| Error::bad_file(origin, reason))?, None),
        _ => {
            let mut header = Header::parse_or(origin, file, NEEDED)?;
            // Other programs may use the same key for something else.
            (header.tensors, header.metadata.remove(CONFIG).filter(|text| format::is_config(text)))
        }
    };
    if entries.contains_key("") {
        return Err(Error::bad_file(origin, "has one tensor without a name: it is a voice, not a checkpoint"));
    }
    Ok((entries, config))
}
