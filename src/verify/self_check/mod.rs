//! Checks what an adapter computes: small cases of every convolution kernel, then a narrow network, stage by stage.

mod cache;
mod cases;
mod check;

pub use cache::SelfCheckResult;
#[cfg(test)]
pub(crate) use check::narrow_config;
pub use check::{SelfCheck, Trial};
