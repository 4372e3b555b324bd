//! Helpers for files and hashes.

pub(crate) mod files;
pub(crate) mod hash;

#[cfg(not(target_family = "wasm"))]
pub(crate) use std::time::Instant;

/// The standard library has no clock in a browser.
#[cfg(target_family = "wasm")]
pub(crate) use web_time::Instant;
