//! Numerical verification: every stage of the network against PyTorch in float64, and a quick self-check of an adapter.

mod compare;
mod golden;
mod report;
pub(crate) mod self_check;
mod stages;

pub use golden::{Golden, Stage};
pub use report::{Computed, Report, StageReport};
pub use self_check::{SelfCheck, SelfCheckResult, Trial};
pub use stages::verify;
#[cfg(test)]
pub(crate) use stages::verify_variant;
