//! What an adapter can do at best, measured with kernels of our own.

use std::time::{Duration, Instant};

use crate::bench::Operator;
use crate::gpu::Context;
use crate::{Error, Result};

/// An adapter's best speeds, to hold the network's against.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Roof {
    /// Operations a second of the fastest square float32 product through `conv1d`, in 10^9.
    pub gflops: f64,
    /// Rows and columns of that product.
    pub gemm_size: u32,
    /// Bytes a second of a copy from buffer to buffer, read and written ones counted, in 10^9.
    pub gigabytes_per_second: f64,
    /// Bytes of each of the two buffers.
    pub copy_bytes: u64,
}

/// Sizes of the product: the largest fills the largest adapters, and an adapter that needs [`LONG`] for one is full.
const SIZES: [u32; 4] = [512, 1024, 2048, 4096];
const LONG: Duration = Duration::from_millis(50);
const TRIES: usize = 5;
/// Beyond every cache.
const COPY_BYTES: u64 = 128 << 20;

impl Roof {
    /// Measures for a second or two.
    ///
    /// # Errors
    /// [`Error::Unsupported`] on a device without timestamps, and what the device refuses.
    pub fn measure(context: &Context) -> Result<Self> {
        context.check_timestamps()?;
        let (mut gflops, mut gemm_size) = (0.0, 0);
        for size in SIZES {
            let mut product = Operator::square(context, size)?;
            product.profile()?; // the driver compiles with the first dispatch
            let mut shortest = Duration::MAX;
            for _ in 0..TRIES {
                let sample = product.profile()?;
                let rate = sample.flops as f64 / sample.time.as_secs_f64().max(1e-9) / 1e9;
                if rate > gflops {
                    (gflops, gemm_size) = (rate, size);
                }
                shortest = shortest.min(sample.time);
            }
            if shortest > LONG {
                break;
            }
        }
        let copy_bytes = COPY_BYTES.min(context.device().limits().max_buffer_size);
        let gigabytes_per_second = copy_rate(context, copy_bytes)?;
        Ok(Self { gflops, gemm_size, gigabytes_per_second, copy_bytes })
    }
}

/// By the host's clock: only passes have timestamps everywhere, and a copy is none.
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
        waited.map_err(|e| Error::Gpu { what: "copying", message: e.to_string() })?;
        Ok::<_, Error>(start.elapsed())
    };
    time(1)?; // pages are touched for the first time
    // So many copies that submission and waiting count for nothing.
    let mut copies = 1;
    while time(copies)? < LONG && copies < 1 << 12 {
        copies *= 2;
    }
    let mut best = Duration::MAX;
    for _ in 0..TRIES.min(3) {
        best = best.min(time(copies)?);
    }
    Ok((2 * size * u64::from(copies)) as f64 / best.as_secs_f64().max(1e-9) / 1e9)
}
