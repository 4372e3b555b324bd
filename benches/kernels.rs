//! The kernels that take the time, at the network's real shapes: seconds on the host's clock, waiting included.
//!
//! `cargo bench`; `KOKORO_ADAPTER` names another adapter than the fastest. `kokoro profile` has the GPU's own clock.
#![expect(clippy::unwrap_used, reason = "criterion's closures return no errors")]

use std::time::Duration;

use criterion::Criterion;
use kokoro_wgpu::{AdapterChoice, Context, Result, bench, block_on};

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
    criterion.final_summary();
    Ok(())
}
