//! The network's tensors by their published names, whatever the file calls and stores them.

pub(crate) mod file;
pub(crate) mod safetensors;
pub mod seeded;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::file::bad;
use self::safetensors::{Entry, Header};
use crate::{Error, Result};

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
        /// The whole file: a memory map, or a `Vec`.
        bytes: Box<dyn AsRef<[u8]> + Send + Sync>,
        /// By published name.
        tensors: HashMap<String, Stored>,
    },
    Seeded(u64),
}

struct Stored {
    /// The name as the file has it.
    name: String,
    entry: Entry,
}

impl Checkpoint {
    /// Opens a safetensors file with F32, F16 or BF16 tensors.
    ///
    /// Names may be those of the published checkpoint with or without its `module.` part, and weight norms
    /// may be spelled `weight_g`/`weight_v`, `parametrizations.weight.original0`/`1`, or be folded already.
    ///
    /// # Errors
    /// [`Error::Io`] if there is no such file, [`Error::BadFile`] if it is truncated, damaged or another format.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let origin = path.display().to_string();
        let (file, length) = file::open(path)?;
        if length == 0 {
            return Self::from_bytes(&origin, Vec::new());
        }
        // SAFETY: sound as long as nobody rewrites the file while it is mapped, which no program can enforce and
        // everyone who maps weights assumes. No reference outlives the map, only bytes are read, and each value is
        // checked after it was copied. A file shortened meanwhile ends the process with SIGBUS.
        #[expect(unsafe_code, reason = "mapping 327 MB spares the host a second copy of the weights")]
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(Error::io("map", path))?;
        Self::from_source(origin, Box::new(map))
    }

    /// Reads a safetensors file that is in memory. `origin` names it in errors.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn from_bytes(origin: &str, bytes: Vec<u8>) -> Result<Self> {
        Self::from_source(origin.to_owned(), Box::new(bytes))
    }

    fn from_source(origin: String, bytes: Box<dyn AsRef<[u8]> + Send + Sync>) -> Result<Self> {
        let header = Header::parse(&origin, (*bytes).as_ref())?;
        let mut tensors: HashMap<String, Stored> = HashMap::with_capacity(header.tensors.len());
        for (name, entry) in header.tensors {
            let published = published_name(&name);
            if let Some(other) = tensors.get(&published) {
                return Err(bad(
                    &origin,
                    format!("tensors {} and {name} are one and the same, {published}", other.name),
                ));
            }
            tensors.insert(published, Stored { name, entry });
        }
        Ok(Self { origin, source: Source::File { bytes, tensors }, read: Mutex::default() })
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
            Source::File { bytes, tensors } => {
                let Some(Stored { entry, .. }) = tensors.get(name) else { return Ok(None) };
                if entry.shape != shape {
                    return Err(Error::TensorShape {
                        origin: self.origin.clone(),
                        name: name.to_owned(),
                        found: entry.shape.clone(),
                        expected: shape.to_vec(),
                    });
                }
                entry.floats(&self.origin, name, (**bytes).as_ref())?
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
        Error::MissingTensor { origin: self.origin.clone(), name: name.to_owned() }
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

/// The published name of a file's tensor: without the `module.` that the published checkpoint has after its
/// first component (PyTorch's DataParallel), and with torch's parametrized weight norm as `weight_g`, `weight_v`.
fn published_name(name: &str) -> String {
    let name = match name.split_once(".module.") {
        Some((first, rest)) if !first.contains('.') => format!("{first}.{rest}"),
        _ => name.to_owned(),
    };
    match name.strip_suffix(".parametrizations.weight.original0") {
        Some(prefix) => format!("{prefix}.weight_g"),
        None => match name.strip_suffix(".parametrizations.weight.original1") {
            Some(prefix) => format!("{prefix}.weight_v"),
            None => name,
        },
    }
}
