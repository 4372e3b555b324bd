//! `kokoro verify --dump`: computed values in the layout of the golden file.

use std::collections::HashMap;

use kokoro_wgpu::verify::{Report, Stage};
use kokoro_wgpu::{Error, Golden};
use safetensors::tensor::{Dtype, TensorView};

use crate::failure::Failure;

/// A tensor of the file.
struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Entry {
    fn floats(name: &str, shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self { name: name.to_owned(), dtype: Dtype::F32, shape: shape.to_vec(), bytes }
    }

    /// Golden files store integers as i32.
    fn integers(name: &str, shape: &[usize], values: impl Iterator<Item = i32>) -> Self {
        let bytes = values.flat_map(i32::to_le_bytes).collect();
        Self { name: name.to_owned(), dtype: Dtype::I32, shape: shape.to_vec(), bytes }
    }
}

/// A safetensors file with the golden file's inputs, the computed stages and their metadata.
pub fn file(golden: &Golden, report: &Report) -> Result<Vec<u8>, Failure> {
    let ids = golden.input_ids();
    let mut entries = vec![
        Entry::integers("input_ids", &[1, ids.len()], ids.iter().map(|id| *id as i32)),
        Entry::floats("ref_s", &[1, golden.ref_s().len()], golden.ref_s()),
    ];
    entries.extend(report.computed.iter().map(|stage| match stage.name.as_str() {
        "pred_dur" => Entry::integers(&stage.name, &stage.shape, stage.values.iter().map(|frames| *frames as i32)),
        name => Entry::floats(name, &stage.shape, &stage.values),
    }));
    // Readers take the order of the stages from this object. serde_json would sort its keys.
    let stages: Vec<&Stage> = report.computed.iter().filter_map(|computed| golden.stage(&computed.name)).collect();
    let object = |value: fn(&Stage) -> String| {
        let pairs: Vec<String> = stages.iter().map(|stage| format!("\"{}\": {}", stage.name, value(stage))).collect();
        format!("{{{}}}", pairs.join(", "))
    };
    let metadata = [
        ("checkpoint_seed", golden.checkpoint_seed.to_string()),
        ("noise_seed", golden.noise_seed.to_string()),
        ("speed", golden.speed.to_string()),
        ("samples", golden.samples.to_string()),
        ("shapes", object(|stage| format!("{:?}", stage.shape))),
        ("torch_float32_error", object(|stage| format!("{:e}", stage.torch_error))),
    ];
    let metadata: HashMap<String, String> = metadata.into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
    let failed = |error: safetensors::SafeTensorError| {
        Failure::from(Error::BadFile { origin: "dump".to_owned(), reason: error.to_string() })
    };
    let views =
        entries.iter().map(|entry| Ok((&entry.name, TensorView::new(entry.dtype, entry.shape.clone(), &entry.bytes)?)));
    let views: Vec<_> = views.collect::<Result<_, safetensors::SafeTensorError>>().map_err(failed)?;
    safetensors::serialize(views, Some(metadata)).map_err(failed)
}
