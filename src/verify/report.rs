//! The result of comparing a golden file.

use super::golden::Stage;

/// One stage's comparison.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StageReport {
    /// Module name in the checkpoint. The spectrum has three rows: magnitudes, angles and real bins.
    pub name: String,
    /// Shape in PyTorch.
    pub shape: Vec<usize>,
    /// Relative error `||x - reference|| / ||reference||`; NaN if the stage could not be compared. For `pred_dur` and
    /// the real bins: the number of values that differ.
    pub error: f64,
    /// The same error for PyTorch's float32 run.
    pub torch_error: f64,
    /// Largest error that passes.
    pub bound: f64,
}

impl StageReport {
    pub(super) fn new(stage: &Stage, name: &str, error: f64, bound: f64) -> Self {
        Self { name: name.to_owned(), shape: stage.shape.clone(), error, torch_error: stage.torch_error, bound }
    }

    /// Whether the error is within its bound.
    pub fn passed(&self) -> bool {
        self.error <= self.bound
    }
}

/// A stage as this GPU computed it, in the golden file's layout and sampling.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Computed {
    /// Name in the golden file.
    pub name: String,
    /// Shape stored in the golden file: the whole tensor's, or flat if the file holds a sample.
    pub shape: Vec<usize>,
    /// Values.
    pub values: Vec<f32>,
}

/// A golden file's comparison.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The golden file.
    pub origin: String,
    /// Stages in execution order.
    pub stages: Vec<StageReport>,
    /// Values computed on this GPU.
    pub computed: Vec<Computed>,
}

impl Report {
    /// Whether every stage is within its bound.
    pub fn passed(&self) -> bool {
        self.stages.iter().all(StageReport::passed)
    }
}
