//! Runs a golden file's utterance on this GPU and compares every stage with PyTorch's float64 values.
//!
//! The decoder is fed the golden file's own F0 and energy curves, and everything after the source spectrum is fed
//! the file's spectrum. The source integrates F0, and the spectrum's angle wraps at +-pi, so rounding alone
//! would make two correct implementations disagree there.

use super::compare::{
    BINS, SOURCE, SOURCE_BOUND, SPECTRUM, compare_spectrum, is_frame_side, is_time_major, relative_error, transposed,
};
use super::golden::{Golden, Stage};
use super::report::{Computed, Report, StageReport};
use crate::batch::BatchEntry;
use crate::error::{Error, Result};
use crate::graph::Options;
use crate::model::{Model, Precision};
use crate::shape::Shape;
use crate::speech::{Synthesizer, Utterance};
use crate::variant::ConvVariant;
use crate::voice::Style;

/// A stage may be off by this many times PyTorch's own float32 error.
const TIMES_TORCH: f64 = 6.0;
/// Error that always passes: sums of 3,000 terms in one float32 accumulator are off by 1e-6.
pub(super) const FLOOR: f64 = 5e-6;
/// Bound with float16 weights, each off by 1.4e-4 on average: in the decoder, golden files show 1e-3 to 2e-3. With float16 inputs
/// too, they show up to 3e-3.
const F16_BOUND: f64 = 5e-3;
/// Bound of the decoder's stages with [`ConvVariant::Half`], which also rounds every partial sum of 16 products to float16. The
/// k-th of them is about sqrt(k) terms, so that all together have (1 + ... + 16) / 16 = 8.5 times the variance of rounding the
/// weights, beside which stands that of the inputs: sqrt(1 + 1 + 8.5) times the error with rounded weights alone. Golden files
/// show 7e-3.
const HALF_BOUND: f64 = 3.24 * F16_BOUND;
/// Outside the decoder, a stage may be off by as many times PyTorch's float32 error as float16 rounds more coarsely, if that is
/// more: the untrained LSTMs and norms amplify every error.
const F16_TIMES_TORCH: f64 = (1 << 13) as f64;

/// Stages whose values are taken from the golden file.
const OVERRIDES: [&str; 3] = ["predictor.F0_proj", "predictor.N_proj", SPECTRUM];
/// Frames of each token, rounded.
const DURATIONS: &str = "pred_dur";
/// The same before rounding.
const UNROUNDED: &str = "duration_frames";

/// Runs a golden file's utterance through `model` and compares every stage in the file. The model must be the
/// checkpoint that the file was made with: `seeded:N`, N its `checkpoint_seed`.
///
/// # Errors
/// [`Error::BadFile`] if the golden file doesn't fit the network, and all errors of synthesis. A stage out of bounds is
/// no error: see [`Report::passed`].
pub async fn verify(model: &Model, golden: &Golden) -> Result<Report> {
    verify_variant(model, golden, model.context().conv_variant()).await
}

/// [`verify`] with a given convolution kernel.
pub(crate) async fn verify_variant(model: &Model, golden: &Golden, conv: ConvVariant) -> Result<Report> {
    let [0, ids @ .., 0] = golden.input_ids() else {
        return Err(bad(golden, "input_ids", "has no boundary tokens"));
    };
    let captures = golden.stages().iter().map(|stage| stage.name.clone()).collect();
    let overridden = || OVERRIDES.iter().filter_map(|name| golden.stage(name));
    let overrides = overridden().map(|stage| stage.name.clone()).collect();
    let mut synthesizer = Synthesizer::with_options(model, Options { captures, overrides, conv })?;
    let entry = entry_of(golden, synthesizer.max_frames())?;
    for stage in overridden() {
        synthesizer.override_stage(&stage.name, &override_values(golden, stage, entry.frames)?, &entry)?;
    }
    let utterance = Utterance {
        ids: ids.to_vec(),
        style: Style::from_row(golden.ref_s()),
        speed: golden.speed,
        noise_seed: golden.noise_seed,
    };
    let durations = match synthesizer.synthesize(&utterance).await {
        Ok(speech) => speech.durations,
        // The stage reports show where the NaN comes from.
        Err(Error::NonFinite { .. }) => rounded(synthesizer.captured_stage(UNROUNDED, &entry).await?),
        Err(error) => return Err(error),
    };
    let mut report = Report { origin: golden.origin().to_owned(), stages: Vec::new(), computed: Vec::new() };
    // With other durations, stages on the frame side have another length and cannot be compared.
    let lengths_agree = durations.iter().sum::<u32>() == entry.frames;
    for stage in golden.stages() {
        let computed = if stage.name == DURATIONS {
            let values: Vec<f32> = durations.iter().map(|frames| *frames as f32).collect();
            let differing = values.iter().zip(&stage.values).filter(|(ours, reference)| ours != reference).count();
            report.stages.push(StageReport::new(stage, DURATIONS, differing as f64, 0.0));
            Some(values)
        } else if lengths_agree || !is_frame_side(&stage.name) {
            let captured = synthesizer.captured_stage(&stage.name, &entry).await?;
            captured.map(|(shape, values)| sampled(golden, stage, &shape, values)).transpose()?
        } else {
            None
        };
        match &computed {
            _ if stage.name == DURATIONS => {}
            None => report.stages.push(StageReport::new(stage, &stage.name, f64::NAN, 0.0)),
            Some(values) if stage.name == SPECTRUM => report.stages.extend(compare_spectrum(stage, values)),
            Some(values) => {
                let (error, bound) = (relative_error(values, &stage.values), bound(stage, model.precision(), conv));
                report.stages.push(StageReport::new(stage, &stage.name, error, bound));
            }
        }
        let shape = stage.stored_shape.clone();
        report.computed.extend(computed.map(|values| Computed { name: stage.name.clone(), shape, values }));
    }
    Ok(report)
}

/// The dimensions of the golden file's utterance.
fn entry_of(golden: &Golden, limit: u32) -> Result<BatchEntry> {
    let frames: u64 = golden.durations().iter().map(|frames| u64::from(*frames)).sum();
    let within = u32::try_from(frames).ok().filter(|frames| *frames <= limit);
    let frames = within.ok_or(Error::TooLong { frames, limit })?;
    Ok(BatchEntry { tokens: golden.input_ids().len() as u32, frames, ..BatchEntry::default() })
}

/// A stage's values as the graph lays them out, `[rows, channels]`.
fn override_values(golden: &Golden, stage: &Stage, frames: u32) -> Result<Vec<f32>> {
    let (channels, expected) = match stage.name.as_str() {
        SPECTRUM => (2 * BINS, 120 * frames as usize + 1),
        _ => (1, 2 * frames as usize),
    };
    let rows = stage.values.len() / channels;
    if stage.stride != 1 || rows != expected || stage.values.len() != rows * channels {
        return Err(bad(golden, &stage.name, "is a sample, or not as long as the durations"));
    }
    Ok(transposed(&stage.values, channels, rows))
}

/// A computed tensor in the golden file's layout and sampling.
fn sampled(golden: &Golden, stage: &Stage, shape: &Shape, values: Vec<f32>) -> Result<Vec<f32>> {
    let channels = shape.channels as usize;
    let values = match is_time_major(&stage.name) {
        true => values,
        false => transposed(&values, values.len() / channels, channels),
    };
    if values.len() != stage.shape.iter().product::<usize>() {
        let reason = format!("has shape {:?}, the network's is {shape} with {} values", stage.shape, values.len());
        return Err(bad(golden, &stage.name, &reason));
    }
    Ok(values.into_iter().step_by(stage.stride).collect())
}

fn bound(stage: &Stage, precision: Precision, conv: ConvVariant) -> f64 {
    let is_decoder = stage.name.starts_with("decoder.") || stage.name == "audio";
    match (stage.name.as_str(), precision) {
        (SOURCE, _) => SOURCE_BOUND,
        (_, Precision::F16) if is_decoder && conv == ConvVariant::Half => HALF_BOUND,
        (_, Precision::F16) if is_decoder => F16_BOUND,
        // The embeddings are float32 in both precisions.
        (name, Precision::F16) if name != "bert.embeddings" => F16_BOUND.max(F16_TIMES_TORCH * stage.torch_error),
        _ => FLOOR.max(TIMES_TORCH * stage.torch_error),
    }
}

fn bad(golden: &Golden, key: &str, reason: &str) -> Error {
    Error::bad_file(golden.origin(), format!("{key} {reason}"))
}

/// Durations rounded as the duration kernel rounds them.
fn rounded(unrounded: Option<(Shape, Vec<f32>)>) -> Vec<u32> {
    let unrounded = unrounded.map(|(_, frames)| frames).unwrap_or_default();
    unrounded.into_iter().map(|frames| (frames.round_ties_even() as u32).max(1)).collect()
}
