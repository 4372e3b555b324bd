//! The network, module by module, named as the checkpoint names it.

mod config;

pub use config::{Config, Istftnet, Plbert};
