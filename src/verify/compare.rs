//! Error measures, and the layouts in which PyTorch stores stages.

use super::golden::Stage;
use super::report::StageReport;

/// Bound for the source, whatever the utterance's length: PyTorch's own float32 phase drifts by 1e-3 and more, so that
/// its error is no measure.
pub(super) const SOURCE_BOUND: f64 = 2e-5;
const MAGNITUDE_BOUND: f64 = 1e-4;
const ANGLE_BOUND: f64 = 1e-3;
/// Angles that must be exactly 0 or +pi are checked where the magnitude exceeds this.
const REAL_MAGNITUDE: f32 = 1e-4;
/// Bins of the source spectrum.
pub(super) const BINS: usize = 11;

/// The source spectrum, whose angles need a comparison of their own.
pub(super) const SPECTRUM: &str = "decoder.generator.har";
/// The harmonic source.
pub(super) const SOURCE: &str = "decoder.generator.m_source";

/// Whether a stage's length is the sum of the durations.
pub(super) fn is_frame_side(name: &str) -> bool {
    let text_side = ["predictor.text_encoder", "predictor.lstm", "predictor.duration_proj"];
    name == "audio" || name.starts_with("decoder.") || (name.starts_with("predictor.") && !text_side.contains(&name))
}

/// Whether PyTorch's layout is `[1, time, channels]`; all other stages are `[1, channels, time]`.
pub(super) fn is_time_major(name: &str) -> bool {
    let others = ["predictor.text_encoder", "predictor.lstm", "predictor.duration_proj", "predictor.shared", SOURCE];
    name.starts_with("bert") || others.contains(&name)
}

/// \[rows, columns\] -> \[columns, rows\].
pub(super) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

/// `||values - reference|| / ||reference||`.
pub(super) fn relative_error(values: &[f32], reference: &[f32]) -> f64 {
    let difference = norm(values.iter().zip(reference).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    difference / norm(reference.iter().map(|b| f64::from(*b))).max(1e-30)
}

/// Compares `[1, 22, frames]`: magnitudes like any stage; angles weighted by their magnitude, modulo 2 pi; and the bins
/// whose imaginary part is exactly zero, whose angle must be 0 or +pi, never -pi.
pub(super) fn compare_spectrum(stage: &Stage, computed: &[f32]) -> [StageReport; 3] {
    let half = computed.len() / 2;
    let frames = half / BINS;
    let (magnitudes, angles) = computed.split_at(half);
    let (reference_magnitudes, reference_angles) = stage.values.split_at(half);
    let weighted = angles.iter().zip(reference_angles).zip(reference_magnitudes).map(|((a, b), weight)| {
        let difference = f64::from(*a) - f64::from(*b);
        f64::from(*weight) * (difference - std::f64::consts::TAU * (difference / std::f64::consts::TAU).round())
    });
    let scale = std::f64::consts::PI * norm(reference_magnitudes.iter().map(|m| f64::from(*m)));
    // The first and the last bin of every frame, and every bin of the first frame.
    let is_real = |index: usize| index.is_multiple_of(frames) || index / frames == 0 || index / frames == BINS - 1;
    let is_wrong = |index: &usize| {
        let (angle, magnitude) = (angles[*index], reference_magnitudes[*index]);
        is_real(*index) && magnitude > REAL_MAGNITUDE && angle != 0.0 && angle != std::f32::consts::PI
    };
    let wrong = (0..half).filter(is_wrong).count();
    let row = |part: &str, error, bound| {
        let torch_error = f64::NAN; // the file's figure covers magnitudes and unwrapped angles together
        StageReport { torch_error, ..StageReport::new(stage, &format!("{} {part}", stage.name), error, bound) }
    };
    [
        row("magnitudes", relative_error(magnitudes, reference_magnitudes), MAGNITUDE_BOUND),
        row("angles", norm(weighted) / scale.max(1e-30), ANGLE_BOUND),
        row("real bins", wrong as f64, 0.0),
    ]
}
