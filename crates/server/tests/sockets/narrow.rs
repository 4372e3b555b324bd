//! The narrow network of tests/golden/narrow.py, which needs a thousandth of the work, on this machine's adapter.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kokoro_server::{GpuEngine, Options};
use kokoro_wgpu::{AdapterChoice, Checkpoint, Config, Context, Model, ModelOptions, Result, Synthesizer, block_on};

use super::fake::{Gate, gate};
use super::started::{Started, options, voices};

#[path = "../../../../tests/golden/narrow.rs"]
mod narrow_json;

/// Values of a style: both halves.
pub const WIDTH: usize = 32;

pub fn config() -> Config {
    Config::from_json("narrow", narrow_json::config().to_string().as_bytes()).unwrap()
}

pub fn synthesizer() -> Result<Synthesizer> {
    let context = block_on(Context::new(&AdapterChoice::Fastest))?;
    let options = ModelOptions::default().with_config(config());
    Synthesizer::new(&Model::load_with(&context, &Checkpoint::seeded(0), &options)?)
}

/// A server with this network, and the devices that it has opened.
pub fn server() -> (Started, Arc<Mutex<Vec<Context>>>) {
    start(options())
}

/// The same, where all that is ready shares a batch, however slow this adapter is.
pub fn server_with_large_batches() -> Started {
    start(with_large_batches()).0
}

/// The same, where batches wait at a gate.
pub fn gated_server_with_large_batches() -> (Started, Gate) {
    let (engine, gate) = gate(GpuEngine::new(synthesizer).unwrap());
    (Started::new(with_large_batches(), engine, config().vocab, voices(WIDTH)), gate)
}

fn with_large_batches() -> Options {
    let mut options = options();
    options.limits.batch_time = Duration::from_secs(3_600);
    options
}

/// The same for clients that send this key.
pub fn server_with_key(key: &str) -> (Started, Arc<Mutex<Vec<Context>>>) {
    let mut options = options();
    options.api_keys = vec![key.to_owned()];
    start(options)
}

fn start(mut options: Options) -> (Started, Arc<Mutex<Vec<Context>>>) {
    options.wyoming = Some(options.address);
    let contexts: Arc<Mutex<Vec<Context>>> = Arc::default();
    let opened = contexts.clone();
    let engine = GpuEngine::new(move || {
        let synthesizer = synthesizer()?;
        opened.lock().unwrap().push(synthesizer.model().context().clone());
        Ok(synthesizer)
    });
    (Started::new(options, engine.unwrap(), config().vocab, voices(WIDTH)), contexts)
}
