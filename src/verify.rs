//! Golden files against this GPU: every stage of the network beside PyTorch's float64 values.
//!
//! The decoder is fed the golden file's own pitch and energy curves, and what follows the source spectrum the golden
//! file's spectrum: the source integrates the pitch, and the spectrum's angle wraps at +-pi, so that rounding alone
//! would make two right implementations disagree there.

use crate::batch::BatchEntry;
use crate::golden::{Golden, Stage};
use crate::graph::Options;
use crate::shape::Shape;
use crate::speech::{Synthesizer, Utterance};
use crate::{ConvVariant, Error, Model, Precision, Result};

/// How many times PyTorch's own float32 error a stage may be off.
const TIMES_TORCH: f64 = 6.0;
/// What a stage may be off in any case: sums of 3,000 terms in one float32 accumulator are off by 1e-6.
pub(crate) const FLOOR: f64 = 5e-6;
/// The decoder's with weights stored as float16, each off by 1.4e-4 on average: seeded golden files show 1e-3 to 2e-3.
const F16_BOUND: f64 = 5e-3;
/// The source's bound, whatever the length: PyTorch's own float32 phase drifts by 1e-3 and more.
const SOURCE_BOUND: f64 = 2e-5;
const MAGNITUDE_BOUND: f64 = 1e-4;
const ANGLE_BOUND: f64 = 1e-3;
/// Angles that must be exactly 0 or +pi are checked where the magnitude exceeds this.
const REAL_MAGNITUDE: f32 = 1e-4;
/// Bins of the source spectrum.
const BINS: usize = 11;

const GIVEN: [&str; 3] = ["predictor.F0_proj", "predictor.N_proj", "decoder.generator.har"];
const DURATIONS: &str = "pred_dur";
/// Before they are rounded.
const LENGTHS: &str = "duration_frames";
const SPECTRUM: &str = "decoder.generator.har";
const SOURCE: &str = "decoder.generator.m_source";

/// One stage's comparison.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StageReport {
    /// The module's name in the checkpoint; the spectrum has a row for magnitudes, angles and real bins.
    pub name: String,
    /// Shape in PyTorch.
    pub shape: Vec<usize>,
    /// ||x - truth|| / ||truth||; NaN where the stage could not be compared. Of `pred_dur` and the real bins: how many differ.
    pub error: f64,
    /// The same of PyTorch's float32 run.
    pub torch_error: f64,
    /// The largest error that holds.
    pub bound: f64,
}

impl StageReport {
    /// Whether the error is within its bound.
    pub fn holds(&self) -> bool {
        self.error <= self.bound
    }
}

/// A stage as this GPU computed it, in the golden file's layout and sampling.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Computed {
    /// The stage's name in the golden file.
    pub name: String,
    /// The golden file's shape of it: the whole tensor's, or flat.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Vec<f32>,
}

/// A golden file's comparison.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The golden file.
    pub origin: String,
    /// Its stages in the order in which they run.
    pub stages: Vec<StageReport>,
    /// What was computed.
    pub computed: Vec<Computed>,
}

impl Report {
    /// Whether every stage holds.
    pub fn holds(&self) -> bool {
        self.stages.iter().all(StageReport::holds)
    }
}

/// Runs a golden file's utterance through `model` and compares every stage it holds. The model must be the checkpoint
/// that the file was made with: `seeded:N`, N its `checkpoint_seed`.
///
/// # Errors
/// A golden file that doesn't fit the network, and what synthesis can fail with. A stage out of bounds is no error.
pub async fn verify(model: &Model, golden: &Golden) -> Result<Report> {
    verify_variant(model, golden, model.context().conv_variant()).await
}

/// With this form of the convolutions.
pub(crate) async fn verify_variant(model: &Model, golden: &Golden, conv: ConvVariant) -> Result<Report> {
    let ids = golden.input_ids();
    let [0, inner @ .., 0] = ids else {
        return Err(bad(golden, "input_ids", "has no boundary tokens"));
    };
    let captures = golden.stages().iter().map(|s| s.name.clone()).collect();
    let overrides = GIVEN.iter().filter(|name| golden.stage(name).is_some()).map(|name| (*name).to_owned()).collect();
    let mut synthesizer = Synthesizer::with_options(model, Options { captures, overrides, conv })?;
    let total: u64 = golden.durations().iter().map(|d| u64::from(*d)).sum();
    let limit = synthesizer.max_frames();
    let frames = u32::try_from(total).ok().filter(|f| *f <= limit).ok_or(Error::TooLong { frames: total, limit })?;
    let run = BatchEntry { tokens: ids.len() as u32, frames, ..BatchEntry::default() };
    for stage in GIVEN.iter().filter_map(|name| golden.stage(name)) {
        let channels = if stage.name == SPECTRUM { 2 * BINS } else { 1 };
        let rows = stage.values.len() / channels;
        let expected = if stage.name == SPECTRUM { 120 * frames as usize + 1 } else { 2 * frames as usize };
        if stage.stride != 1 || rows != expected || stage.values.len() != rows * channels {
            return Err(bad(golden, &stage.name, "is not whole, or not as long as the durations"));
        }
        synthesizer.override_stage(&stage.name, &transposed(&stage.values, channels, rows), &run)?;
    }
    let utterance = Utterance {
        ids: inner.to_vec(),
        style: golden.ref_s().to_vec(),
        speed: golden.speed,
        noise_seed: golden.noise_seed,
    };
    let durations = match synthesizer.synthesize(&utterance).await {
        Ok(speech) => speech.durations,
        // The stages say where it comes from.
        Err(Error::NonFinite { .. }) => rounded(synthesizer.captured_stage(LENGTHS, &run).await?),
        Err(error) => return Err(error),
    };
    let mut report = Report { origin: golden.origin().to_owned(), stages: Vec::new(), computed: Vec::new() };
    let lengths_agree = durations.iter().sum::<u32>() == frames;
    for stage in golden.stages() {
        if stage.name == DURATIONS {
            let values: Vec<f32> = durations.iter().map(|d| *d as f32).collect();
            let differing = values.iter().zip(&stage.values).filter(|(ours, truth)| ours != truth).count();
            report.stages.push(row(stage, &stage.name, differing as f64, 0.0));
            report.computed.push(Computed { name: stage.name.clone(), shape: stage.stored_shape.clone(), values });
            continue;
        }
        // With other durations the frame side has another length: nothing there can be compared.
        let own = if lengths_agree || !on_frame_side(&stage.name) {
            synthesizer.captured_stage(&stage.name, &run).await?
        } else {
            None
        };
        let Some((shape, values)) = own else {
            report.stages.push(row(stage, &stage.name, f64::NAN, 0.0));
            continue;
        };
        let values = if time_major(&stage.name) {
            values
        } else {
            transposed(&values, values.len() / shape.channels as usize, shape.channels as usize)
        };
        if values.len() != stage.shape.iter().product::<usize>() {
            return Err(bad(
                golden,
                &stage.name,
                &format!("has shape {:?}, the network's is {shape} with {} values", stage.shape, values.len()),
            ));
        }
        let sampled: Vec<f32> = values.iter().step_by(stage.stride).copied().collect();
        if stage.name == SPECTRUM {
            report.stages.extend(compare_spectrum(stage, &sampled));
        } else {
            let decoder = stage.name.starts_with("decoder.") || stage.name == "audio";
            let bound = match (stage.name.as_str(), model.precision()) {
                (SOURCE, _) => SOURCE_BOUND,
                (_, Precision::F16) if decoder => F16_BOUND,
                _ => FLOOR.max(TIMES_TORCH * stage.torch_error),
            };
            report.stages.push(row(stage, &stage.name, relative_error(&sampled, &stage.values), bound));
        }
        let shape = stage.stored_shape.clone();
        report.computed.push(Computed { name: stage.name.clone(), shape, values: sampled });
    }
    Ok(report)
}

/// Like [`verify`], and waits for it.
///
/// # Errors
/// As [`verify`].
pub fn verify_blocking(model: &Model, golden: &Golden) -> Result<Report> {
    pollster::block_on(verify(model, golden))
}

fn bad(golden: &Golden, key: &str, reason: &str) -> Error {
    Error::BadFile { origin: golden.origin().to_owned(), reason: format!("{key} {reason}") }
}

fn row(stage: &Stage, name: &str, error: f64, bound: f64) -> StageReport {
    StageReport { name: name.to_owned(), shape: stage.shape.clone(), error, torch_error: stage.torch_error, bound }
}

/// The durations that come of these lengths, as the kernel rounds them.
fn rounded(lengths: Option<(Shape, Vec<f32>)>) -> Vec<u32> {
    let lengths = lengths.map(|(_, lengths)| lengths).unwrap_or_default();
    lengths.into_iter().map(|length| (length.round_ties_even() as u32).max(1)).collect()
}

/// Stages that are as long as the sum of the durations.
fn on_frame_side(name: &str) -> bool {
    let text_side = ["predictor.text_encoder", "predictor.lstm", "predictor.duration_proj"];
    name == "audio" || name.starts_with("decoder.") || (name.starts_with("predictor.") && !text_side.contains(&name))
}

/// Stages that PyTorch lays out `[1, time, channels]`; the others are `[1, channels, time]`.
fn time_major(name: &str) -> bool {
    let others = ["predictor.text_encoder", "predictor.lstm", "predictor.duration_proj", "predictor.shared", SOURCE];
    name.starts_with("bert") || others.contains(&name)
}

/// \[rows, columns\] -> \[columns, rows\].
fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

fn relative_error(values: &[f32], truth: &[f32]) -> f64 {
    let difference = norm(values.iter().zip(truth).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    difference / norm(truth.iter().map(|b| f64::from(*b))).max(1e-30)
}

/// \[1, 22, frames\]: magnitudes as any stage; angles weighted by their magnitude, modulo a turn; and the bins whose
/// imaginary part is exactly zero, which must say 0 or +pi, never -pi.
fn compare_spectrum(stage: &Stage, ours: &[f32]) -> [StageReport; 3] {
    let half = ours.len() / 2;
    let frames = half / BINS;
    let ((magnitudes, angles), (truth, true_angles)) = (ours.split_at(half), stage.values.split_at(half));
    let turns = angles.iter().zip(true_angles).zip(truth).map(|((a, b), weight)| {
        let difference = f64::from(*a) - f64::from(*b);
        f64::from(*weight) * (difference - std::f64::consts::TAU * (difference / std::f64::consts::TAU).round())
    });
    let scale = std::f64::consts::PI * norm(truth.iter().map(|m| f64::from(*m)));
    let real = |index: usize| index.is_multiple_of(frames) || index / frames == 0 || index / frames == BINS - 1;
    let wrong = |index: &usize| {
        let (angle, magnitude) = (angles[*index], truth[*index]);
        real(*index) && magnitude > REAL_MAGNITUDE && angle != 0.0 && angle != std::f32::consts::PI
    };
    let wrong = (0..half).filter(wrong).count();
    let named = |part: &str, error, bound| {
        let torch_error = f64::NAN; // the file's figure covers magnitudes and unwrapped angles together
        StageReport { torch_error, ..row(stage, &format!("{} {part}", stage.name), error, bound) }
    };
    [
        named("magnitudes", relative_error(magnitudes, truth), MAGNITUDE_BOUND),
        named("angles", norm(turns) / scale.max(1e-30), ANGLE_BOUND),
        named("real bins", wrong as f64, 0.0),
    ]
}
