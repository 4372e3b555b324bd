//! Golden files: stages of one utterance as the published PyTorch code computes them in float64.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use crate::checkpoint::safetensors::Header;
use crate::error::{Error, Result};
use crate::util::files;

/// Larger files are not golden files, but checkpoints for example. The longest golden file has 6 MB.
const SIZE_LIMIT: u64 = 256 << 20;

/// A golden file: inputs, outputs of stages, and the error of PyTorch's own float32 run for each stage.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Golden {
    /// Seed of the checkpoint.
    pub checkpoint_seed: u64,
    /// Seed of the source's noise.
    pub noise_seed: u32,
    /// Speed that divides the durations.
    pub speed: f32,
    /// Most values that are stored of one stage; longer stages are sampled.
    pub samples: usize,
    origin: String,
    input_ids: Vec<u32>,
    ref_s: Vec<f32>,
    durations: Vec<u32>,
    stages: Vec<Stage>,
}

/// The output of one stage: a PyTorch module, named as in the checkpoint, or a value such as `audio`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stage {
    /// Name, such as `decoder.encode`.
    pub name: String,
    /// Shape of the whole tensor in PyTorch.
    pub shape: Vec<usize>,
    /// Shape of the stored tensor: the whole tensor's, or flat if it is a sample.
    pub stored_shape: Vec<usize>,
    /// Relative error `||x - reference|| / ||reference||` of PyTorch's own float32, over the whole tensor.
    pub torch_error: f64,
    /// Element `j` is the flattened tensor's element `j * stride`. Durations are whole numbers here.
    pub values: Vec<f32>,
    /// 1 if `values` is the whole tensor.
    pub stride: usize,
}

/// Stride of the sample of a tensor with `size` elements: the least odd one that leaves at most `samples` of them. Odd,
/// so that the sample does not stay in one column of an even width. `samples` of 0 count as 1.
fn sample_stride(size: usize, samples: usize) -> usize {
    size.div_ceil(samples.max(1)).max(1) | 1
}

impl Golden {
    /// Reads a golden file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] naming the missing or malformed key; [`Error::TensorType`];
    /// [`Error::NonFinite`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_bytes(&path.display().to_string(), &files::read_at_most(path, SIZE_LIMIT)?)
    }

    /// Reads a golden file from memory. `origin` names it in errors.
    ///
    /// # Errors
    /// As [`open`](Self::open), except [`Error::Io`].
    pub fn from_bytes(origin: &str, bytes: &[u8]) -> Result<Self> {
        let header = Header::parse(origin, bytes.into())?;
        let reader = Reader { origin, bytes, header: &header };
        let (durations, input_ids) = (reader.naturals("pred_dur")?, reader.naturals("input_ids")?);
        if durations.len() != input_ids.len() {
            let (frames, ids) = (durations.len(), input_ids.len());
            return Err(reader.bad(&format!("pred_dur has {frames} values, input_ids {ids}")));
        }
        let speed: f32 = reader.number("speed")?;
        if !(speed.is_finite() && speed > 0.0) {
            return Err(reader.bad(&format!("speed: {speed} is not a positive number")));
        }
        let samples = reader.number("samples")?;
        if samples == 0 {
            return Err(reader.bad("samples: 0, expected at least 1"));
        }
        Ok(Self {
            checkpoint_seed: reader.number("checkpoint_seed")?,
            noise_seed: reader.number("noise_seed")?,
            speed,
            samples,
            origin: origin.to_owned(),
            input_ids,
            ref_s: reader.floats("ref_s")?,
            durations,
            stages: reader.stages(samples)?,
        })
    }

    /// The file's path.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Token ids with the two boundary zeros.
    pub fn input_ids(&self) -> &[u32] {
        &self.input_ids
    }

    /// Style row: see [`Style::from_row`](crate::voice::Style::from_row).
    pub fn ref_s(&self) -> &[f32] {
        &self.ref_s
    }

    /// Frames of each token, rounded (`pred_dur`).
    pub fn durations(&self) -> &[u32] {
        &self.durations
    }

    /// Stages in execution order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }
}

/// Reads tensors and metadata with errors that name the file and the key.
struct Reader<'a> {
    origin: &'a str,
    bytes: &'a [u8],
    header: &'a Header,
}

impl Reader<'_> {
    fn bad(&self, reason: &str) -> Error {
        Error::bad_file(self.origin, reason)
    }

    fn text(&self, key: &str) -> Result<&str> {
        let text = self.header.metadata.get(key);
        text.map(String::as_str).ok_or_else(|| self.bad(&format!("is no golden file: its metadata lacks {key}")))
    }

    fn number<T: FromStr>(&self, key: &str) -> Result<T> {
        let text = self.text(key)?;
        text.parse().map_err(|_| self.bad(&format!("{key}: {text:?} is not a number in range")))
    }

    /// A JSON object with an entry for each stage.
    fn by_stage<T: DeserializeOwned>(&self, key: &str) -> Result<HashMap<String, T>> {
        serde_json::from_str(self.text(key)?).map_err(|error| self.bad(&format!("{key}: {error}")))
    }

    fn missing(&self, name: &str) -> Error {
        Error::MissingTensor { origin: self.origin.to_owned(), name: name.to_owned() }
    }

    fn floats(&self, name: &str) -> Result<Vec<f32>> {
        let entry = self.header.tensors.get(name).ok_or_else(|| self.missing(name))?;
        entry.floats(self.origin, name, self.bytes.into())
    }

    fn naturals(&self, name: &str) -> Result<Vec<u32>> {
        let entry = self.header.tensors.get(name).ok_or_else(|| self.missing(name))?;
        let natural = |value| u32::try_from(value).map_err(|_| self.bad(&format!("{name}: {value} is negative")));
        entry.integers(self.origin, name, self.bytes.into())?.into_iter().map(natural).collect()
    }

    fn stages(&self, samples: usize) -> Result<Vec<Stage>> {
        let shapes: HashMap<String, Vec<usize>> = self.by_stage("shapes")?;
        let errors: HashMap<String, f64> = self.by_stage("torch_float32_error")?;
        let names = self.header.tensors.keys().filter(|name| !["input_ids", "ref_s"].contains(&name.as_str()));
        let stage = |name: &String| {
            let missing = |key: &str| self.bad(&format!("{key}: {name} is missing"));
            let shape = shapes.get(name).ok_or_else(|| missing("shapes"))?;
            let error = errors.get(name).ok_or_else(|| missing("torch_float32_error"))?;
            self.stage(name, shape, *error, samples)
        };
        let mut stages: Vec<Stage> = names.map(stage).collect::<Result<_>>()?;
        // The writer lists the shapes in execution order, which a parsed JSON object loses.
        let written = self.text("shapes")?;
        stages.sort_by_cached_key(|stage| (written.find(&format!("\"{}\"", stage.name)), stage.name.clone()));
        Ok(stages)
    }

    fn stage(&self, name: &str, shape: &[usize], torch_error: f64, samples: usize) -> Result<Stage> {
        let size = shape.iter().try_fold(1usize, |size, &dim| size.checked_mul(dim));
        let size = size.ok_or_else(|| self.bad(&format!("shapes: {name} is too large")))?;
        let values = match name {
            // Whole numbers far below 2^24, which f32 represents exactly.
            "pred_dur" => self.naturals(name)?.into_iter().map(|frames| frames as f32).collect(),
            _ => self.floats(name)?,
        };
        let stride = if values.len() == size { 1 } else { sample_stride(size, samples) };
        if values.len() != size.div_ceil(stride) {
            let (found, sampled) = (values.len(), size.div_ceil(sample_stride(size, samples)));
            let expected = format!("{size} ({shape:?}) or a sample of {sampled}");
            return Err(self.bad(&format!("{name} has {found} values, expected {expected}")));
        }
        let stored_shape = self.header.tensors.get(name).ok_or_else(|| self.missing(name))?.shape.clone();
        Ok(Stage { name: name.to_owned(), shape: shape.to_vec(), stored_shape, torch_error, values, stride })
    }
}

#[cfg(test)]
mod tests {
    use super::sample_stride;

    #[test]
    fn sample_stride_is_odd_and_leaves_at_most_so_many_values() {
        // Python: k = -(-size // samples); k + 1 - k % 2.
        let cases =
            [(0, 1), (1, 1), (4095, 1), (4096, 1), (4097, 3), (8192, 3), (8193, 3), (12288, 3), (12289, 5), (17408, 5)];
        for (size, stride) in cases {
            assert_eq!(sample_stride(size, 4096), stride, "{size}");
        }
    }
}
