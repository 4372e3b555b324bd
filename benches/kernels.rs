//! The kernels that take the time, at the network's real shapes: seconds on the host's clock, waiting included. And the host's
//! share of a whole utterance, on a device without a driver.
//!
//! `cargo bench`; `KOKORO_ADAPTER` names another adapter than the fastest. `kokoro profile` has the GPU's own clock.
#![expect(clippy::unwrap_used, reason = "criterion's closures return no errors")]

use std::time::Duration;

use criterion::Criterion;
use kokoro_wgpu::{AdapterChoice, Checkpoint, Context, Model, Result, Synthesizer, bench, block_on, wgpu};

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let choice =
        std::env::var("KOKORO_ADAPTER").map_or(AdapterChoice::Fastest, |name| name.parse().unwrap_or_default());
    let context = block_on(Context::new(&choice))?;
    let mut group = criterion.benchmark_group(context.info().name.as_str());
    // As few as criterion takes: on a CPU a run takes up to a quarter of a second.
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    for (name, mut operator) in bench::hot(&context)? {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|runs| (0..runs).map(|_| operator.run().unwrap()).sum());
        });
    }
    group.finish();

    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let context = Context::from_wgpu(device, queue)?;
    let mut synthesizer = Synthesizer::new(&Model::load(&context, &Checkpoint::seeded(0))?)?;
    let mut group = criterion.benchmark_group("host");
    for ids in [10, 60] {
        let frames = 4 * ids; // 0.1 s for each phoneme
        let dispatches = synthesizer.planned_dispatches(ids, frames)?.len();
        group.bench_function(format!("{dispatches} dispatches of {ids} phonemes"), |bencher| {
            bencher.iter(|| bench::submit(&mut synthesizer, ids, frames).unwrap());
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
