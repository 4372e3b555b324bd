//! Golden files: what the published PyTorch code computes, in float64, for one utterance.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use serde_json::Value;

use crate::checkpoint::file::{self, bad};
use crate::checkpoint::safetensors::Header;
use crate::{Error, Result};

/// Many times the longest file there is (6 MB): whatever is larger is a checkpoint, say.
const SIZE_LIMIT: u64 = 256 << 20;

/// A golden file: the inputs, the outputs of stages, and how far PyTorch's own float32 is from each.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Golden {
    /// Seed of the checkpoint.
    pub checkpoint_seed: u64,
    /// Seed of the source's noise.
    pub noise_seed: u32,
    /// Speed that the durations were divided by.
    pub speed: f32,
    /// The most values that a sampled stage has.
    pub samples: usize,
    origin: String,
    input_ids: Vec<u32>,
    ref_s: Vec<f32>,
    durations: Vec<u32>,
    stages: Vec<Stage>,
}

/// The output of one stage: a PyTorch module, named as the checkpoint names it, or a value such as `audio`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stage {
    /// The name, such as `decoder.encode`.
    pub name: String,
    /// The whole tensor's shape, as PyTorch has it.
    pub shape: Vec<usize>,
    /// The shape of what the file stores: the whole tensor's, or flat.
    pub stored_shape: Vec<usize>,
    /// Relative error `||x - truth|| / ||truth||` of PyTorch's own float32, over the whole tensor.
    pub torch_error: f64,
    /// Element `j` is the flattened tensor's element `j * stride`. Durations are whole numbers here.
    pub values: Vec<f32>,
    /// 1 if `values` is the whole tensor.
    pub stride: usize,
}

/// The stride of the sample of a tensor of `size` elements: the least odd one that leaves at most `samples`
/// of them. Odd, so that it does not walk along one column of an even width. `samples` of 0 count as 1.
pub fn sample_stride(size: usize, samples: usize) -> usize {
    size.div_ceil(samples.max(1)).max(1) | 1
}

impl Golden {
    /// Reads a golden file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] naming the key that is missing or malformed; [`Error::TensorType`];
    /// [`Error::NonFinite`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let origin = path.display().to_string();
        let (mut source, length) = file::open(path)?;
        if length > SIZE_LIMIT {
            return Err(bad(&origin, format!("has {length} bytes, a golden file at most {SIZE_LIMIT}")));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        source.read_to_end(&mut bytes).map_err(Error::io("read", path))?;
        Self::from_bytes(&origin, &bytes)
    }

    /// Reads a golden file that is in memory. `origin` names it in errors.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn from_bytes(origin: &str, bytes: &[u8]) -> Result<Self> {
        let header = Header::parse(origin, bytes)?;
        let reader = Reader { origin, bytes, header: &header };
        let shapes = reader.json("shapes")?;
        let durations = reader.naturals("pred_dur")?;
        let input_ids = reader.naturals("input_ids")?;
        let ref_s = reader.floats("ref_s")?;
        let samples = reader.samples()?;
        let stages = reader.stages(&shapes, samples)?;
        if durations.len() != input_ids.len() {
            return Err(bad(origin, format!("pred_dur has {} values, input_ids {}", durations.len(), input_ids.len())));
        }
        let speed: f32 = reader.number("speed")?;
        if !(speed.is_finite() && speed > 0.0) {
            return Err(bad(origin, format!("speed: {speed} is not a positive number")));
        }
        Ok(Self {
            checkpoint_seed: reader.number("checkpoint_seed")?,
            noise_seed: reader.number("noise_seed")?,
            speed,
            samples,
            origin: origin.to_owned(),
            input_ids,
            ref_s,
            durations,
            stages,
        })
    }

    /// The file.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Token ids with the two boundary zeros.
    pub fn input_ids(&self) -> &[u32] {
        &self.input_ids
    }

    /// The style row: the decoder's half, then the predictor's.
    pub fn ref_s(&self) -> &[f32] {
        &self.ref_s
    }

    /// Frames of each token, rounded (`pred_dur`).
    pub fn durations(&self) -> &[u32] {
        &self.durations
    }

    /// The stages in the order in which the network computes them.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }
}

/// The pieces of a golden file, with errors that name the file and the key.
struct Reader<'a> {
    origin: &'a str,
    bytes: &'a [u8],
    header: &'a Header,
}

impl Reader<'_> {
    fn text(&self, key: &str) -> Result<&str> {
        let text = self.header.metadata.get(key);
        text.map(String::as_str).ok_or_else(|| bad(self.origin, format!("is no golden file: its metadata lacks {key}")))
    }

    fn number<T: FromStr>(&self, key: &str) -> Result<T> {
        let text = self.text(key)?;
        text.parse().map_err(|_| bad(self.origin, format!("{key}: {text:?} is not a number in range")))
    }

    fn json(&self, key: &str) -> Result<HashMap<String, Value>> {
        serde_json::from_str(self.text(key)?).map_err(|error| bad(self.origin, format!("{key}: {error}")))
    }

    fn lacks(&self, name: &str) -> Error {
        Error::MissingTensor { origin: self.origin.to_owned(), name: name.to_owned() }
    }

    fn floats(&self, name: &str) -> Result<Vec<f32>> {
        let entry = self.header.tensors.get(name).ok_or_else(|| self.lacks(name))?;
        entry.floats(self.origin, name, self.bytes)
    }

    fn naturals(&self, name: &str) -> Result<Vec<u32>> {
        let entry = self.header.tensors.get(name).ok_or_else(|| self.lacks(name))?;
        let natural =
            |value| u32::try_from(value).map_err(|_| bad(self.origin, format!("{name}: {value} is negative")));
        entry.integers(self.origin, name, self.bytes)?.into_iter().map(natural).collect()
    }

    fn samples(&self) -> Result<usize> {
        match self.number("samples")? {
            0 => Err(bad(self.origin, "samples: 0")),
            samples => Ok(samples),
        }
    }

    fn stages(&self, shapes: &HashMap<String, Value>, samples: usize) -> Result<Vec<Stage>> {
        let errors = self.json("torch_float32_error")?;
        let inputs = ["input_ids", "ref_s"];
        let names = self.header.tensors.keys().filter(|name| !inputs.contains(&name.as_str()));
        let mut stages: Vec<Stage> =
            names.map(|name| self.stage(name, shapes, &errors, samples)).collect::<Result<_>>()?;
        // The writer lists the shapes as the network ran, an order that a parsed JSON object forgets.
        let written = self.text("shapes")?;
        stages.sort_by_cached_key(|stage| (written.find(&format!("\"{}\"", stage.name)), stage.name.clone()));
        Ok(stages)
    }

    fn stage(
        &self,
        name: &str,
        shapes: &HashMap<String, Value>,
        errors: &HashMap<String, Value>,
        samples: usize,
    ) -> Result<Stage> {
        let malformed = |key: &str, reason: &str| bad(self.origin, format!("{key}: {name} {reason}"));
        let dims = shapes.get(name).and_then(Value::as_array).ok_or_else(|| malformed("shapes", "is missing"))?;
        let dim = |value: &Value| value.as_u64().and_then(|dim| usize::try_from(dim).ok());
        let shape: Option<Vec<usize>> = dims.iter().map(dim).collect();
        let shape = shape.ok_or_else(|| malformed("shapes", "is not a list of sizes"))?;
        let size = shape.iter().try_fold(1usize, |size, &dim| size.checked_mul(dim));
        let size = size.ok_or_else(|| malformed("shapes", "is too large"))?;
        let torch_error = errors.get(name).and_then(Value::as_f64);
        let torch_error = torch_error.ok_or_else(|| malformed("torch_float32_error", "is missing"))?;

        let values = match name {
            // Whole numbers far below 2^24, which f32 holds.
            "pred_dur" => self.naturals(name)?.into_iter().map(|frames| frames as f32).collect(),
            _ => self.floats(name)?,
        };
        let stride = if values.len() == size { 1 } else { sample_stride(size, samples) };
        if values.len() != size.div_ceil(stride) {
            let expected = size.div_ceil(sample_stride(size, samples));
            return Err(bad(
                self.origin,
                format!("{name} has {} values, expected {size} ({shape:?}) or a sample of {expected}", values.len()),
            ));
        }
        let stored_shape = self.header.tensors.get(name).ok_or_else(|| self.lacks(name))?.shape.clone();
        Ok(Stage { name: name.to_owned(), shape, stored_shape, torch_error, values, stride })
    }
}
