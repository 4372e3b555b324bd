//! Helpers for files and hashes.

pub(crate) mod files;
pub(crate) mod hash;
