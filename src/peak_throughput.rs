//! Measurement of an adapter's peak arithmetic and memory throughput (its roofline).

use std::time::{Duration, Instant};

use crate::bench::Operator;
use crate::error::{Error, Result};
use crate::gpu::Context;

/// Measured peak throughput of an adapter, with which the network's can be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PeakThroughput {
    /// Highest rate of a square float32 matrix product by `conv1d`, in 10^9 operations per second.
    pub gflops: f64,
    /// Rows and columns of the matrices of that product.
    pub gemm_size: u32,
    /// Highest rate of a buffer copy in 10^9 bytes per second, counting bytes read and bytes written.
    pub gigabytes_per_second: f64,
    /// Size of each of the two buffers in bytes.
    pub copy_bytes: u64,
    /// Shortest time of a dispatch with next to no work, in seconds.
    pub dispatch_seconds: f64,
}

/// Sizes of the matrices. The largest keeps the largest GPUs busy; an adapter that needs [`LONG_ENOUGH`] for one size is
/// not measured with larger ones.
const SIZES: [u32; 4] = [512, 1024, 2048, 4096];
/// Size of matrices whose product takes no longer than the start of a dispatch.
const SMALL: u32 = 4;
const LONG_ENOUGH: Duration = Duration::from_millis(50);
const SAMPLES: usize = 5;
/// Larger than any cache.
const COPY_BYTES: u64 = 128 << 20;

impl PeakThroughput {
    /// Measures the adapter, which takes a second or two.
    ///
    /// # Errors
    /// [`Error::Unsupported`] on a device without timestamps, and errors of the device.
    pub fn measure(context: &Context) -> Result<Self> {
        context.check_timestamps()?;
        let (mut gflops, mut gemm_size) = (0.0, 0);
        let mut small = Operator::square(context, SMALL)?;
        let dispatches: Vec<_> = (0..=SAMPLES).map(|_| small.profile()).collect::<Result<_>>()?;
        let dispatch_seconds = dispatches.iter().map(|s| s.time.as_secs_f64()).fold(f64::INFINITY, f64::min);
        for size in SIZES {
            let mut product = Operator::square(context, size)?;
            product.profile()?; // the driver compiles with the first dispatch
            let mut shortest = Duration::MAX;
            for _ in 0..SAMPLES {
                let sample = product.profile()?;
                let rate = sample.flops as f64 / sample.time.as_secs_f64().max(1e-9) / 1e9;
                if rate > gflops {
                    (gflops, gemm_size) = (rate, size);
                }
                shortest = shortest.min(sample.time);
            }
            if shortest > LONG_ENOUGH {
                break;
            }
        }
        let copy_bytes = COPY_BYTES.min(context.device().limits().max_buffer_size);
        let gigabytes_per_second = copy_rate(context, copy_bytes)?;
        Ok(Self { gflops, gemm_size, gigabytes_per_second, copy_bytes, dispatch_seconds })
    }
}

/// Measured on the host's clock: WebGPU has timestamps only for passes.
fn copy_rate(context: &Context, size: u64) -> Result<f64> {
    let [from, to] = context.guarded("allocating for a copy", || {
        [0, 1].map(|_| {
            context.create_buffer(&wgpu::BufferDescriptor {
                label: Some("copy"),
                size,
                usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })
    })?;
    let time = |copies: u32| {
        let start = Instant::now();
        let submission = context.guarded("copying", || {
            let mut encoder =
                context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("copy") });
            for _ in 0..copies {
                encoder.copy_buffer_to_buffer(&from, 0, &to, 0, size);
            }
            context.queue().submit([encoder.finish()])
        })?;
        let waited = context.device().poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None });
        waited.map_err(|error| Error::gpu("copying", error))?;
        Ok::<_, Error>(start.elapsed())
    };
    time(1)?; // the first access allocates pages
    // Enough copies to make the time of submission and waiting negligible.
    let mut copies = 1;
    while time(copies)? < LONG_ENOUGH && copies < 1 << 12 {
        copies *= 2;
    }
    let mut best = Duration::MAX;
    for _ in 0..SAMPLES.min(3) {
        best = best.min(time(copies)?);
    }
    Ok((2 * size * u64::from(copies)) as f64 / best.as_secs_f64().max(1e-9) / 1e9)
}
